/** Ids in the order they came, each with its row's number: 32 bytes an id, and some 10 to find it by. It grows where it lies. */
import { AskedId, IdSlots, NO_ROW, ROWS_MAX } from '#vault/engine/id-slots.ts';
import { ID_BYTES } from '#vault/format/blob.ts';

const FIRST_IDS_BYTES = 64 * 1024;
const IDS_BYTES_MAX = ROWS_MAX * ID_BYTES;

export class IdSet {
  readonly #slots = new IdSlots();
  readonly #asked = new AskedId();
  readonly #memory = new SharedArrayBuffer(FIRST_IDS_BYTES, { maxByteLength: IDS_BYTES_MAX });
  #ids = bytesOf(this.#memory);

  get size(): number {
    return this.#slots.count;
  }

  /** `NO_ROW` for what is not there, and for a text that is no id. */
  find(id: Uint8Array | string): number {
    return this.#asked.set(id) ? this.#findAsked() : NO_ROW;
  }

  /** True when it was not there; its row is the last one then. */
  add(id: Uint8Array | string): boolean {
    if (!this.#asked.set(id) || this.#findAsked() !== NO_ROW) return false;
    const row = this.#slots.add(this.#asked, (other, into) => void into.set(this.idAt(other)));
    if ((row + 1) * ID_BYTES > this.#ids.length) this.#lengthen();
    this.#asked.bytes.copy(this.#ids, row * ID_BYTES);
    return true;
  }

  idAt(row: number): Buffer {
    return this.#ids.subarray(row * ID_BYTES, (row + 1) * ID_BYTES);
  }

  #findAsked(): number {
    const { bytes } = this.#asked;
    return this.#slots.find(
      this.#asked,
      (row) => this.#ids.compare(bytes, 0, ID_BYTES, row * ID_BYTES, (row + 1) * ID_BYTES) === 0,
    );
  }

  #lengthen(): void {
    this.#memory.grow(Math.min(IDS_BYTES_MAX, 2 * this.#memory.byteLength));
    this.#ids = bytesOf(this.#memory);
  }
}

/** As long as it is now: a view that follows its memory's length is slower. */
function bytesOf(memory: SharedArrayBuffer): Buffer {
  return Buffer.from(memory, 0, memory.byteLength);
}
