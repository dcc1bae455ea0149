/**
 * What removals took, on record: once a removal was carried out, the vault is asked what it still lists, and each of the removal's snapshots that is not
 * there any more is expired there. From then on nobody is offered it. A snapshot that is still listed, because somebody stored it again, stays.
 */
import { placeIn } from './repository-place.ts';
import type { BackupDeskParts } from './runbook-now.ts';
import { vaultsWith } from '#model/backup-facts.ts';
import type { By } from '#model/events.ts';
import { MINUTE_MS } from '#model/limits.ts';
import type { Backup, Vault } from '#model/backup-state.ts';
import type { State } from '#model/state.ts';
import type { ProjectId } from '#std/ids.ts';
import { Fault, isRefused } from '#std/refused.ts';
import { openStore } from '#vault/store/open-store.ts';

/** A vault that could not be asked, or still lists them, is asked again after this. */
const AGAIN_MS = 10 * MINUTE_MS;
const PUT_OFF_MAX = 1000;

export interface Expiring {
  readonly vault: Vault;
  readonly project: ProjectId;
  readonly backups: readonly Backup[];
}

/** What carried out removals name and the ledger still has there. */
export function expiring({ backups: { prunes, taken, vaults } }: State): readonly Expiring[] {
  const finished = prunes.valueSeq().filter(({ standing }) => standing === 'finished');
  return [...finished].flatMap((prune) => {
    const vault = vaults.get(prune.vault);
    const named = new Set<string>(prune.snapshots);
    const there = [...taken.values()].filter(
      (backup) =>
        backup.taken !== undefined && named.has(backup.taken.snapshot) && vaultsWith(backup).includes(prune.vault),
    );
    if (vault === undefined) return [];
    return [...Map.groupBy(there, ({ project }) => project)].map(([project, backups]) => ({ vault, project, backups }));
  });
}

export interface ExpiryNotes {
  /** Asks one vault about one project; whether anything was recorded. */
  next(): Promise<boolean>;
}

export function createExpiryNotes(parts: BackupDeskParts & { readonly by: By }): ExpiryNotes {
  const { data, engine, clock, by } = parts;
  const putOff = new Map<string, number>();

  function wait(key: string): void {
    putOff.delete(key);
    putOff.set(key, clock.now() + AGAIN_MS);
    const [oldest] = putOff.keys();
    if (putOff.size > PUT_OFF_MAX && oldest !== undefined) putOff.delete(oldest);
  }

  return {
    async next() {
      const due = expiring(engine.state()).find((one) => (putOff.get(keyOf(one)) ?? 0) <= clock.now());
      if (due === undefined) return false;
      wait(keyOf(due));
      const listed = await snapshotsIn(data, due).catch((cause: unknown) => {
        if (!(cause instanceof Fault)) throw cause; // a vault that does not answer is asked again
      });
      let recorded = false;
      for (const { id, taken } of due.backups) {
        if (taken === undefined || listed?.has(taken.snapshot) !== false) continue;
        const answer = await engine.command({ kind: 'record-expiry', backup: id, vault: due.vault.id }, by);
        recorded = !isRefused(answer) || recorded;
      }
      return recorded;
    },
  };
}

function keyOf({ vault, project }: Expiring): string {
  return `${vault.id} ${project}`;
}

async function snapshotsIn(data: string, { vault, project }: Expiring): Promise<ReadonlySet<string>> {
  const store = openStore(placeIn(data, vault, project));
  try {
    return new Set((await store.list('snapshots')).map(({ name }) => name));
  } finally {
    await store.close();
  }
}
