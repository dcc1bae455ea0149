/** What a client has open in one conversation. Names are small numbers in hex and are not given out twice. */
import type { ReadHandle, WriteHandle } from '#ports/files.ts';
import type { NamedFacts } from '#gates/sftp/replies.ts';
import type { OrderedWrites } from '#gates/sftp/ordered-writes.ts';
import { HANDLES_MAX } from '#gates/sftp/wire.ts';

/** The right that an open file lives by is watched until `release` is called. */
interface Guarded {
  readonly release: () => void;
}

export interface OpenRead extends Guarded {
  readonly kind: 'read';
  readonly file: ReadHandle;
}

export interface OpenWrite extends Guarded {
  readonly kind: 'write';
  readonly file: WriteHandle;
  readonly order: OrderedWrites;
  /** Opened to append: offsets in the requests are ignored. */
  readonly appends: boolean;
  /** The first failure; nothing is written after it and the file is not finished. */
  failed?: string;
}

export interface OpenFolder {
  readonly kind: 'folder';
  readonly names: readonly NamedFacts[];
  /** There is more in the folder than a listing holds. */
  readonly truncated: boolean;
  at: number;
}

export type Open = OpenRead | OpenWrite | OpenFolder;

export class Handles {
  readonly #open = new Map<string, Open>();
  #next = 1;

  get isFull(): boolean {
    return this.#open.size >= HANDLES_MAX;
  }

  get size(): number {
    return this.#open.size;
  }

  add(open: Open): string {
    const name = this.#next.toString(16);
    this.#next += 1;
    this.#open.set(name, open);
    return name;
  }

  get(name: string): Open | undefined {
    return this.#open.get(name);
  }

  remove(name: string): Open | undefined {
    const open = this.#open.get(name);
    this.#open.delete(name);
    return open;
  }

  removeAll(): readonly Open[] {
    const all = [...this.#open.values()];
    this.#open.clear();
    return all;
  }
}
