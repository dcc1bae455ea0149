/**
 * Lines in the order of their keys' bytes, however many there are: they are gathered in one memory, and each time it is full they are sorted and laid
 * aside compressed; at the end these runs are merged. A million lines of a manifest take some 50 MB, and not a gigabyte of objects.
 */
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { giveBack } from '#vault/format/memory.ts';

export interface SortedLines {
  /** The line in parts, which are gone through twice. */
  add(key: Uint8Array, texts: Iterable<string>): void;
  /** Every text, once; nothing is added any more. Each is to be used before the next is asked for. */
  texts(): Iterable<Buffer>;
}

const FIRST_BYTES = 64 * 1024;
const RUN_BYTES = 4 * 1024 * 1024;
/** Of a run that is merged, so much is unfolded at a time. */
const BLOCK_BYTES = 128 * 1024;
const LENGTH_BYTES = 4;
const HEAD_BYTES = 2 * LENGTH_BYTES;
const LEVEL = { [constants.ZSTD_c_compressionLevel]: 1 };

/** `runBytes` is lowered by tests only. */
export function createSortedLines(runBytes = RUN_BYTES): SortedLines {
  const runs: Buffer[][] = [];
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

  function sorted(): readonly number[] {
    return starts.sort((a, b) => Buffer.compare(keyAt(memory, a), keyAt(memory, b)));
  }

  function layAside(): void {
    runs.push([...blocksOf(memory, sorted())]);
    starts = [];
    length = 0;
  }

  return {
    add(key, texts) {
      let textBytes = 0;
      for (const text of texts) textBytes += Buffer.byteLength(text);
      makeRoom(HEAD_BYTES + key.length + textBytes);
      starts.push(length);
      memory.writeUInt32LE(key.length, length);
      memory.writeUInt32LE(textBytes, length + LENGTH_BYTES);
      memory.set(key, length + HEAD_BYTES);
      length += HEAD_BYTES + key.length;
      for (const text of texts) length += memory.write(text, length);
    },
    *texts() {
      if (runs.length === 0) {
        for (const at of sorted()) yield textAt(memory, at);
        return;
      }
      layAside();
      memory = Buffer.alloc(0);
      yield* merged(runs.splice(0));
    },
  };
}

function keyAt(bytes: Buffer, at: number): Buffer {
  const begin = at + HEAD_BYTES;
  return bytes.subarray(begin, begin + bytes.readUInt32LE(at));
}

function textAt(bytes: Buffer, at: number): Buffer {
  const begin = at + HEAD_BYTES + bytes.readUInt32LE(at);
  return bytes.subarray(begin, begin + bytes.readUInt32LE(at + LENGTH_BYTES));
}

function endOf(bytes: Buffer, at: number): number {
  return at + HEAD_BYTES + bytes.readUInt32LE(at) + bytes.readUInt32LE(at + LENGTH_BYTES);
}

function* blocksOf(memory: Buffer, starts: readonly number[]): Iterable<Buffer> {
  let [block, bytes]: [Buffer[], number] = [[], 0];
  for (const at of starts) {
    const line = memory.subarray(at, endOf(memory, at));
    block.push(line);
    bytes += line.length;
    if (bytes < BLOCK_BYTES) continue;
    yield zstdCompressSync(Buffer.concat(block), { params: LEVEL });
    [block, bytes] = [[], 0];
  }
  if (bytes > 0) yield zstdCompressSync(Buffer.concat(block), { params: LEVEL });
}

/** Where one run stands in the merge. */
class Cursor {
  readonly #blocks: Buffer[];
  #bytes = Buffer.alloc(0);
  #at = 0;

  /** Takes the blocks: each is gone once it is unfolded. */
  constructor(blocks: Buffer[]) {
    this.#blocks = blocks.reverse();
  }

  /** Moves to the run's first line, then to the next; false behind the last. */
  advance(): boolean {
    if (this.#bytes.length > 0) this.#at = endOf(this.#bytes, this.#at);
    if (this.#at < this.#bytes.length) return true;
    const block = this.#blocks.pop();
    if (block === undefined) return false;
    this.#bytes = zstdDecompressSync(block);
    giveBack(block);
    this.#at = 0;
    return true;
  }

  get key(): Buffer {
    return keyAt(this.#bytes, this.#at);
  }

  get text(): Buffer {
    return textAt(this.#bytes, this.#at);
  }
}

function* merged(runs: readonly Buffer[][]): Iterable<Buffer> {
  const waiting: Cursor[] = [];
  for (const cursor of runs.map((run) => new Cursor(run))) if (cursor.advance()) place(waiting, cursor);
  for (let first = waiting.shift(); first !== undefined; first = waiting.shift()) {
    yield first.text;
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
