/**
 * Rows of an index, each an id and what is said of it. The last ones lie in memory, those before them in a scratch file in the order they came: pieces that
 * are asked for one after another were stored one after another, so that a few blocks of it serve thousands. What finds them stays in memory for the last
 * 629,000 rows, some ten bytes each. Other threads may look when nothing is added any more.
 */
import { FiledRows } from '#vault/engine/filed-rows.ts';
import { AskedId, IdSlots, NO_ROW } from '#vault/engine/id-slots.ts';
import type { SharedSlots } from '#vault/engine/id-slots.ts';
import { tryScratchFile } from '#vault/engine/scratch-file.ts';
import type { ScratchFile } from '#vault/engine/scratch-file.ts';
import { ID_BYTES } from '#vault/format/blob.ts';
import { Bug } from '#std/assert.ts';

export const ROW_BYTES = ID_BYTES + 16;

export interface SharedRows {
  readonly slots: SharedSlots;
  /** The rows in memory: the first of them is the first that the file has not. */
  readonly chunks: readonly SharedArrayBuffer[];
  readonly filed: number;
  readonly fd: number | undefined;
}

/** Rows of one id: whoever asks for them goes through all. */
const SAME_ID_MAX = 1000;
/** Rows of one chunk of memory, which is laid aside as a whole. */
const CHUNK_BITS = 13;
const CHUNK_ROWS = 1 << CHUNK_BITS;

/** Finds rows, in any thread. */
export class RowFinder {
  protected readonly slots: IdSlots;
  protected readonly chunks: Buffer[];
  protected filed: number;
  protected fd: number | undefined;
  protected readonly asked = new AskedId();
  readonly #aside = new FiledRows(ROW_BYTES);

  constructor(shared?: SharedRows, asideSlots?: number) {
    const file = (): number | undefined => this.fileForSlots();
    this.slots = new IdSlots(shared?.slots, asideSlots === undefined ? { file } : { file, asideSlots });
    this.chunks = (shared?.chunks ?? []).map((chunk) => Buffer.from(chunk));
    this.filed = shared?.filed ?? 0;
    this.fd = shared?.fd;
  }

  get size(): number {
    return this.slots.count;
  }

  /** `NO_ROW` for what is not there, and for a text that is no id. */
  find(id: Uint8Array | string): number {
    return this.asked.set(id) ? this.findAsked() : NO_ROW;
  }

  /** To be used before the next is asked for. */
  rowAt(row: number): Buffer {
    if (row < this.filed) return this.#aside.rowAt(opened(this.fd), row);
    const chunk = this.chunks[(row - this.filed) >> CHUNK_BITS];
    if (chunk === undefined) throw new Bug('a row that was never added');
    const at = (row & (CHUNK_ROWS - 1)) * ROW_BYTES;
    return chunk.subarray(at, at + ROW_BYTES);
  }

  /** Every row with this id, in the order they came. */
  findAll(id: Uint8Array | string): readonly number[] {
    return this.asked.set(id) ? this.findAllAsked() : [];
  }

  /** Whoever only looks needs none. */
  protected fileForSlots(): number | undefined {
    return undefined;
  }

  protected findAsked(): number {
    return this.slots.find(this.asked, this.#isAskedAt);
  }

  protected findAllAsked(): readonly number[] {
    return this.slots.findAll(this.asked, this.#isAskedAt);
  }

  readonly #isAskedAt = (row: number): boolean =>
    this.rowAt(row).compare(this.asked.bytes, 0, ID_BYTES, 0, ID_BYTES) === 0;
}

function opened(fd: number | undefined): number {
  if (fd === undefined) throw new Bug('rows lie in a file that nobody opened');
  return fd;
}

export interface BlobRowsOptions {
  /** A folder that is there; where nothing can be laid aside, everything stays in memory. */
  readonly scratch: string;
  /** Rows in memory, in whole chunks. */
  readonly rowsMax: number;
  /** Lowered by tests only: of `IdSlots`. */
  readonly asideSlots?: number;
}

export class BlobRows extends RowFinder {
  readonly #scratch: string;
  readonly #chunksMax: number;
  #file: ScratchFile | undefined;
  #isFull = false;

  constructor({ scratch, rowsMax, asideSlots }: BlobRowsOptions) {
    super(undefined, asideSlots);
    this.#scratch = scratch;
    this.#chunksMax = Math.max(1, rowsMax >> CHUNK_BITS);
  }

  get shared(): SharedRows {
    const chunks = this.chunks.map(({ buffer }) => buffer as unknown as SharedArrayBuffer); // as `add` made them
    return { slots: this.slots.shared, chunks, filed: this.filed, fd: this.fd };
  }

  /** Four numbers of 32 bits are said of the id. What was said of it already counts once; so does the rest when too much was. */
  add(id: Uint8Array | string, said: readonly number[]): 'first' | 'further' | 'known' {
    if (!this.asked.set(id)) return 'known';
    const known = this.findAllAsked();
    if (known.length >= SAME_ID_MAX || known.some((row) => isSaid(this.rowAt(row), said))) return 'known';
    const row = this.slots.add(this.asked, (other, into) => void into.set(this.rowAt(other).subarray(0, ID_BYTES)));
    if (row - this.filed === this.chunks.length * CHUNK_ROWS) this.#addChunk();
    const target = this.rowAt(row);
    this.asked.bytes.copy(target);
    for (const [i, number] of said.entries()) target.writeUInt32LE(number, ID_BYTES + 4 * i);
    return known.length === 0 ? 'first' : 'further';
  }

  /** One that was laid aside is used again. */
  #addChunk(): void {
    const first = this.chunks.length < this.#chunksMax ? undefined : this.#layAside();
    this.chunks.push(first ?? Buffer.from(new SharedArrayBuffer(CHUNK_ROWS * ROW_BYTES)));
  }

  #layAside(): Buffer | undefined {
    const [first] = this.chunks;
    const file = this.#isFull ? undefined : this.#opened();
    const isAside = first !== undefined && file?.append(first) !== undefined;
    this.#isFull = !isAside;
    if (!isAside) return undefined;
    this.filed += CHUNK_ROWS;
    return this.chunks.shift();
  }

  protected override fileForSlots(): number | undefined {
    return this.#isFull ? undefined : this.#opened()?.fd;
  }

  #opened(): ScratchFile | undefined {
    if (this.#file !== undefined) return this.#file;
    this.#file = tryScratchFile(this.#scratch);
    if (this.#file !== undefined) left.register(this, this.#file);
    this.fd = this.#file?.fd;
    return this.#file;
  }
}

export function isSaid(row: Buffer, said: readonly number[]): boolean {
  return said.every((number, i) => row.readUInt32LE(ID_BYTES + 4 * i) === number);
}

/** Whoever forgets an index leaves no file open. */
const left = new FinalizationRegistry((file: ScratchFile) => file.close());
