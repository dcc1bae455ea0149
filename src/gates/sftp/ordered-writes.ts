/**
 * Lets bytes reach the file in order only. A client may send its writes out of order (rclone does, within a window);
 * those that come early wait here, unacknowledged, until the bytes before them are there. So what a broken connection leaves
 * behind never has a hole, and an acknowledged byte is always below the offset that a later try starts from.
 */
import { Buffer } from 'node:buffer';

/** How far ahead of the file's end a write may be, and how much may wait. */
export const AHEAD_BYTES_MAX = 8 * 1024 * 1024;
export const EARLY_MAX = 256;

export type Accepted =
  /** Now in the file: the request itself, and those early ones that it made room for. */
  { readonly kind: 'written'; readonly ids: readonly number[] } | { readonly kind: 'early' } | { readonly kind: 'gap' };

interface Early {
  readonly id: number;
  readonly offset: number;
  readonly data: Buffer;
}

export class OrderedWrites {
  #frontier: number;
  #early: Early[] = [];
  #earlyBytes = 0;
  readonly #write: (bytes: Uint8Array, position: number) => void;

  /** `write` puts all bytes at a position or throws. */
  constructor(start: number, write: (bytes: Uint8Array, position: number) => void) {
    this.#frontier = start;
    this.#write = write;
  }

  /** Everything below is in the file. */
  get frontier(): number {
    return this.#frontier;
  }

  accept(id: number, offset: number, data: Uint8Array): Accepted {
    if (offset > this.#frontier) return this.#keep(id, offset, data);
    this.#put(offset, data);
    return { kind: 'written', ids: this.#early.length === 0 ? [id] : [id, ...this.#catchUp()] };
  }

  /** Requests whose bytes never got their turn; they are forgotten. */
  abandon(): readonly number[] {
    const ids = this.#early.map((early) => early.id);
    this.#early = [];
    this.#earlyBytes = 0;
    return ids;
  }

  #keep(id: number, offset: number, data: Uint8Array): Accepted {
    const isTooFar = offset + data.length - this.#frontier > AHEAD_BYTES_MAX;
    const isTooMuch = this.#earlyBytes + data.length > AHEAD_BYTES_MAX || this.#early.length >= EARLY_MAX;
    if (isTooFar || isTooMuch) return { kind: 'gap' };
    this.#early.push({ id, offset, data: Buffer.from(data) });
    this.#earlyBytes += data.length;
    return { kind: 'early' };
  }

  #catchUp(): readonly number[] {
    const ids: number[] = [];
    for (;;) {
      const index = this.#early.findIndex((early) => early.offset <= this.#frontier);
      const [early] = index < 0 ? [] : this.#early.splice(index, 1);
      if (early === undefined) return ids;
      this.#earlyBytes -= early.data.length;
      this.#put(early.offset, early.data);
      ids.push(early.id);
    }
  }

  #put(offset: number, data: Uint8Array): void {
    if (data.length > 0) this.#write(data, offset);
    this.#frontier = Math.max(this.#frontier, offset + data.length);
  }
}
