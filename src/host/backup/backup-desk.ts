/** What the portal shows of backups: looks into snapshots happen in processes of their own, because opening a repository costs a second of one core. */
import { touchedSince } from './choose-mixed.ts';
import { readCertificate } from './destroy-keys.ts';
import type { RepositoryRef } from './repository-ref.ts';
import type { LookJob } from './job.ts';
import { readProgress } from './notes.ts';
import { passwordFile } from './repository-keys.ts';
import { placeIn } from './repository-place.ts';
import { readRestoreReport } from './restore-report.ts';
import { runJob } from './run-job.ts';
import { vaultsOf } from './run-restore.ts';
import type { BackupDeskParts } from './runbook-now.ts';
import { currentRunbook } from './runbook-now.ts';
import { keysGone } from '#model/backup-facts.ts';
import type { Backup } from '#model/backup-state.ts';
import { snapshotsOf } from '#plan/backup/choose-snapshot.ts';
import { HISTORY_SNAPSHOTS_MAX } from '#ports/backups.ts';
import type { BackupDesk, DiffWish, FoundEntry, HistoryWish } from '#ports/backups.ts';
import type { BackupId, ProjectId } from '#std/ids.ts';
import { Fault, ok, refused } from '#std/refused.ts';
import type { Outcome } from '#std/refused.ts';

/** Snapshots never change: what was seen once is as good the next time. */
const REMEMBERED_MAX = 100;
const LOOKS_MAX = 4;
const LISTED_MAX = 20_000;

export function createBackupDesk(parts: BackupDeskParts): BackupDesk {
  const { data, engine } = parts;
  const remembered = new Map<string, readonly FoundEntry[]>();
  let looking = 0;

  async function look(
    backup: BackupId,
    what: Pick<LookJob, 'path' | 'text' | 'limit'>,
  ): Promise<Outcome<readonly FoundEntry[]>> {
    const key = JSON.stringify([backup, what.path, what.text, what.limit]);
    const known = remembered.get(key);
    if (known !== undefined) return ok(known);
    const seen = await counted(() => ask(backup, what));
    if (seen.kind === 'ok') remember(key, seen.value);
    return seen;
  }

  async function counted<T>(work: () => Promise<T>): Promise<T> {
    if (looking >= LOOKS_MAX)
      throw new Fault('looks-busy', 'Others look into snapshots too. Try again.', { retry: true });
    looking += 1;
    try {
      return await work();
    } finally {
      looking -= 1;
    }
  }

  function remember(key: string, entries: readonly FoundEntry[]): void {
    const [oldest] = remembered.keys();
    if (remembered.size >= REMEMBERED_MAX && oldest !== undefined) remembered.delete(oldest);
    remembered.set(key, entries);
  }

  async function ask(
    id: BackupId,
    what: Pick<LookJob, 'path' | 'text' | 'limit'>,
  ): Promise<Outcome<readonly FoundEntry[]>> {
    const backup = engine.state().backups.taken.get(id);
    if (backup?.taken === undefined) return refused('no-such-backup', 'There is no such snapshot.');
    const { snapshot } = backup.taken;
    return fromCopies(backup, async (access) => (await runJob({ kind: 'look', ...access, snapshot, ...what })).entries);
  }

  /** From the vault that the snapshot was taken to, then from each copy in turn. */
  async function fromCopies<T>(backup: Backup, work: (access: RepositoryRef) => Promise<T>): Promise<Outcome<T>> {
    if (engine.state().backups.keysDestroyed.has(backup.project)) return keysGone();
    let last: Fault | undefined;
    for (const vault of vaultsOf(engine.state(), backup)) {
      try {
        const place = placeIn(data, vault, backup.project);
        return ok(await work({ place, passwordFile: passwordFile(data, backup.project) }));
      } catch (cause) {
        if (!(cause instanceof Fault)) throw cause;
        if (cause.code === 'not-in-snapshot')
          return refused('not-in-snapshot', 'This snapshot has nothing at that path.');
        last = cause;
      }
    }
    return refused(
      'copy-unreachable',
      `No copy of this snapshot could be read: ${last?.message ?? 'no vault is in use'}.`,
    );
  }

  async function history(project: ProjectId, of: HistoryWish, limit: number) {
    const all = snapshotsOf(engine.state(), { project }).slice(0, HISTORY_SNAPSHOTS_MAX);
    const [newest] = all;
    if (newest === undefined) return refused('no-snapshot', 'There is no snapshot of this project.');
    const chains = [...Map.groupBy(all.toReversed(), ({ policy }) => policy).values()].map((chain) =>
      chain.flatMap(({ taken }) => taken?.snapshot ?? []),
    );
    return counted(() =>
      fromCopies(newest, async (access) => {
        const { versions, limited } = await runJob({ kind: 'history', ...access, chains, ...of, limit });
        return { versions, limited };
      }),
    );
  }

  async function diff({ from, to, path }: DiffWish, limit: number) {
    const { taken } = engine.state().backups;
    const [before, after] = [taken.get(from), taken.get(to)];
    if (before?.taken === undefined || after?.taken === undefined)
      return refused('no-such-backup', 'There is no such snapshot.');
    if (before.project !== after.project)
      return refused('not-comparable', 'These are snapshots of two projects.', 'Choose two of one project.');
    const [older, newer] = [before.taken.snapshot, after.taken.snapshot];
    return counted(() =>
      fromCopies(after, async (access) => {
        const job = { kind: 'diff' as const, ...access, before: older, snapshot: newer, path, limit };
        const { entries, totals, limited } = await runJob(job);
        return { entries, totals, limited };
      }),
    );
  }

  return {
    history,
    diff,
    touched: (project, by, since) => touchedSince(engine, { project, by, since }),
    certificate: (project) => readCertificate(data, project),
    restoreReport: (restore, from, limit) => readRestoreReport(data, restore, from, limit),
    list: (backup, path) => look(backup, { path, limit: LISTED_MAX }),
    find: (backup, text, limit) => look(backup, { path: '', text, limit }),
    progress: () => readProgress(data),
    runbook: (project) => currentRunbook(parts, project),
  };
}
