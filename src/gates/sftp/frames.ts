/**
 * Cuts a byte stream into packets. A packet that lies whole within one chunk is handed out as a view of it; only one
 * that is spread over several is put together, in a buffer that is used again for the next.
 */
import { Buffer } from 'node:buffer';

const LENGTH_BYTES = 4;
const GATHER_BYTES_FIRST = 64 * 1024;
const EMPTY = Buffer.alloc(0);

export type Frame = Buffer | 'more' | 'oversized' | 'empty';

export class Frames {
  /** Bytes received and not yet handed out. */
  bufferedBytes = 0;
  #chunks: Buffer[] = [];
  #first = 0;
  #at = 0;
  #gather: Buffer = EMPTY;
  readonly #bytesMax: number;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  receive(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.bufferedBytes += chunk.length;
  }

  /** The next packet without its length; valid until the next call. */
  next(): Frame {
    if (this.bufferedBytes < LENGTH_BYTES) return 'more';
    const length = this.#peekLength();
    if (length > this.#bytesMax) return 'oversized';
    if (length === 0) return 'empty';
    if (this.bufferedBytes < LENGTH_BYTES + length) return 'more';
    this.#skip(LENGTH_BYTES);
    return this.#take(length);
  }

  clear(): void {
    this.#chunks = [];
    this.#first = 0;
    this.#at = 0;
    this.bufferedBytes = 0;
  }

  #peekLength(): number {
    const chunk = this.#chunks[this.#first];
    if (chunk !== undefined && chunk.length - this.#at >= LENGTH_BYTES) return chunk.readUInt32BE(this.#at);
    let value = 0;
    let index = this.#first;
    let at = this.#at;
    for (let i = 0; i < LENGTH_BYTES; i += 1) {
      while (at >= (this.#chunks[index]?.length ?? Infinity)) {
        index += 1;
        at = 0;
      }
      value = value * 256 + (this.#chunks[index]?.[at] ?? 0);
      at += 1;
    }
    return value;
  }

  #take(length: number): Buffer {
    const chunk = this.#chunks[this.#first];
    if (chunk !== undefined && chunk.length - this.#at >= length) {
      const view = chunk.subarray(this.#at, this.#at + length);
      this.#skip(length);
      return view;
    }
    if (this.#gather.length < length) {
      this.#gather = Buffer.allocUnsafeSlow(
        Math.max(length, GATHER_BYTES_FIRST, Math.min(this.#gather.length * 2, this.#bytesMax)),
      );
    }
    let filled = 0;
    while (filled < length) {
      const part = this.#chunks[this.#first];
      if (part === undefined) break;
      const count = Math.min(part.length - this.#at, length - filled);
      part.copy(this.#gather, filled, this.#at, this.#at + count);
      filled += count;
      this.#skip(count);
    }
    return this.#gather.subarray(0, length);
  }

  #skip(count: number): void {
    let left = count;
    this.bufferedBytes -= count;
    while (left > 0) {
      const chunk = this.#chunks[this.#first];
      if (chunk === undefined) return;
      const here = Math.min(chunk.length - this.#at, left);
      left -= here;
      this.#at += here;
      if (this.#at < chunk.length) return;
      this.#chunks[this.#first] = EMPTY;
      this.#first += 1;
      this.#at = 0;
    }
    this.#forget();
  }

  /** Lets go of chunks that are used up; now and then, so that it costs nothing per packet. */
  #forget(): void {
    if (this.#first === this.#chunks.length) this.#chunks = [];
    else if (this.#first > 32) this.#chunks = this.#chunks.slice(this.#first);
    else return;
    this.#first = 0;
  }
}
