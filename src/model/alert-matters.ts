/**
 * Which entries somebody outside has to be told of, and what makes two of them the same matter. The detail is a code, a sign or a number of days: never what a
 * person typed, never a path, never an address.
 */
import type { Entry, EntryKind } from '#model/events.ts';

/** A copy that failed so often was no passing trouble. */
const COPY_TRIES_MIN = 3;
/** Devices that nobody declared, and what observing would refuse, are work for a calm hour. */
const CALM = new Set(['unknown-device', 'would-refuse']);

export interface Told {
  /** The same matter has the same key. */
  readonly key: string;
  readonly detail?: string | number;
}

/** Undefined for what needs no telling. `index` is the entry's own. */
export function matterOf(entry: Entry, index: number): Told | undefined {
  const { about } = entry;
  const where = `${about.project ?? 'facility'} ${about.policy ?? ''} ${about.vault ?? ''}`;
  switch (entry.kind) {
    case 'backup.late':
      return { key: `late ${where}` };
    case 'backup.failed':
      return { key: `failed ${where}`, detail: entry.data.code };
    case 'backup.copy-failed':
      return entry.data.tries < COPY_TRIES_MIN ? undefined : { key: `copy ${where}`, detail: entry.data.code };
    case 'drill.finished':
      return entry.data.held ? undefined : { key: `drill ${where}`, detail: entry.data.failed };
    case 'facility.drilled':
      return entry.data.held ? undefined : { key: `facility-drill ${where}` };
    case 'alarm.raised':
      return { key: `alarm ${about.alarm ?? ''}`, detail: entry.data.signs[0]?.sign ?? '' };
    case 'vault.clock-doubted':
      return { key: `clock ${where}` };
    case 'vault.damage-reported':
      return entry.data.count === 0 ? undefined : { key: `damage ${where}`, detail: entry.data.count };
    case 'vault.pull-found':
      return entry.data.count === 0 ? undefined : { key: `pulled ${where}`, detail: entry.data.count };
    case 'backup.trouble':
      return { key: `trouble ${entry.data.code} ${where}`, detail: entry.data.code };
    case 'quarantine.ordered':
      return { key: `quarantine ${about.quarantine ?? ''}`, detail: entry.data.scope.kind };
    case 'network.found':
      return CALM.has(entry.data.finding) ? undefined : { key: `found ${entry.data.key}`, detail: entry.data.finding };
    case 'network.rolled-back':
      return { key: 'rolled-back' };
    case 'engagement.warned':
      return { key: `ends ${about.engagement ?? ''} ${entry.data.daysLeft}`, detail: entry.data.daysLeft };
    case 'person.role-warned':
      return {
        key: `role ${about.person ?? ''} ${entry.data.role} ${entry.data.daysLeft}`,
        detail: entry.data.daysLeft,
      };
    case 'person.warned':
      return { key: `dormant ${about.person ?? ''} ${index}`, detail: entry.data.inDays };
    case 'alert.test-asked':
      return { key: `test ${index}` };
    default:
      return undefined;
  }
}

export const TOLD_KINDS = [
  'backup.late',
  'backup.failed',
  'backup.copy-failed',
  'drill.finished',
  'facility.drilled',
  'alarm.raised',
  'vault.clock-doubted',
  'vault.damage-reported',
  'vault.pull-found',
  'backup.trouble',
  'quarantine.ordered',
  'network.found',
  'network.rolled-back',
  'engagement.warned',
  'person.role-warned',
  'person.warned',
  'alert.test-asked',
] as const satisfies readonly EntryKind[];
export type ToldKind = (typeof TOLD_KINDS)[number];
