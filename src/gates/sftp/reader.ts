/**
 * Reads the fields of one packet. A field that runs over the end sets `broken` and reads as empty, so a decoder reads
 * straight through and asks once at the end; nothing throws on hostile input.
 */
import { Buffer } from 'node:buffer';

const EMPTY = Buffer.alloc(0);

export class PacketReader {
  broken = false;
  #bytes: Buffer = EMPTY;
  #at = 0;

  start(packet: Buffer, at: number): void {
    this.#bytes = packet;
    this.#at = at;
    this.broken = false;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  byte(): number {
    return this.#take(1) ? this.#bytes.readUInt8(this.#at - 1) : 0;
  }

  uint32(): number {
    return this.#take(4) ? this.#bytes.readUInt32BE(this.#at - 4) : 0;
  }

  /** Exact up to 2^53; larger values come back as Infinity. */
  uint64(): number {
    const high = this.uint32();
    const low = this.uint32();
    return high < 0x20_0000 ? high * 0x1_0000_0000 + low : Infinity;
  }

  /** A view, not a copy. Longer than `bytesMax` counts as broken. */
  string(bytesMax: number): Buffer {
    const length = this.uint32();
    if (length > bytesMax) this.broken = true;
    if (this.broken || !this.#take(length)) return EMPTY;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  #take(count: number): boolean {
    if (this.broken || this.left < count) this.broken = true;
    else this.#at += count;
    return !this.broken;
  }
}
