/**
 * Finds rows by their ids: a slot of 4 bytes for each, and a byte of the id beside it, so that what is not there is not looked for in vain. In memory that
 * threads share; it grows where it lies, so that nothing is copied and nothing is left to be collected. One thread adds at a time.
 */
import { ID_BYTES } from '#vault/format/blob.ts';
import { Fault } from '#std/refused.ts';

export interface SharedSlots {
  readonly rows: SharedArrayBuffer;
  readonly marks: SharedArrayBuffer;
}

export const NO_ROW = -1;

const WORD_BYTES = 4;
const ID_WORDS = ID_BYTES / WORD_BYTES;
/** Before the slots: how many rows there are. */
const HEAD_WORDS = 1;
const FIRST_SLOTS = 4096;
/** Slots in use of those there are, at most. */
const LOAD_MAX = 0.6;
/** A slot holds its row's number and this, so that new memory is empty. */
const FIRST_ROW = 1;
/** 160 million rows: of pieces, some 150 TiB of essence. */
const SLOTS_MAX = 2 ** 28;
export const ROWS_MAX = Math.floor(SLOTS_MAX * LOAD_MAX);

/** An id as it is looked for, in one memory that is used again. */
export class AskedId {
  readonly words = new Uint32Array(ID_WORDS);
  readonly bytes = Buffer.from(this.words.buffer);

  /** False for what is no id. */
  set(id: Uint8Array | string): boolean {
    if (typeof id === 'string') return this.bytes.write(id, 'hex') === ID_BYTES;
    if (id.length !== ID_BYTES) return false;
    this.bytes.set(id);
    return true;
  }
}

export class IdSlots {
  readonly shared: SharedSlots;
  #rows: Uint32Array;
  #marks: Uint8Array;
  #mask: number;

  /** Those that another thread shares; or new ones. */
  constructor(shared: SharedSlots = made()) {
    this.shared = shared;
    this.#rows = new Uint32Array(shared.rows, 0, shared.rows.byteLength / WORD_BYTES);
    this.#marks = new Uint8Array(shared.marks, 0, shared.marks.byteLength);
    this.#mask = this.#marks.length - 1;
  }

  get count(): number {
    return this.#rows[0] ?? 0;
  }

  /** `isAt` says whether the row has the id. */
  find({ words }: AskedId, isAt: (row: number) => boolean): number {
    const [from = 0, other = 0] = words;
    const mark = other & 0xff;
    for (let slot = from & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const row = (this.#rows[HEAD_WORDS + slot] ?? 0) - FIRST_ROW;
      if (row === NO_ROW || (this.#marks[slot] === mark && isAt(row))) return row;
    }
  }

  /** Every row with the id, in the order they came. */
  findAll({ words }: AskedId, isAt: (row: number) => boolean): readonly number[] {
    const [from = 0, other = 0] = words;
    const [mark, found]: [number, number[]] = [other & 0xff, []];
    for (let slot = from & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const row = (this.#rows[HEAD_WORDS + slot] ?? 0) - FIRST_ROW;
      if (row === NO_ROW) return found;
      if (this.#marks[slot] === mark && isAt(row)) found.push(row);
    }
  }

  /** The number of the row that was added. `read` gives the ids of others, when all have to find new places. */
  add(asked: AskedId, read: (row: number, into: AskedId) => void): number {
    const row = this.count;
    if ((row + 1) / (this.#mask + 1) > LOAD_MAX) this.#grow(read);
    this.#place(row, asked);
    this.#rows[0] = row + 1;
    return row;
  }

  /** The memory stays. */
  clear(): void {
    this.#rows.fill(0);
  }

  /** Sees what another thread made longer. */
  refresh(): void {
    const { rows, marks } = this.shared;
    if (marks.byteLength === this.#marks.byteLength) return;
    // As long as they are now: a view that follows its memory's length is slower.
    this.#rows = new Uint32Array(rows, 0, HEAD_WORDS + marks.byteLength);
    this.#marks = new Uint8Array(marks, 0, marks.byteLength);
    this.#mask = this.#marks.length - 1;
  }

  #place(row: number, { words: [from = 0, other = 0] }: AskedId): void {
    let slot = from & this.#mask;
    while (this.#rows[HEAD_WORDS + slot] !== 0) slot = (slot + 1) & this.#mask;
    this.#rows[HEAD_WORDS + slot] = row + FIRST_ROW;
    this.#marks[slot] = other;
  }

  #grow(read: (row: number, into: AskedId) => void): void {
    const [slots, count, id] = [2 * (this.#mask + 1), this.count, new AskedId()];
    if (slots > SLOTS_MAX)
      throw new Fault('too-many-pieces', 'a repository has more pieces than can be held: divide it');
    this.shared.rows.grow(rowsBytes(slots));
    this.shared.marks.grow(slots);
    this.refresh();
    this.#rows.fill(0, HEAD_WORDS);
    for (let row = 0; row < count; row += 1) {
      read(row, id);
      this.#place(row, id);
    }
  }
}

function made(): SharedSlots {
  return {
    rows: new SharedArrayBuffer(rowsBytes(FIRST_SLOTS), { maxByteLength: rowsBytes(SLOTS_MAX) }),
    marks: new SharedArrayBuffer(FIRST_SLOTS, { maxByteLength: SLOTS_MAX }),
  };
}

function rowsBytes(slots: number): number {
  return (HEAD_WORDS + slots) * WORD_BYTES;
}
