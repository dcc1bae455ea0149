/**
 * Lines in the order of their keys' bytes, however many there are: they are gathered in one memory, and each time it is full they are sorted and laid
 * aside compressed, in a scratch file where there is one; at the end these runs are merged.
 */
import { LaidAside } from '#vault/engine/laid-aside.ts';
import type { AsidePart } from '#vault/engine/laid-aside.ts';
import { HEAD_BYTES, inOrder, keyAt, keyEnd, LENGTH_BYTES } from '#vault/engine/line-order.ts';
import { giveBack } from '#vault/format/memory.ts';

export interface SortedLines {
  /** The line in parts, which are gone through twice. */
  add(key: Uint8Array, texts: Iterable<string>): void;
  /** Every text, once, a long one in parts; nothing is added any more. Each is to be used before the next is asked for. */
  texts(): Iterable<Buffer>;
  /** Instead of the texts, where the keys say everything: every key, as often as it was added. Used and asked for as texts are. */
  keys(): Iterable<Buffer>;
  /** What was laid aside goes. */
  close(): void;
}

export interface SortedLinesOptions {
  /** A folder where runs are laid aside; left out, and where it is full, they stay in memory. */
  readonly scratch?: string;
  /** Lowered by tests only. */
  readonly runBytes?: number;
  readonly longBytes?: number;
}

const FIRST_BYTES = 64 * 1024;
const RUN_BYTES = 4 * 1024 * 1024;
/** A text that is longer is laid aside at once. */
const LONG_BYTES = 512 * 1024;
/** Of a run that is merged, so much is unfolded at a time. */
const BLOCK_BYTES = 128 * 1024;
/** In the length of a text: it is long, and a number stands for it. */
const LONG = 0x80000000;

export function createSortedLines({
  scratch,
  runBytes = RUN_BYTES,
  longBytes = LONG_BYTES,
}: SortedLinesOptions = {}): SortedLines {
  const runs: AsidePart[][] = [];
  /** Texts that are not in any run, by the numbers that stand for them there. */
  const long: AsidePart[][] = [];
  const aside = new LaidAside(scratch);
  let memory = Buffer.allocUnsafeSlow(Math.min(FIRST_BYTES, runBytes));
  let starts: number[] = [];
  let length = 0;

  function makeRoom(bytes: number): void {
    if (length + bytes <= memory.length) return;
    if (length > 0 && length + bytes > runBytes) layAside();
    if (length + bytes <= memory.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(bytes, Math.min(runBytes, 2 * (length + bytes))));
    memory.copy(larger, 0, 0, length);
    memory = larger;
  }

  function layAside(): void {
    runs.push(Array.from(blocksOf(memory, inOrder(memory, starts)), (plain) => aside.add(plain)));
    starts = [];
    length = 0;
  }

  /** A line of which `fill` writes the text. */
  function addLine(key: Uint8Array, textBytes: number, flag: number, fill: (at: number) => void): void {
    makeRoom(HEAD_BYTES + key.length + textBytes);
    starts.push(length);
    memory.writeUInt32LE(key.length, length);
    memory.writeUInt32LE((textBytes | flag) >>> 0, length + LENGTH_BYTES);
    memory.set(key, length + HEAD_BYTES);
    fill(length + HEAD_BYTES + key.length);
    length += HEAD_BYTES + key.length + textBytes;
  }

  function* places(): Iterable<Placed> {
    if (runs.length === 0) {
      for (const at of inOrder(memory, starts)) yield { key: keyAt(memory, at), line: lineAt(memory, at) };
      return;
    }
    layAside();
    memory = Buffer.alloc(0);
    yield* merged(runs.splice(0).map((run) => new Cursor(run, (part) => aside.unfolded(part))));
  }

  function* textOf(line: Buffer | number): Iterable<Buffer> {
    if (typeof line !== 'number') return yield line;
    for (const block of long[line] ?? []) {
      const plain = aside.unfolded(block);
      yield plain;
      giveBack(plain);
    }
  }

  return {
    add(key, texts) {
      const textBytes = bytesOf(texts, longBytes);
      if (textBytes > longBytes) {
        const number = long.push(Array.from(partsOf(texts), (plain) => aside.add(plain))) - 1;
        return addLine(key, LENGTH_BYTES, LONG, (at) => void memory.writeUInt32LE(number, at));
      }
      addLine(key, textBytes, 0, (from) => {
        let at = from;
        for (const text of texts) at += memory.write(text, at);
      });
    },
    *texts() {
      for (const { line } of places()) yield* textOf(line);
    },
    *keys() {
      for (const { key } of places()) yield key;
    },
    close: () => aside.close(),
  };
}

/** A line's text; or the number of a long one. */
function lineAt(bytes: Buffer, at: number): Buffer | number {
  const begin = keyEnd(bytes, at);
  const textBytes = bytes.readUInt32LE(at + LENGTH_BYTES);
  return (textBytes & LONG) === 0 ? bytes.subarray(begin, begin + textBytes) : bytes.readUInt32LE(begin);
}

function bytesOf(texts: Iterable<string>, most: number): number {
  let bytes = 0;
  for (const text of texts) {
    bytes += Buffer.byteLength(text);
    if (bytes > most) return bytes;
  }
  return bytes;
}

/** Many short texts in few long parts. */
function* partsOf(texts: Iterable<string>): Iterable<Buffer> {
  let [part, bytes]: [string[], number] = [[], 0];
  for (const text of texts) {
    part.push(text);
    bytes += text.length;
    if (bytes < BLOCK_BYTES) continue;
    yield Buffer.from(part.join(''));
    [part, bytes] = [[], 0];
  }
  if (bytes > 0) yield Buffer.from(part.join(''));
}

function endOf(bytes: Buffer, at: number): number {
  const textBytes = bytes.readUInt32LE(at + LENGTH_BYTES) & ~LONG;
  return keyEnd(bytes, at) + textBytes;
}

function* blocksOf(memory: Buffer, starts: Iterable<number>): Iterable<Buffer> {
  let [block, bytes]: [number[], number] = [[], 0];
  for (const at of starts) {
    block.push(at);
    bytes += endOf(memory, at) - at;
    if (bytes < BLOCK_BYTES) continue;
    yield joined(memory, block, bytes);
    [block, bytes] = [[], 0];
  }
  if (bytes > 0) yield joined(memory, block, bytes);
}

function joined(memory: Buffer, starts: readonly number[], bytes: number): Buffer {
  const whole = Buffer.allocUnsafeSlow(bytes);
  let at = 0;
  for (const start of starts) at += memory.copy(whole, at, start, endOf(memory, start));
  return whole;
}

/** One line where it lies. */
interface Placed {
  readonly key: Buffer;
  /** Its text; or the number of a long one. */
  readonly line: Buffer | number;
}

/** Where one run stands in the merge. */
class Cursor implements Placed {
  readonly #blocks: AsidePart[];
  readonly #unfolded: (block: AsidePart) => Buffer;
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  /** Of the line that it stands at. */
  key: Buffer = Buffer.alloc(0);

  /** Takes the blocks: each is gone once it is unfolded. */
  constructor(blocks: AsidePart[], unfolded: (block: AsidePart) => Buffer) {
    this.#blocks = blocks.reverse();
    this.#unfolded = unfolded;
  }

  /** Moves to the run's first line, then to the next; false behind the last. */
  advance(): boolean {
    if (this.#bytes.length > 0) this.#at = endOf(this.#bytes, this.#at);
    if (this.#at === this.#bytes.length) {
      const block = this.#blocks.pop();
      if (block === undefined) return false;
      giveBack(this.#bytes); // whoever was given its texts has used them
      this.#bytes = this.#unfolded(block);
      this.#at = 0;
    }
    this.key = keyAt(this.#bytes, this.#at);
    return true;
  }

  get line(): Buffer | number {
    return lineAt(this.#bytes, this.#at);
  }
}

function* merged(runs: readonly Cursor[]): Iterable<Placed> {
  const waiting: Cursor[] = [];
  for (const cursor of runs) if (cursor.advance()) place(waiting, cursor);
  for (let first = waiting.shift(); first !== undefined; first = waiting.shift()) {
    yield first;
    if (first.advance()) place(waiting, first);
  }
}

/** Puts a cursor where its key belongs among those that wait, least first. */
function place(waiting: Cursor[], cursor: Cursor): void {
  const { key } = cursor;
  let [low, high] = [0, waiting.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = waiting[middle];
    if (other !== undefined && Buffer.compare(other.key, key) < 0) low = middle + 1;
    else high = middle;
  }
  waiting.splice(low, 0, cursor);
}
