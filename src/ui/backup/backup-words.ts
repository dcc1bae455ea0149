/** Backups in words. Pure. */
import type { AlarmView, BackupView, PolicyView, VaultView } from '#api/endpoints/backup-views.ts';
import type { Tone } from '../kit/status.tsx';
import { DAY_MS, durationText } from '../kit/words.ts';

type Said = readonly [Tone, string];

/** Who can undo a lock before its time, said as it is. */
export const STRENGTHS: Readonly<Record<VaultView['locks'], Said>> = {
  nobody: ['ok', 'Nobody can undo a lock before its time, not even the account’s owner'],
  root: ['ok', 'Only root of the vault’s own machine can undo a lock'],
  governance: ['warn', 'An account with a special right can undo a lock'],
  service: ['bad', 'Whoever takes over the vault’s service can undo every lock'],
};

export const STRENGTH_SHORT: Readonly<Record<VaultView['locks'], string>> = {
  nobody: 'Nobody (compliance mode)',
  root: 'Only root of the vault’s machine',
  governance: 'An account with a special right',
  service: 'Whoever holds the service (no lock below it)',
};

export const NATURES: Readonly<Record<VaultView['nature'], string>> = {
  local: 'In the house',
  site: 'At a second site, which pulls',
  s3: 'Object store with locks',
};

export const CONSISTENCIES: Readonly<Record<NonNullable<BackupView['taken']>['consistency'], string>> = {
  'filesystem-snapshot': 'a snapshot of the file system',
  reflink: 'a copy made at one instant',
  watched: 'read live, with changes noticed',
};

export const SIGNS: Readonly<Record<string, string>> = {
  'write-once-changed': 'Footage was rewritten',
  'randomness-step': 'Bytes turned random',
  'structure-broken': 'Inner structure broken',
  'magic-lost': 'Files are not what they are named',
  'extension-churn': 'Extensions changed',
  'mass-delete': 'Many files removed',
  'ransom-note': 'A ransom note',
  'canary-touched': 'A canary file was touched',
  'dedup-collapse': 'Nothing is shared with earlier backups any more',
  'compression-collapse': 'Nothing compresses any more',
  growth: 'Far more data than usual',
  'clock-doubt': 'A clock is wrong',
  'poisoned-snapshot': 'A snapshot that nobody here took',
};

/** What an alarm is about. */
export function alarmSubject({ project, vault }: Pick<AlarmView, 'project' | 'vault'>): string {
  return project?.alias ?? `The facility’s own copy in ${vault?.name ?? 'a vault'}`;
}

export function policyState(policy: PolicyView, now: number): Said {
  if (policy.running) return ['info', 'Running now'];
  if (policy.late && policy.lastTakenAt === undefined) return ['bad', 'Never taken'];
  if (policy.late) return ['bad', `Late by ${durationText(now - policy.dueAt)}`];
  if (policy.failure !== undefined) return ['warn', 'The last try failed'];
  if (policy.lastTakenAt === undefined) return ['info', 'First one is due'];
  return ['ok', 'On time'];
}

/** How much work would be lost if everything but this copy were gone now. */
export function lagState(showsAt: number | undefined, rpoMs: number, now: number): Said {
  if (showsAt === undefined) return ['bad', 'No copy yet'];
  const behind = now - showsAt;
  return [behind <= rpoMs ? 'ok' : 'bad', `${durationText(behind)} behind`];
}

/** Whole days since; the tone turns after a month and after three. */
export function provenState(lastAt: number | undefined, now: number): Said {
  if (lastAt === undefined) return ['bad', 'never'];
  const days = Math.floor(Math.max(0, now - lastAt) / DAY_MS);
  return [days <= 31 ? 'ok' : days <= 93 ? 'warn' : 'bad', `${days}`];
}

const SPANS: readonly (readonly [number, string, string])[] = [
  [DAY_MS, 'day', 'days'],
  [3_600_000, 'hour', 'hours'],
  [60_000, 'minute', 'minutes'],
];

/** `every 4 hours`, exact: a policy's own numbers are not rounded down. */
export function spanText(ms: number): string {
  for (const [unit, one, many] of SPANS) {
    if (ms < unit) continue;
    const count = Number((ms / unit).toFixed(1));
    return `${count} ${count === 1 ? one : many}`;
  }
  return `${Math.round(ms / 1000)} s`;
}

export function moneyText(cents: number, currency: string | undefined): string {
  return `${(cents / 100).toFixed(2)} ${currency ?? ''}`.trim();
}
