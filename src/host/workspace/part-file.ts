/** Bytes of an upload on their way: a descriptor to write to, and a thread that hashes behind. */
import {
  closeSync,
  fdatasync,
  fstatSync,
  ftruncateSync,
  readSync,
  writev as writevCallback,
  writevSync,
} from 'node:fs';
import { assert } from '#std/assert.ts';
import type { Digest, PartFile } from '#ports/workspace.ts';
import type { DigestPool, Follower } from '#host/workspace/digest-pool.ts';
import { tagOf } from '#host/workspace/beneath.ts';
import { storageFault } from '#host/workspace/storage-fault.ts';

/** Bytes between two notes to the hashing thread. */
const FOLLOW_STEP_BYTES = 4 << 20;

export class OpenPart implements PartFile {
  #fd: number | undefined;
  readonly #pool: DigestPool;
  #follower: Follower | undefined;
  #told = 0;
  #busy = 0;
  #idle: (() => void) | undefined;

  readonly #keep: (part: OpenPart) => void;

  /** `keep` takes the part over when it is parked. */
  constructor(fd: number, pool: DigestPool, keep: (part: OpenPart) => void) {
    this.#fd = fd;
    this.#pool = pool;
    this.#keep = keep;
  }

  park(): void {
    this.#keep(this);
  }

  get tag(): string {
    return tagOf(fstatSync(this.#open(), { bigint: true }));
  }

  sizeBytes(): number {
    return fstatSync(this.#open()).size;
  }

  writeSync(chunks: readonly Uint8Array[], position: number): void {
    const fd = this.#open();
    let rest = chunks;
    let at = position;
    try {
      while (rest.length > 0) {
        const written = writevSync(fd, rest, at);
        at += written;
        rest = after(rest, written);
      }
    } catch (error) {
      throw storageFault(error);
    }
  }

  async write(chunks: readonly Uint8Array[], position: number): Promise<void> {
    let rest = chunks;
    let at = position;
    while (rest.length > 0) {
      const buffers = rest;
      const written = await this.#whileBusy((fd, settle) => writevCallback(fd, buffers, at, settle));
      at += written;
      rest = after(rest, written);
    }
  }

  readSync(into: Uint8Array, position: number): number {
    try {
      return readSync(this.#open(), into, 0, into.byteLength, position);
    } catch (error) {
      throw storageFault(error);
    }
  }

  truncate(sizeBytes: number): void {
    try {
      ftruncateSync(this.#open(), sizeBytes);
    } catch (error) {
      throw storageFault(error);
    }
    this.follow(Math.min(this.#told, sizeBytes));
  }

  async sync(): Promise<void> {
    await this.#whileBusy((fd, settle) => fdatasync(fd, (error) => settle(error, 0)));
  }

  follow(to: number): void {
    if (to >= this.#told && to < this.#told + FOLLOW_STEP_BYTES) return;
    this.#told = to;
    this.#following().follow(to);
  }

  digest(sizeBytes: number): Promise<Digest> {
    return this.#following().digest(sizeBytes);
  }

  async close(): Promise<void> {
    const fd = this.#fd;
    this.#fd = undefined;
    if (fd === undefined) return;
    if (this.#busy > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
    await this.#follower?.close();
    closeSync(fd);
  }

  #following(): Follower {
    this.#follower ??= this.#pool.follow(this.#open());
    return this.#follower;
  }

  #open(): number {
    if (this.#fd === undefined) throw storageFault(new Error('used after close'));
    return this.#fd;
  }

  #whileBusy(start: (fd: number, settle: (error: Error | null, count: number) => void) => void): Promise<number> {
    const fd = this.#open();
    this.#busy += 1;
    return new Promise((resolve, reject) => {
      start(fd, (error, count) => {
        this.#busy -= 1;
        if (this.#busy === 0) this.#idle?.();
        if (error === null) resolve(count);
        else reject(storageFault(error));
      });
    });
  }
}

/** What is left of the chunks after a short write. */
function after(chunks: readonly Uint8Array[], written: number): readonly Uint8Array[] {
  assert(written >= 0, 'a write counts up');
  let skip = written;
  let i = 0;
  for (; i < chunks.length; i += 1) {
    const size = chunks[i]?.byteLength ?? 0;
    if (size > skip) break;
    skip -= size;
  }
  const first = chunks[i];
  return first === undefined ? [] : [first.subarray(skip), ...chunks.slice(i + 1)];
}
