/**
 * Buffers for DATA replies, lent and taken back, so that a 2 GiB download makes no garbage. A buffer is reused only after
 * the transport has said that it is done with it, and only as many bytes as were read are ever sent.
 */
import { Buffer } from 'node:buffer';
import { DATA_HEADER_BYTES } from '#gates/sftp/replies.ts';
import { READ_BYTES_MAX } from '#gates/sftp/wire.ts';

const FREE_MAX = 64;

export class BufferPool {
  readonly #free: Buffer[] = [];
  readonly #lent = new Map<ArrayBufferLike, Buffer>();

  take(): Buffer {
    const buffer = this.#free.pop() ?? Buffer.allocUnsafeSlow(DATA_HEADER_BYTES + READ_BYTES_MAX);
    this.#lent.set(buffer.buffer, buffer);
    return buffer;
  }

  /** `packet` may be any view of a lent buffer; a packet that was not lent is left alone. */
  giveBack(packet: Buffer): void {
    const buffer = this.#lent.get(packet.buffer);
    if (buffer === undefined) return;
    this.#lent.delete(packet.buffer);
    if (this.#free.length < FREE_MAX) this.#free.push(buffer);
  }

  get lent(): number {
    return this.#lent.size;
  }
}
