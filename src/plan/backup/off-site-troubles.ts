/** What somebody should look at about a vault elsewhere: the locks of a bucket, what somebody did to it, and what a second vault found wrong at the first. */
import type { Trouble } from './troubles.ts';
import { DAY_MS } from '#model/limits.ts';
import type { BucketLocks, Vault } from '#model/backup-state.ts';
import type { State } from '#model/state.ts';

/** A round over locks that failed so often was no passing trouble. */
export const LOCK_TRIES_MAX = 3;
/** A lock is made longer when half of it is left: with less than this something is wrong. */
const OVERDUE_SHARE = 1 / 4;
/** Objects that are lost do not come back by another try. */
const LOST = 'offsite-damaged';

export function offsiteTroubles(state: State, vault: Vault, at: number): readonly Trouble[] {
  const locks = (vault.bucketLocks ?? []).filter(
    ({ project }) => project === undefined || !state.backups.keysDestroyed.has(project),
  );
  return [...locks.flatMap((one) => lockTroubles(state, vault, one, at)), ...pullTroubles(vault)];
}

function lockTroubles(state: State, vault: Vault, locks: BucketLocks, at: number): readonly Trouble[] {
  const { project, lockedUntil, failure, hidden, overlaid } = locks;
  const about = { weight: 'look', vault: vault.id, ...(project === undefined ? {} : { project }) } as const;
  const of = `${project === undefined ? 'the facility’s own copy' : aliasOf(state, project)} in ${vault.name}`;
  const first = hidden.names[0] ?? overlaid.names[0] ?? '';
  const found: Trouble[] = [];
  if (failure !== undefined && (failure.tries >= LOCK_TRIES_MAX || failure.code === LOST))
    found.push({
      ...about,
      code: 'locks-failing',
      says: `the locks of ${of} could not be looked after, ${failure.tries} tries (${failure.code})`,
      next: 'picturelock backup offsite, and docs/operate/084-offsite.md',
    });
  if (lockedUntil !== undefined && lockedUntil < at + vault.lockDays * DAY_MS * OVERDUE_SHARE)
    found.push({
      ...about,
      code: 'locks-overdue',
      says: `the locks of ${of} were not made longer in time: the first of them ${lockedUntil < at ? 'has ended' : 'ends soon'}`,
      next: 'see that the backup service runs and reaches the bucket: picturelock backup offsite',
    });
  if (hidden.count + overlaid.count > 0)
    found.push({
      ...about,
      code: 'bucket-touched',
      says: `somebody hid ${hidden.count} and wrote over ${overlaid.count} objects of ${of}, ${first} first`,
      next: 'see who has the bucket’s keys; docs/operate/084-offsite.md says how to take that away',
    });
  return found;
}

function pullTroubles({ id, name, pullFound }: Vault): readonly Trouble[] {
  if (pullFound === undefined) return [];
  const [first] = pullFound.findings;
  return [
    {
      code: 'first-vault-changed',
      weight: 'look',
      vault: id,
      says: `${name} found ${pullFound.count} objects changed, missing or gone at the vault that it copies from, ${first?.object ?? ''} first`,
      next: `look at the first vault now; picturelock backup heal PROJECT --vault FIRST --from ${name}`,
    },
  ];
}

function aliasOf(state: State, project: NonNullable<BucketLocks['project']>): string {
  return state.projects.get(project)?.alias ?? project;
}
