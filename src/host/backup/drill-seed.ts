/**
 * The seed of a drill: drawn once, kept in a file, promised to the ledger by its hash, and only then used. Whoever ends the process until the draw suits
 * them gets the same draw again; whoever takes the file away gets a drill that failed and says why.
 */
import { hash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Drill } from '#model/backup-state.ts';
import type { DrillId } from '#std/ids.ts';
import { Fault } from '#std/refused.ts';

const SEED_BYTES = 16;

export function seedSha256(seed: string): string {
  return hash('sha256', seed, 'hex');
}

/** The seed of this drill, drawn when there is none yet. A Fault `seed-lost` when the ledger has a promise that nothing here keeps. */
export function seedOf(data: string, { id, seedSha256: promised }: Pick<Drill, 'id' | 'seedSha256'>): string {
  const kept = read(fileOf(data, id));
  if (promised === undefined) return kept ?? draw(data, id);
  if (kept !== undefined && seedSha256(kept) === promised) return kept;
  throw new Fault('seed-lost', 'the seed that was promised at the beginning of this drill is not here any more');
}

export function forgetSeed(data: string, id: DrillId): void {
  rmSync(fileOf(data, id), { force: true });
}

function draw(data: string, id: DrillId): string {
  const seed = randomBytes(SEED_BYTES).toString('hex');
  mkdirSync(join(data, 'run', 'seeds'), { recursive: true, mode: 0o700 });
  writeFileSync(fileOf(data, id), seed, { mode: 0o600, flush: true });
  return seed;
}

function fileOf(data: string, id: DrillId): string {
  return join(data, 'run', 'seeds', id);
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined; // what a failed read rejects with
    throw cause;
  }
}
