/**
 * Finds rows by their ids: a slot of 4 bytes for each, and a byte of the id beside it, so that what is not there is not looked for in vain. In memory that
 * threads share; it grows where it lies, so that nothing is copied and nothing is left to be collected. When it is as large as it may be, its rows go to a
 * file, if there is one, and it is filled anew. One thread adds at a time.
 */
import { createSharedRun, NO_ROW, SlotRun } from '#vault/engine/slot-run.ts';
import type { SharedRun } from '#vault/engine/slot-run.ts';
import { ID_BYTES } from '#vault/format/blob.ts';
import { Fault } from '#std/refused.ts';

export { NO_ROW };

export interface SharedSlots {
  readonly rows: SharedArrayBuffer;
  readonly marks: SharedArrayBuffer;
  readonly run: SharedRun;
  readonly asideSlots: number;
}

export interface IdSlotsOptions {
  /** A file for what is too much for memory: some terabytes of addresses from 2^40 on are the slots' own. Asked for when it is needed. */
  readonly file?: () => number | undefined;
  /** Lowered by tests only; a power of two. */
  readonly asideSlots?: number;
}

const WORD_BYTES = 4;
const ID_WORDS = ID_BYTES / WORD_BYTES;
/** Before the slots: how many rows there are. */
const HEAD_WORDS = 1;
const FIRST_SLOTS = 4096;
/** Slots in use of those there are, at most. */
const LOAD_MAX = 0.6;
/** A slot holds its row's number and this, so that new memory is empty. */
const FIRST_ROW = 1;
/** 5 MB, 629,000 rows: more go to the file. */
const ASIDE_SLOTS = 2 ** 20;
/** Where there is no file: 160 million rows; of pieces, some 150 TiB of essence. */
const SLOTS_MAX = 2 ** 28;
/** Rows are told by 31 bits. */
const ROWS_MAX = 2 ** 31 - 1;

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
  readonly #file: () => number | undefined;
  readonly #run: SlotRun;
  #rows: Uint32Array;
  #marks: Uint8Array;
  #mask: number;

  /** Those that another thread shares; or new ones. */
  constructor(shared?: SharedSlots, { file = () => undefined, asideSlots = ASIDE_SLOTS }: IdSlotsOptions = {}) {
    this.shared = shared ?? made(asideSlots);
    this.#file = file;
    this.#run = new SlotRun(this.shared.run);
    const { rows, marks } = this.shared;
    // Rows grow before marks do: as many of them are there as marks are seen.
    this.#marks = new Uint8Array(marks, 0, marks.byteLength);
    this.#rows = new Uint32Array(rows, 0, HEAD_WORDS + this.#marks.length);
    this.#mask = this.#marks.length - 1;
  }

  get count(): number {
    return this.#rows[0] ?? 0;
  }

  /** The first one that came. `isAt` says whether the row has the id. */
  find({ words }: AskedId, isAt: (row: number) => boolean): number {
    const [from = 0, other = 0] = words;
    const aside = this.#run.find(words, isAt);
    if (aside !== NO_ROW) return aside;
    const mark = other & 0xff;
    for (let slot = from & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const row = (this.#rows[HEAD_WORDS + slot] ?? 0) - FIRST_ROW;
      if (row === NO_ROW || (this.#marks[slot] === mark && isAt(row))) return row;
    }
  }

  /** Every row with the id, in the order they came. */
  findAll({ words }: AskedId, isAt: (row: number) => boolean): readonly number[] {
    const [from = 0, other = 0] = words;
    const found = this.#run.findAll(words, isAt);
    const mark = other & 0xff;
    for (let slot = from & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const row = (this.#rows[HEAD_WORDS + slot] ?? 0) - FIRST_ROW;
      if (row === NO_ROW) return found;
      if (this.#marks[slot] === mark && isAt(row)) found.push(row);
    }
  }

  /** The number of the row that was added. `read` gives the ids of others, when all have to find new places. */
  add(asked: AskedId, read: (row: number, into: AskedId) => void): number {
    const row = this.count;
    if (row >= ROWS_MAX) throw tooMany();
    if ((row + 1 - this.#run.count) / (this.#mask + 1) > LOAD_MAX) this.#makeRoom(read);
    this.#place(row, asked);
    this.#rows[0] = row + 1;
    return row;
  }

  /** The memory stays. */
  clear(): void {
    this.#run.clear();
    this.#rows.fill(0);
  }

  /** Sees what another thread added. */
  refresh(): void {
    this.#run.refresh();
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

  #makeRoom(read: (row: number, into: AskedId) => void): void {
    const fd = this.#mask + 1 < this.shared.asideSlots ? undefined : this.#file();
    if (fd === undefined || !this.#layAside(fd, read)) this.#grow(read);
  }

  #layAside(fd: number, read: (row: number, into: AskedId) => void): boolean {
    const [first, id] = [this.#run.count, new AskedId()];
    const idOf = (row: number): Uint32Array => {
      read(row, id);
      return id.words;
    };
    if (!this.#run.merge(fd, first, this.count - first, idOf)) return false;
    this.#rows.fill(0, HEAD_WORDS);
    return true;
  }

  #grow(read: (row: number, into: AskedId) => void): void {
    const [slots, count, id] = [2 * (this.#mask + 1), this.count, new AskedId()];
    if (slots > SLOTS_MAX) throw tooMany();
    this.shared.rows.grow(rowsBytes(slots));
    this.shared.marks.grow(slots);
    this.refresh();
    this.#rows.fill(0, HEAD_WORDS);
    for (let row = this.#run.count; row < count; row += 1) {
      read(row, id);
      this.#place(row, id);
    }
  }
}

function tooMany(): Fault {
  return new Fault('too-many-pieces', 'a repository has more pieces than can be held: divide it');
}

function made(asideSlots: number): SharedSlots {
  return {
    rows: new SharedArrayBuffer(rowsBytes(FIRST_SLOTS), { maxByteLength: rowsBytes(SLOTS_MAX) }),
    marks: new SharedArrayBuffer(FIRST_SLOTS, { maxByteLength: SLOTS_MAX }),
    run: createSharedRun(),
    asideSlots,
  };
}

function rowsBytes(slots: number): number {
  return (HEAD_WORDS + slots) * WORD_BYTES;
}
