/**
 * Which blobs are stored or being stored, shared between threads without a lock: whoever claims an id first stores it. When the table is full every
 * claim succeeds: a blob stored twice is legal, one stored never is not.
 */
import { ID_BYTES } from '#vault/format/blob.ts';

/** A slot's states; from `FIRST` on it says which id lies behind it. */
const EMPTY = 0;
const CLAIMED = 1;
const FIRST = 2;
/** Ids for each slot, at most. */
const LOAD = 0.7;
const SLOTS_MIN = 4096;
/** Threads that may pass the check for room at the same moment. */
const THREADS_MAX = 256;
const COUNT_BYTES = 4;
const SLOT_BYTES = 4;

/** Ids lie one after another in the order they came, so that only as much memory is touched as there are ids. */
export class KnownBlobs {
  readonly buffer: SharedArrayBuffer;
  readonly #count: Int32Array<SharedArrayBuffer>;
  readonly #states: Int32Array<SharedArrayBuffer>;
  readonly #ids: Uint8Array<SharedArrayBuffer>;
  readonly #room: number;

  constructor(buffer: SharedArrayBuffer) {
    const slots = slotsIn(buffer.byteLength);
    this.buffer = buffer;
    this.#count = new Int32Array(buffer, 0, 1);
    this.#states = new Int32Array(buffer, COUNT_BYTES, slots);
    this.#ids = new Uint8Array(buffer, COUNT_BYTES + slots * SLOT_BYTES);
    this.#room = idsFor(slots);
  }

  /** Room for about `expected` blobs. */
  static create(expected: number): KnownBlobs {
    const slots = Math.max(SLOTS_MIN, 2 ** Math.ceil(Math.log2(expected / LOAD)));
    return new KnownBlobs(new SharedArrayBuffer(bytesFor(slots)));
  }

  /** True when nobody had it: the caller stores the blob. */
  claim(id: Uint8Array): boolean {
    if (Atomics.load(this.#count, 0) >= this.#room) return !this.has(id);
    const mask = this.#states.length - 1;
    for (let slot = slotOf(id) & mask; ; slot = (slot + 1) & mask) {
      if (Atomics.compareExchange(this.#states, slot, EMPTY, CLAIMED) === EMPTY) {
        const at = Atomics.add(this.#count, 0, 1);
        this.#ids.set(id, at * ID_BYTES);
        Atomics.store(this.#states, slot, at + FIRST);
        return true;
      }
      if (this.#isAt(slot, id)) return false;
    }
  }

  has(id: Uint8Array): boolean {
    const mask = this.#states.length - 1;
    for (let slot = slotOf(id) & mask; ; slot = (slot + 1) & mask) {
      if (Atomics.load(this.#states, slot) === EMPTY) return false;
      if (this.#isAt(slot, id)) return true;
    }
  }

  /** Another thread that has claimed the slot writes its 32 bytes in a moment. */
  #isAt(slot: number, id: Uint8Array): boolean {
    let state = CLAIMED;
    while (state === CLAIMED) state = Atomics.load(this.#states, slot);
    const at = (state - FIRST) * ID_BYTES;
    for (let i = 0; i < ID_BYTES; i += 1) if (this.#ids[at + i] !== id[i]) return false;
    return true;
  }
}

function idsFor(slots: number): number {
  return Math.floor(slots * LOAD);
}

function bytesFor(slots: number): number {
  return COUNT_BYTES + slots * SLOT_BYTES + (idsFor(slots) + THREADS_MAX) * ID_BYTES;
}

/** The number of slots that makes a buffer of so many bytes. */
function slotsIn(bytes: number): number {
  let slots = SLOTS_MIN;
  while (bytesFor(slots) < bytes) slots *= 2;
  return slots;
}

function slotOf(id: Uint8Array): number {
  return (((id[4] ?? 0) << 24) | ((id[5] ?? 0) << 16) | ((id[6] ?? 0) << 8) | (id[7] ?? 0)) >>> 0;
}
