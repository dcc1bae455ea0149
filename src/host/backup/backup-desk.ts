/** What the portal shows of backups: looks into snapshots happen in processes of their own, because opening a repository costs a second of one core. */
import type { LookJob } from './job.ts';
import { readProgress } from './notes.ts';
import { passwordFile } from './repository-keys.ts';
import { placeIn } from './repository-place.ts';
import { runJob } from './run-job.ts';
import { vaultsOf } from './run-restore.ts';
import type { BackupDeskParts } from './runbook-now.ts';
import { currentRunbook } from './runbook-now.ts';
import type { BackupDesk, FoundEntry } from '#ports/backups.ts';
import type { BackupId } from '#std/ids.ts';
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
    if (looking >= LOOKS_MAX)
      throw new Fault('looks-busy', 'Others look into snapshots too. Try again.', { retry: true });
    looking += 1;
    try {
      const seen = await ask(backup, what);
      if (seen.kind === 'ok') remember(key, seen.value);
      return seen;
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
    const state = engine.state();
    const backup = state.backups.taken.get(id);
    if (backup?.taken === undefined) return refused('no-such-backup', 'There is no such snapshot.');
    const access = { passwordFile: passwordFile(data, backup.project), snapshot: backup.taken.snapshot };
    let last: Fault | undefined;
    for (const vault of vaultsOf(state, backup)) {
      try {
        const place = placeIn(data, vault, backup.project);
        return ok((await runJob({ kind: 'look', place, ...access, ...what })).entries);
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

  return {
    list: (backup, path) => look(backup, { path, limit: LISTED_MAX }),
    find: (backup, text, limit) => look(backup, { path: '', text, limit }),
    progress: () => readProgress(data),
    runbook: (project) => currentRunbook(parts, project),
  };
}
