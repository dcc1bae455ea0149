/**
 * Ids that threads claim, each under one lock: the last ones lie in a ring of memory, those before them in a scratch file, so that a backup of ten million
 * new pieces holds little more than one of a thousand. Where the file has no room, all are forgotten: a piece stored twice is legal, one stored never is not.
 */
import { FiledRows } from '#vault/engine/filed-rows.ts';
import { AskedId, IdSlots, NO_ROW } from '#vault/engine/id-slots.ts';
import type { IdSlotsOptions, SharedSlots } from '#vault/engine/id-slots.ts';
import { isWritten } from '#vault/engine/scratch-file.ts';
import { ID_BYTES } from '#vault/format/blob.ts';

export interface SharedClaims {
  readonly slots: SharedSlots;
  readonly ring: SharedArrayBuffer;
  /** How many of them the file has, and how often all were forgotten. */
  readonly head: SharedArrayBuffer;
  readonly fd: number | undefined;
}

const CHUNK_ROWS = 8192;
const RING_ROWS = 8 * CHUNK_ROWS;
const CHUNK_BYTES = CHUNK_ROWS * ID_BYTES;
const FILED = 0;
const FORGOTTEN = 1;

export class ClaimedIds {
  readonly shared: SharedClaims;
  readonly #slots: IdSlots;
  readonly #ring: Buffer;
  readonly #head: Uint32Array;
  readonly #asked = new AskedId();
  readonly #aside = new FiledRows(ID_BYTES);
  #forgotten = 0;

  /** Those that another thread shares. */
  constructor(shared: SharedClaims) {
    this.shared = shared;
    this.#slots = new IdSlots(shared.slots, { file: () => shared.fd });
    this.#ring = Buffer.from(shared.ring);
    this.#head = new Uint32Array(shared.head);
  }

  /** New ones; without a file no more are kept than the ring holds. */
  static create(fd?: number, slots: IdSlotsOptions = {}): ClaimedIds {
    const [ring, head] = [new SharedArrayBuffer(RING_ROWS * ID_BYTES), new SharedArrayBuffer(8)];
    return new ClaimedIds({ slots: new IdSlots(undefined, slots).shared, ring, head, fd });
  }

  /** True when it was not there. */
  add(id: Uint8Array): boolean {
    this.#refresh();
    if (!this.#asked.set(id) || this.#slots.find(this.#asked, (row) => this.#isAt(row)) !== NO_ROW) return false;
    if (this.#slots.count - this.#filed === RING_ROWS) this.#layAside();
    const row = this.#slots.add(this.#asked, (other, into) => void into.set(this.#idAt(other)));
    this.#asked.bytes.copy(this.#ring, ringAt(row));
    return true;
  }

  get #filed(): number {
    return this.#head[FILED] ?? 0;
  }

  #refresh(): void {
    this.#slots.refresh();
    const forgotten = this.#head[FORGOTTEN] ?? 0;
    if (forgotten !== this.#forgotten) this.#aside.forget();
    this.#forgotten = forgotten;
  }

  #isAt(row: number): boolean {
    return this.#idAt(row).compare(this.#asked.bytes) === 0;
  }

  #idAt(row: number): Buffer {
    const { fd } = this.shared;
    if (row < this.#filed && fd !== undefined) return this.#aside.rowAt(fd, row);
    return this.#ring.subarray(ringAt(row), ringAt(row) + ID_BYTES);
  }

  #layAside(): void {
    const { fd } = this.shared;
    const [filed, begin] = [this.#filed, ringAt(this.#filed)];
    const oldest = this.#ring.subarray(begin, begin + CHUNK_BYTES);
    if (fd !== undefined && isWritten(fd, oldest, filed * ID_BYTES)) this.#head[FILED] = filed + CHUNK_ROWS;
    else this.#forget();
  }

  #forget(): void {
    this.#slots.clear();
    this.#head[FILED] = 0;
    this.#head[FORGOTTEN] = (this.#head[FORGOTTEN] ?? 0) + 1;
    this.#refresh();
  }
}

function ringAt(row: number): number {
  return (row % RING_ROWS) * ID_BYTES;
}
