/**
 * Which blobs are stored or being stored, shared between threads without a lock: whoever claims an id first stores it. When the table is full every
 * claim succeeds: a blob stored twice is legal, one stored never is not.
 */
import { ID_BYTES } from '#vault/format/blob.ts';

const EMPTY = 0;
const CLAIMED = 1;
const READY = 2;
/** Ids for each slot, at most. */
const LOAD = 0.7;

export class KnownBlobs {
  readonly buffer: SharedArrayBuffer;
  readonly #states: Int32Array<SharedArrayBuffer>;
  readonly #ids: Uint8Array<SharedArrayBuffer>;
  readonly #count: Int32Array<SharedArrayBuffer>;
  readonly #mask: number;

  constructor(buffer: SharedArrayBuffer) {
    const slots = (buffer.byteLength - 4) / (4 + ID_BYTES);
    this.buffer = buffer;
    this.#mask = slots - 1;
    this.#count = new Int32Array(buffer, 0, 1);
    this.#states = new Int32Array(buffer, 4, slots);
    this.#ids = new Uint8Array(buffer, 4 + slots * 4);
  }

  /** Room for about `expected` blobs. */
  static create(expected: number): KnownBlobs {
    const slots = 2 ** Math.max(12, Math.ceil(Math.log2(expected / LOAD)));
    return new KnownBlobs(new SharedArrayBuffer(4 + slots * (4 + ID_BYTES)));
  }

  /** True when nobody had it: the caller stores the blob. */
  claim(id: Uint8Array): boolean {
    if (Atomics.load(this.#count, 0) > this.#mask * LOAD) return !this.has(id);
    for (let slot = slotOf(id) & this.#mask; ; slot = (slot + 1) & this.#mask) {
      if (Atomics.compareExchange(this.#states, slot, EMPTY, CLAIMED) === EMPTY) {
        this.#ids.set(id, slot * ID_BYTES);
        Atomics.store(this.#states, slot, READY);
        Atomics.add(this.#count, 0, 1);
        return true;
      }
      if (this.#isAt(slot, id)) return false;
    }
  }

  has(id: Uint8Array): boolean {
    for (let slot = slotOf(id) & this.#mask; ; slot = (slot + 1) & this.#mask) {
      if (Atomics.load(this.#states, slot) === EMPTY) return false;
      if (this.#isAt(slot, id)) return true;
    }
  }

  /** Another thread that has claimed the slot writes its 32 bytes in a moment. */
  #isAt(slot: number, id: Uint8Array): boolean {
    while (Atomics.load(this.#states, slot) === CLAIMED);
    const at = slot * ID_BYTES;
    for (let i = 0; i < ID_BYTES; i += 1) if (this.#ids[at + i] !== id[i]) return false;
    return true;
  }
}

function slotOf(id: Uint8Array): number {
  return (((id[4] ?? 0) << 24) | ((id[5] ?? 0) << 16) | ((id[6] ?? 0) << 8) | (id[7] ?? 0)) >>> 0;
}
