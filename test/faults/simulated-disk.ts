/**
 * A disk in memory that ends at any operation, in one of two ways.
 *
 * - *power*: what was synced stays. Of the write that was under way, any subset of its 512-byte sectors stays; a rename or a removal
 *   either happened or not; a file that was being made has any length.
 * - *kill*: the process dies, the machine lives. What was under way is seen by the next process, out of the system's cache, in any
 *   part; but it is not on the disk, and the next power cut takes it unless somebody writes it again. So it is with new names.
 */
import type { Disk, DiskFile } from '#host/ledger/disk.ts';
import type { Chance } from './seeded.ts';

const SECTOR_BYTES = 512;

export class PowerCut extends Error {}

export interface SimulatedDisk extends Disk {
  /** True once the power is gone: every later operation fails. */
  readonly dead: boolean;
  /** Operations that changed something since the start. */
  readonly operations: number;
}

/** What a process sees, and what outlasts the power. */
interface Content {
  readonly seen: Uint8Array;
  readonly kept: Uint8Array;
}
/** Names likewise: those that are seen, and those that a synced folder keeps. */
export interface Files {
  seen: Map<string, Content>;
  kept: Map<string, Content>;
}
export type End = 'power' | 'kill';

/** `endsAt`: the number of the changing operation during which it ends; Infinity for never. */
export function createSimulatedDisk(files: Files, chance: Chance, endsAt: number, end: End): SimulatedDisk {
  let operations = 0;
  let dead = false;

  /** Every operation takes a turn of the event loop, so that others arrive meanwhile. */
  async function turn(): Promise<void> {
    await new Promise(setImmediate);
    if (dead) throw new PowerCut('no power');
  }

  /** Counts a change; when the power goes during it, `partly` happens instead. */
  async function change(whole: () => void, partly: () => void): Promise<void> {
    await turn();
    operations += 1;
    if (operations < endsAt) return whole();
    dead = true;
    partly();
    if (end === 'power') losePower();
    throw new PowerCut('the power was cut');
  }

  function losePower(): void {
    files.seen = new Map(files.kept);
    for (const { seen, kept } of files.seen.values()) seen.set(kept);
  }

  /** A change of names that is seen for certain or by chance, and lasts only by chance. */
  function rename(from: string, to: string | undefined, isSeen: boolean): void {
    if (!isSeen) return;
    if (to !== undefined) files.seen.set(to, contentOf(from));
    files.seen.delete(from);
    if (chance.happens(0.5)) keepNames();
  }

  function keepNames(): void {
    files.kept = new Map(files.seen);
  }

  function contentOf(name: string): Content {
    const content = files.seen.get(name);
    if (content === undefined) throw new Error(`no file ${name}`);
    return content;
  }

  function writeSectors(
    content: Uint8Array,
    bytes: Uint8Array,
    position: number,
    keeps: (at: number, until: number) => boolean,
  ): void {
    for (let at = 0; at < bytes.byteLength;) {
      const end = Math.min(bytes.byteLength, at + SECTOR_BYTES - ((position + at) % SECTOR_BYTES));
      if (keeps(at, end)) content.set(bytes.subarray(at, end), position + at);
      at = end;
    }
  }

  /** Each sector on its own: seen and kept, seen only, or neither. */
  function writeTorn({ seen, kept }: Content, bytes: Uint8Array, position: number): void {
    const [seenShare, keptShare] = [chance.whole(101) / 100, chance.whole(101) / 100];
    writeSectors(seen, bytes, position, () => chance.happens(seenShare));
    writeSectors(kept, bytes, position, (at, until) => {
      const isSeen = seen.subarray(position + at, position + until).every((byte, n) => byte === bytes[at + n]);
      return isSeen && chance.happens(keptShare);
    });
  }

  function open(name: string): DiskFile {
    const content = contentOf(name);
    return {
      sizeBytes: content.seen.byteLength,
      async read(into, position) {
        await turn();
        const part = content.seen.subarray(position, position + into.byteLength);
        into.set(part);
        return part.byteLength;
      },
      writeSynced(bytes, position) {
        const held = Uint8Array.from(bytes); // what the caller does with its buffer later is not our concern
        const whole = (): void => {
          writeSectors(content.seen, held, position, () => true);
          writeSectors(content.kept, held, position, () => true);
        };
        return change(whole, () => writeTorn(content, held, position));
      },
      close: async () => undefined,
    };
  }

  return {
    get dead() {
      return dead;
    },
    get operations() {
      return operations;
    },
    async list() {
      await turn();
      return [...files.seen.keys()];
    },
    async open(name) {
      await turn();
      return open(name);
    },
    createZeroed: (name, sizeBytes) =>
      change(
        () => files.seen.set(name, zeros(sizeBytes)),
        () => chance.happens(0.7) && files.seen.set(name, zeros(chance.whole(sizeBytes + 1))),
      ),
    async rename(from, to) {
      await change(
        () => rename(from, to, true),
        () => rename(from, to, chance.happens(0.5)),
      );
      await this.syncNames();
    },
    async remove(name) {
      await change(
        () => rename(name, undefined, true),
        () => rename(name, undefined, chance.happens(0.5)),
      );
    },
    syncNames: () => change(keepNames, () => chance.happens(0.5) && keepNames()),
  };
}

function zeros(sizeBytes: number): Content {
  return { seen: new Uint8Array(sizeBytes), kept: new Uint8Array(sizeBytes) };
}
