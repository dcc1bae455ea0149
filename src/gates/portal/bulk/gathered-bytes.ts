/**
 * Small network chunks copied together into pooled buffers. The copy is of bytes that are still in the processor's cache, and it lets every
 * chunk die young: chunks kept until they are written outlive a young collection, and then whole collections run all the time.
 */
import { CHUNK_BYTES, writeBuffers } from '#gates/portal/bulk/buffers.ts';

export class GatheredBytes {
  readonly #full: Uint8Array[] = [];
  #filling: Uint8Array | undefined;
  #filled = 0;

  get sizeBytes(): number {
    return this.#full.length * CHUNK_BYTES + this.#filled;
  }

  add(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.byteLength;) {
      const room = this.room();
      const count = Math.min(chunk.byteLength - at, room.byteLength);
      room.set(chunk.subarray(at, at + count));
      at += count;
      this.filled(count);
    }
  }

  /** Where the next bytes may be put, to be followed by `filled`; never empty. */
  room(): Uint8Array {
    this.#filling ??= writeBuffers.borrow();
    return this.#filling.subarray(this.#filled);
  }

  filled(count: number): void {
    this.#filled += count;
    if (this.#filled === CHUNK_BYTES) this.#closeFilling();
  }

  /** The full buffers in order, and with `rest` what is gathered behind them too. The taker gives them to `giveBack`. */
  take(rest: boolean): readonly Uint8Array[] {
    const taken = this.#full.splice(0);
    if (!rest || this.#filling === undefined) return taken;
    taken.push(this.#filling.subarray(0, this.#filled));
    this.#filling = undefined;
    this.#filled = 0;
    return taken;
  }

  #closeFilling(): void {
    if (this.#filling !== undefined) this.#full.push(this.#filling);
    this.#filling = undefined;
    this.#filled = 0;
  }
}

/** Only when nobody reads them any more. */
export function giveBack(taken: readonly Uint8Array[]): void {
  for (const bytes of taken) writeBuffers.giveBack(new Uint8Array(bytes.buffer));
}
