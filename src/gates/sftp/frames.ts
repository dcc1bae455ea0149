/**
 * Cuts a byte stream into packets. All bytes lie in one stretch of memory that is used again and again, so every packet is handed out
 * as a view, and a transport that reads into `room()` has nothing copied at all.
 *
 *   | handed out | waiting packets | room |
 *                ^ start           ^ end
 */
import { Buffer } from 'node:buffer';

const LENGTH_BYTES = 4;
const BYTES_FIRST = 64 * 1024;
const EMPTY = Buffer.alloc(0);

export type Frame = Buffer | 'more' | 'oversized' | 'empty';

export class Frames {
  #bytes: Buffer = EMPTY;
  #start = 0;
  #end = 0;
  readonly #bytesMax: number;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Bytes received and not yet handed out. */
  get bufferedBytes(): number {
    return this.#end - this.#start;
  }

  /** Where the next bytes may be put before they are received; valid until the next call of this or of `receive`. */
  room(): Buffer {
    this.#makeRoom(Math.max(BYTES_FIRST, this.#bytes.length) / 2);
    return this.#bytes.subarray(this.#end);
  }

  /** Takes bytes in; those that were put into `room()` stay where they are. */
  receive(chunk: Uint8Array): void {
    if (!this.#holds(chunk)) {
      this.#makeRoom(chunk.length);
      this.#bytes.set(chunk, this.#end);
    }
    this.#end += chunk.length;
  }

  /** The next packet without its length; valid until `room` or `receive` is called. */
  next(): Frame {
    if (this.bufferedBytes < LENGTH_BYTES) return 'more';
    const length = this.#bytes.readUInt32BE(this.#start);
    if (length > this.#bytesMax) return 'oversized';
    if (length === 0) return 'empty';
    if (this.bufferedBytes < LENGTH_BYTES + length) return 'more';
    const from = this.#start + LENGTH_BYTES;
    this.#start = from + length;
    return this.#bytes.subarray(from, this.#start);
  }

  clear(): void {
    this.#bytes = EMPTY;
    this.#start = 0;
    this.#end = 0;
  }

  #holds(chunk: Uint8Array): boolean {
    return chunk.buffer === this.#bytes.buffer && chunk.byteOffset === this.#bytes.byteOffset + this.#end;
  }

  /** Moves what waits to the front; where that would be most of it, into a place twice as large. So bytes are moved seldom, and few. */
  #makeRoom(count: number): void {
    if (this.#start === this.#end) this.#start = this.#end = 0;
    if (this.#bytes.length - this.#end >= count) return;
    const waiting = this.#bytes.subarray(this.#start, this.#end);
    const isSmall = waiting.length <= this.#bytes.length / 2 && waiting.length + count <= this.#bytes.length;
    if (!isSmall) this.#bytes = Buffer.allocUnsafeSlow(this.#larger(waiting.length + count));
    this.#bytes.set(waiting, 0);
    this.#start = 0;
    this.#end = waiting.length;
  }

  #larger(least: number): number {
    let size = Math.max(BYTES_FIRST, 2 * this.#bytes.length);
    while (size < least) size *= 2;
    return size;
  }
}
