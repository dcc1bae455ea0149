/**
 * Which names of a folder clash. Reading a folder of 100,000 frames for every new frame would be quadratic, so the folded names
 * of recently used folders are kept, and trusted only while the folder is unchanged since we last looked or changed it.
 * Honest limit: two gate processes that make clashing names within the same microseconds both succeed; exact names never do.
 */
import { fstatSync } from 'node:fs';
import { namesIn } from '#host/workspace/hidden-rooms.ts';
import { foldName } from '#gates/files/portable-name.ts';

const FOLDERS_KEPT = 64;
const NAMES_KEPT = 200_000;

interface Known {
  stamp: string;
  readonly names: Map<string, string>;
}

export class Siblings {
  readonly #folders = new Map<bigint, Known>();

  /** The stored name that `name` clashes with, other than itself. */
  clash(folder: number, name: string): string | undefined {
    const stored = this.#known(folder).names.get(foldName(name));
    return stored === name ? undefined : stored;
  }

  /** Call after our own change to the folder, with the names it gained and lost. */
  changed(folder: number, change: { readonly gained?: string; readonly lost?: string }): void {
    const stats = fstatSync(folder, { bigint: true });
    const known = this.#folders.get(stats.ino);
    if (known === undefined) return;
    if (change.lost !== undefined) known.names.delete(foldName(change.lost));
    if (change.gained !== undefined) known.names.set(foldName(change.gained), change.gained);
    known.stamp = stampOf(stats);
  }

  #known(folder: number): Known {
    const stats = fstatSync(folder, { bigint: true });
    const kept = this.#folders.get(stats.ino);
    this.#folders.delete(stats.ino);
    const known = kept?.stamp === stampOf(stats) ? kept : read(folder, stampOf(stats));
    this.#folders.set(stats.ino, known);
    this.#shrink();
    return known;
  }

  #shrink(): void {
    let names = 0;
    for (const known of this.#folders.values()) names += known.names.size;
    for (const [ino, known] of this.#folders) {
      if (this.#folders.size <= 1 || (this.#folders.size <= FOLDERS_KEPT && names <= NAMES_KEPT)) return;
      this.#folders.delete(ino);
      names -= known.names.size;
    }
  }
}

function read(folder: number, stamp: string): Known {
  return { stamp, names: new Map(namesIn(folder).map((name) => [foldName(name), name])) };
}

function stampOf(stats: { readonly mtimeNs: bigint; readonly dev: bigint }): string {
  return `${stats.dev}-${stats.mtimeNs}`;
}
