/**
 * Where drills restore to, and how much they may: what is free there with a margin, and where the ledger is on the same file system, never the last of it.
 * A facility whose ledger can write nothing more refuses everything; no drill is worth that.
 */
import { mkdirSync, rmSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '#std/refused.ts';

const MIB = 2 ** 20;
/** What a file system takes for itself, and what others write meanwhile. */
const MARGIN = 1.1;
/** Left free where the ledger is: a twentieth, within these bounds. */
const FLOOR_SHARE = 1 / 20;
const FLOOR_BYTES_MIN = 64 * MIB;
const FLOOR_BYTES_MAX = 4096 * MIB;

export interface DrillScratch {
  /** Empty, this drill's own. */
  readonly folder: string;
  /** What may be restored into it. */
  readonly roomBytes: number;
}

export function defaultScratch(data: string): string {
  return join(data, 'run', 'drills');
}

/** A Fault `no-scratch` when nothing can be written there. */
export function openScratch(data: string, root: string, name: string): DrillScratch {
  const folder = join(root, name);
  try {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException; // an error of Node's file functions
    throw new Fault('no-scratch', `${root}, where drills restore to, can't be used (${code}): see --drill-scratch`);
  }
  return { folder, roomBytes: roomIn(data, folder) };
}

export function removeScratch(root: string, name: string): void {
  rmSync(join(root, name), { recursive: true, force: true });
}

function roomIn(data: string, folder: string): number {
  const { bavail, blocks, bsize } = statfsSync(folder);
  const isBesideLedger = statSync(folder).dev === statSync(data).dev;
  const floor = isBesideLedger ? Math.min(FLOOR_BYTES_MAX, Math.max(FLOOR_BYTES_MIN, blocks * bsize * FLOOR_SHARE)) : 0;
  return Math.max(0, Math.floor((bavail * bsize - floor) / MARGIN));
}
