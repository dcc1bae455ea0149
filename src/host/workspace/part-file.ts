/** Bytes of an upload on their way: a descriptor to write to, and a thread that writes and hashes. */
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
import { Fault } from '#std/refused.ts';
import type { Digest, PartFile } from '#ports/workspace.ts';
import type { PartThreads, ThreadFile } from '#host/workspace/part-threads.ts';
import { tagOf } from '#host/workspace/beneath.ts';
import { storageFault } from '#host/workspace/storage-fault.ts';

/** Bytes that others wrote, between two notes to the hashing thread. */
const FOLLOW_STEP_BYTES = 4 << 20;

export class OpenPart implements PartFile {
  #fd: number | undefined;
  readonly #threads: PartThreads;
  #thread: ThreadFile | undefined;
  /** Bytes from the beginning that the thread wrote or was told of. */
  #told = 0;
  #busy = 0;
  #idle: (() => void) | undefined;

  readonly #keep: (part: OpenPart) => void;

  /** `keep` takes the part over when it is parked. */
  constructor(fd: number, threads: PartThreads, keep: (part: OpenPart) => void) {
    this.#fd = fd;
    this.#threads = threads;
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

  write(chunks: readonly Uint8Array[], position: number): Promise<void> {
    return chunks.every(isShared) ? this.#writeOnThread(chunks, position) : this.#writeFrom(chunks, position);
  }

  async #writeOnThread(chunks: readonly Uint8Array[], position: number): Promise<void> {
    this.#busy += 1;
    try {
      await this.#onThread().write(chunks, position);
    } catch (error) {
      throw error instanceof Fault ? error : storageFault(error);
    } finally {
      this.#busy -= 1;
      if (this.#busy === 0) this.#idle?.();
    }
    const end = chunks.reduce((sum, { byteLength }) => sum + byteLength, position);
    if (position <= this.#told) this.#told = Math.max(this.#told, end);
  }

  async #writeFrom(chunks: readonly Uint8Array[], position: number): Promise<void> {
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
    this.forget(sizeBytes);
  }

  async sync(): Promise<void> {
    await this.#whileBusy((fd, settle) => fdatasync(fd, (error) => settle(error, 0)));
  }

  follow(to: number): void {
    if (to <= this.#told || (this.#told > 0 && to < this.#told + FOLLOW_STEP_BYTES)) return;
    this.#told = to;
    this.#onThread().follow(to);
  }

  forget(from: number): void {
    this.#told = Math.min(this.#told, from);
    this.#thread?.forget(from);
  }

  digest(sizeBytes: number): Promise<Digest> {
    return this.#onThread().digest(sizeBytes);
  }

  async close(): Promise<void> {
    const fd = this.#fd;
    this.#fd = undefined;
    if (fd === undefined) return;
    if (this.#busy > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
    await this.#thread?.close();
    closeSync(fd);
  }

  #onThread(): ThreadFile {
    this.#thread ??= this.#threads.take(this.#open());
    return this.#thread;
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

function isShared(chunk: Uint8Array): boolean {
  return chunk.buffer instanceof SharedArrayBuffer;
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
