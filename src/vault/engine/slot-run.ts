/**
 * Rows by the first word of their ids, in a file: pairs of 8 bytes in the order of their words and, of one word, of their rows. Memory keeps the word that
 * each block of them begins with, and a Bloom filter, so that most of what is not there is not read for. Further ones are merged with those that are there,
 * into another part of the file: where there is no room for them everything stays as it was. Threads share it: one of them merges, while none of the others
 * looks.
 */
import { readSync } from 'node:fs';
import { isWritten } from '#vault/engine/scratch-file.ts';
import { giveBack } from '#vault/format/memory.ts';
import { Bug } from '#std/assert.ts';

export interface SharedRun {
  readonly head: SharedArrayBuffer;
  readonly fences: SharedArrayBuffer;
  readonly filter: SharedArrayBuffer;
}

/** An id, as words. */
export type IdWords = Uint32Array;

export const NO_ROW = -1;

const WORD_BYTES = 4;
/** A row and its word. */
const PAIR_WORDS = 2;
const PAIR_BYTES = PAIR_WORDS * WORD_BYTES;
const BLOCK_PAIRS = 512;
const BLOCK_BYTES = BLOCK_PAIRS * PAIR_BYTES;
/** Read and written at a time by a merge. */
const STEP_PAIRS = 64 * BLOCK_PAIRS;
/** The file holds nothing else from here on; of the two parts one is read while the other is written. */
const PARTS_AT = 2 ** 40;
const PART_BYTES = 2 ** 40;
/** How many pairs there are, the part that has them, how often that changed, and the file. */
const HEAD = { count: 0, part: 1, changes: 2, fd: 3 } as const;
const HEAD_WORDS = 4;
/** Of ten million ids that are not there one in five is looked for, of three million one in thirty. */
const FILTER_BITS = 2 ** 25;
const FILTER_BYTES = FILTER_BITS / 8;
const FENCES_MAX = 2 ** 31 / BLOCK_PAIRS;

export function createSharedRun(): SharedRun {
  const fences = new SharedArrayBuffer(0, { maxByteLength: FENCES_MAX * WORD_BYTES });
  const filter = new SharedArrayBuffer(0, { maxByteLength: FILTER_BYTES });
  return { head: new SharedArrayBuffer(HEAD_WORDS * WORD_BYTES), fences, filter };
}

export class SlotRun {
  readonly #shared: SharedRun;
  readonly #head: Uint32Array;
  readonly #block = new Uint32Array(BLOCK_PAIRS * PAIR_WORDS);
  #fences: Uint32Array = new Uint32Array(0);
  #filter: Uint8Array = new Uint8Array(0);
  #held = NO_ROW;
  #changes = 0;

  constructor(shared: SharedRun) {
    this.#shared = shared;
    this.#head = new Uint32Array(shared.head);
    this.refresh();
  }

  get count(): number {
    return this.#head[HEAD.count] ?? 0;
  }

  /** The first row with the id's first word that `isAt` takes. */
  find(id: IdWords, isAt: (row: number) => boolean): number {
    const [word = 0] = id;
    if (!this.#mayHave(id)) return NO_ROW;
    for (let at = this.#firstOf(word); this.#wordAt(at) === word; at += 1) {
      const row = this.#rowAt(at);
      if (isAt(row)) return row;
    }
    return NO_ROW;
  }

  /** Every row with the id's first word that `isAt` takes, in their order. */
  findAll(id: IdWords, isAt: (row: number) => boolean): number[] {
    const [[word = 0], found]: [IdWords, number[]] = [id, []];
    if (!this.#mayHave(id)) return found;
    for (let at = this.#firstOf(word); this.#wordAt(at) === word; at += 1) {
      const row = this.#rowAt(at);
      if (isAt(row)) found.push(row);
    }
    return found;
  }

  /** Of rows that come after all that are there, from `first` on, `count`. False where there is no room for them in the file. */
  merge(fd: number, first: number, count: number, idOf: (row: number) => IdWords): boolean {
    const added = new Uint32Array(count * PAIR_WORDS);
    for (let at = 0, row = first; at < added.length; at += PAIR_WORDS, row += 1) {
      const id = idOf(row);
      added[at] = row;
      added[at + 1] = id[0] ?? 0;
      this.#expect(id);
    }
    // One number each: the word above the row, as this machine and every other that Node runs on has them.
    new BigUint64Array(added.buffer).sort();
    const [all, part] = [this.count + count, 1 - (this.#head[HEAD.part] ?? 0)];
    const writer = new PairWriter(fd, partAt(part), all);
    let next = 0;
    for (const old of this.#steps()) {
      for (let at = 0; at < old.length; at += PAIR_WORDS) {
        const word = wordIn(old, at);
        while (next < added.length && wordIn(added, next) < word) next = writer.take(added, next);
        writer.take(old, at);
      }
    }
    while (next < added.length) next = writer.take(added, next);
    giveBack(bytesOf(added));
    const fences = writer.end();
    if (fences === undefined) return false;
    this.#adopt(fd, part, all, fences);
    return true;
  }

  clear(): void {
    this.#filter.fill(0);
    this.#head[HEAD.count] = 0;
    this.#changed();
  }

  /** Sees what another thread merged. */
  refresh(): void {
    if (this.#changes === this.#head[HEAD.changes]) return;
    this.#changes = this.#head[HEAD.changes] ?? 0;
    // As long as they are now: a view that follows its memory's length is slower.
    this.#fences = new Uint32Array(this.#shared.fences, 0, Math.ceil(this.count / BLOCK_PAIRS));
    this.#filter = new Uint8Array(this.#shared.filter, 0, this.#shared.filter.byteLength);
    this.#held = NO_ROW;
  }

  #adopt(fd: number, part: number, count: number, fences: Uint32Array): void {
    if (this.#shared.fences.byteLength < fences.byteLength) this.#shared.fences.grow(fences.byteLength);
    new Uint32Array(this.#shared.fences).set(fences);
    this.#head[HEAD.fd] = fd;
    this.#head[HEAD.part] = part;
    this.#head[HEAD.count] = count;
    this.#changed();
  }

  #changed(): void {
    this.#head[HEAD.changes] = (this.#head[HEAD.changes] ?? 0) + 1;
    this.refresh();
  }

  #expect([, one = 0, other = 0]: IdWords): void {
    if (this.#filter.length === 0) {
      if (this.#shared.filter.byteLength === 0) this.#shared.filter.grow(FILTER_BYTES);
      this.#filter = new Uint8Array(this.#shared.filter, 0, FILTER_BYTES);
    }
    for (const bit of [one % FILTER_BITS, other % FILTER_BITS])
      this.#filter[bit >> 3] = (this.#filter[bit >> 3] ?? 0) | (1 << (bit & 7));
  }

  #mayHave([, one = 0, other = 0]: IdWords): boolean {
    return this.count > 0 && this.#isExpected(one % FILTER_BITS) && this.#isExpected(other % FILTER_BITS);
  }

  #isExpected(bit: number): boolean {
    return ((this.#filter[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0;
  }

  /** The first pair whose word is not less. */
  #firstOf(word: number): number {
    let [low, high] = [0, this.#fences.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#fences[middle] ?? 0) < word) low = middle + 1;
      else high = middle;
    }
    // It may stand in the block before the first one that does not begin with less.
    low = Math.max(0, (low - 1) * BLOCK_PAIRS);
    high = Math.min(this.count, low + BLOCK_PAIRS);
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#wordAt(middle) < word) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** `NO_ROW` behind the last. */
  #wordAt(at: number): number {
    return at < this.count ? wordIn(this.#blockOf(at), (at % BLOCK_PAIRS) * PAIR_WORDS) : NO_ROW;
  }

  #rowAt(at: number): number {
    return this.#blockOf(at)[(at % BLOCK_PAIRS) * PAIR_WORDS] ?? NO_ROW;
  }

  #blockOf(at: number): Uint32Array {
    const number = Math.floor(at / BLOCK_PAIRS);
    if (number === this.#held) return this.#block;
    this.#held = NO_ROW;
    this.#read(this.#block, number * BLOCK_BYTES);
    this.#held = number;
    return this.#block;
  }

  /** All pairs, in pieces of one memory. */
  *#steps(): Iterable<Uint32Array> {
    const step = new Uint32Array(Math.min(this.count, STEP_PAIRS) * PAIR_WORDS);
    for (let at = 0; at < this.count; at += STEP_PAIRS) {
      const pairs = step.subarray(0, Math.min(STEP_PAIRS, this.count - at) * PAIR_WORDS);
      this.#read(pairs, at * PAIR_BYTES);
      yield pairs;
    }
    giveBack(bytesOf(step));
  }

  /** The last block may be a short one. */
  #read(into: Uint32Array, from: number): void {
    const bytes = Math.min(into.byteLength, this.count * PAIR_BYTES - from);
    const [fd, begin] = [this.#head[HEAD.fd] ?? 0, partAt(this.#head[HEAD.part] ?? 0) + from];
    const view = new Uint8Array(into.buffer, into.byteOffset, bytes);
    for (let done = 0; done < bytes;) {
      const some = readSync(fd, view, done, bytes - done, begin + done);
      if (some === 0) throw new Bug('a scratch file of rows ends too early');
      done += some;
    }
  }
}

/** Writes pairs one after another, and keeps the word of each block's first one. */
class PairWriter {
  readonly #fd: number;
  readonly #fences: Uint32Array;
  readonly #step: Uint32Array;
  #at: number;
  #filled = 0;
  #count = 0;
  #isFull = false;

  constructor(fd: number, at: number, count: number) {
    this.#fd = fd;
    this.#at = at;
    this.#fences = new Uint32Array(Math.ceil(count / BLOCK_PAIRS));
    this.#step = new Uint32Array(Math.min(count, STEP_PAIRS) * PAIR_WORDS);
  }

  /** Where the next pair of `from` is. */
  take(from: Uint32Array, at: number): number {
    const word = wordIn(from, at);
    if (this.#count % BLOCK_PAIRS === 0) this.#fences[this.#count / BLOCK_PAIRS] = word;
    this.#step[this.#filled] = from[at] ?? 0;
    this.#step[this.#filled + 1] = word;
    this.#filled += PAIR_WORDS;
    this.#count += 1;
    if (this.#filled === this.#step.length) this.#write();
    return at + PAIR_WORDS;
  }

  /** The words; undefined where there was no room. */
  end(): Uint32Array | undefined {
    this.#write();
    giveBack(bytesOf(this.#step));
    return this.#isFull ? undefined : this.#fences;
  }

  #write(): void {
    const bytes = new Uint8Array(this.#step.buffer, 0, this.#filled * WORD_BYTES);
    this.#isFull ||= !isWritten(this.#fd, bytes, this.#at);
    this.#at += bytes.length;
    this.#filled = 0;
  }
}

function wordIn(pairs: Uint32Array, at: number): number {
  return pairs[at + 1] ?? 0;
}

function bytesOf(words: Uint32Array): Uint8Array {
  return new Uint8Array(words.buffer);
}

function partAt(part: number): number {
  return PARTS_AT + part * PART_BYTES;
}
