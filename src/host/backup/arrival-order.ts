/**
 * In which order snapshots came to the place that keeps them. What a snapshot says of its own time is free text of whoever wrote it; a vault numbers what
 * arrives, also in its folder alone, and a bucket has a clock of its own. A folder that is nothing but a repository has no such word.
 */
import { existsSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import type { ObjectStore } from '#ports/object-store.ts';
import { auditedHoldings } from '#vault/server/audit.ts';
import { journalPath } from '#vault/server/journal-files.ts';
import type { StorePlace } from '#vault/store/open-store.ts';

export interface Arrived {
  readonly n: number;
  /** By the clock of the place: ms since 1970. */
  readonly at: number;
}

export interface ArrivalOrder {
  readonly by: 'vault' | 'bucket';
  /** Of each snapshot by its id. */
  readonly arrived: ReadonlyMap<string, Arrived>;
}

/** Undefined where nobody but the snapshots themselves says anything. */
export async function arrivalOrder(place: StorePlace, store: ObjectStore): Promise<ArrivalOrder | undefined> {
  if (place.kind === 'folder') return ofVaultFolder(resolve(place.folder));
  const rows = await store.arrivals?.('snapshots');
  if (rows === undefined) return undefined;
  const arrived = new Map(rows.map(({ name, n, arrivedAt: at }) => [name, { n, at }]));
  return { by: place.kind === 's3' ? 'bucket' : 'vault', arrived };
}

/** `VAULT/repositories/CLIENT`, with the vault's journal beside the repositories. */
async function ofVaultFolder(folder: string): Promise<ArrivalOrder | undefined> {
  const [client, repositories] = [basename(folder), dirname(folder)];
  const vault = dirname(repositories);
  if (basename(repositories) !== 'repositories' || !existsSync(journalPath(vault))) return undefined;
  const held = (await auditedHoldings(vault)).list(client, 'snapshots');
  return { by: 'vault', arrived: new Map(held.map(({ object, n, arrivedAt: at }) => [object, { n, at }])) };
}
