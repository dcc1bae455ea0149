/** Rows of one length in a file, read in blocks of which some are kept: what is asked for together mostly came together. */
import { readSync } from 'node:fs';
import { NO_ROW } from '#vault/engine/id-slots.ts';
import { Bug } from '#std/assert.ts';

const BLOCK_BITS = 7;
const BLOCK_ROWS = 1 << BLOCK_BITS;
const BLOCKS = 64;

interface Block {
  number: number;
  readonly bytes: Buffer;
}

export class FiledRows {
  readonly #rowBytes: number;
  readonly #blocks: Block[] = [];

  constructor(rowBytes: number) {
    this.#rowBytes = rowBytes;
  }

  /** Of a block that is written whole. To be used before the next is asked for. */
  rowAt(fd: number, row: number): Buffer {
    const number = row >> BLOCK_BITS;
    const block = (this.#blocks[number % BLOCKS] ??= this.#made());
    if (block.number !== number) read(fd, block, number);
    const at = (row & (BLOCK_ROWS - 1)) * this.#rowBytes;
    return block.bytes.subarray(at, at + this.#rowBytes);
  }

  /** The file is written anew. */
  forget(): void {
    for (const block of this.#blocks) if (block !== undefined) block.number = NO_ROW;
  }

  #made(): Block {
    return { number: NO_ROW, bytes: Buffer.allocUnsafeSlow(BLOCK_ROWS * this.#rowBytes) };
  }
}

function read(fd: number, block: Block, number: number): void {
  const { bytes } = block;
  block.number = NO_ROW;
  for (let done = 0; done < bytes.length;) {
    const some = readSync(fd, bytes, done, bytes.length - done, number * bytes.length + done);
    if (some === 0) throw new Bug('a scratch file of rows ends too early');
    done += some;
  }
  block.number = number;
}
