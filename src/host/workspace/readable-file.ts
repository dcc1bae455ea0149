/** An open file of a workspace; the descriptor stays valid whatever happens to its name. */
import { closeSync, read as readCallback, readSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import type { ReadableFile } from '#ports/workspace.ts';
import { tagOf } from '#host/workspace/beneath.ts';
import { storageFault } from '#host/workspace/storage-fault.ts';

export class OpenFile implements ReadableFile {
  readonly sizeBytes: number;
  readonly modifiedAt: number;
  readonly tag: string;
  #fd: number | undefined;
  /** Reads under way; the descriptor is only closed when none is, or its number could already mean another file. */
  #reading = 0;
  #closing = false;

  constructor(fd: number, stats: BigIntStats) {
    this.#fd = fd;
    this.sizeBytes = Number(stats.size);
    this.modifiedAt = Number(stats.mtimeNs / 1_000_000n);
    this.tag = tagOf(stats);
  }

  readSync(into: Uint8Array, position: number): number {
    const fd = this.#open();
    try {
      return readSync(fd, into, 0, into.byteLength, position);
    } catch (error) {
      throw storageFault(error);
    }
  }

  read(into: Uint8Array, position: number): Promise<number> {
    const fd = this.#open();
    this.#reading += 1;
    return new Promise((resolve, reject) => {
      readCallback(fd, into, 0, into.byteLength, position, (error, count) => {
        this.#reading -= 1;
        this.#release();
        if (error === null) resolve(count);
        else reject(storageFault(error));
      });
    });
  }

  close(): void {
    this.#closing = true;
    this.#release();
  }

  #open(): number {
    if (this.#fd === undefined || this.#closing) throw storageFault(new Error('read after close'));
    return this.#fd;
  }

  #release(): void {
    if (!this.#closing || this.#reading > 0 || this.#fd === undefined) return;
    closeSync(this.#fd);
    this.#fd = undefined;
  }
}
