/** What cannot wait: everything that is wrong at this moment, the most pressing first. Pure. */
import type { BackupsView } from '#api/endpoints/backup-views.ts';
import { alarmSubject } from '../../backup/backup-words.ts';
import type { InvariantView, NetworkView } from '#api/endpoints/network-views.ts';
import type { PersonView } from '#api/endpoints/views.ts';
import { countText, relativeText } from '../../kit/words.ts';
import { paths } from '../../paths.ts';

export interface NowLine {
  readonly tone: 'bad' | 'warn';
  readonly says: string;
  readonly to: string;
}

export interface Situation {
  readonly now: number;
  readonly backups: BackupsView | undefined;
  readonly network: NetworkView | undefined;
  readonly invariants: readonly InvariantView[];
  readonly locked: readonly PersonView[];
}

const NAMED_MAX = 5;

export function nowLines({ now, backups, network, invariants, locked }: Situation): readonly NowLine[] {
  const lines = [
    ...(backups === undefined ? [] : alarmLines(backups)),
    ...(network === undefined ? [] : networkLines(network, now)),
    ...invariantLines(invariants),
    ...(backups === undefined ? [] : backupLines(backups)),
    ...locked.map((person) => ({
      tone: 'warn' as const,
      says: `The account of ${person.name ?? 'somebody'} is locked after ${person.failures} wrong tries`,
      to: paths.person(person.id),
    })),
  ];
  return lines.toSorted((a, b) => Number(a.tone === 'warn') - Number(b.tone === 'warn'));
}

function alarmLines({ alarms }: BackupsView): readonly NowLine[] {
  return alarms
    .filter(({ settled }) => settled === undefined)
    .map((alarm) => ({
      tone: 'bad',
      says: `${alarmSubject(alarm)} looks as if it was attacked; nothing is removed anywhere meanwhile`,
      to: paths.backups('facility', 'alarms'),
    }));
}

function networkLines({ apply, quarantines, findings, mode, zones }: NetworkView, now: number): readonly NowLine[] {
  const waits = apply?.standing === 'unconfirmed' && apply.confirmBy !== undefined && apply.confirmBy > now;
  // A device that nobody declared is work for a calm hour; the rest says that something is not as it should be.
  const drifts = findings.filter(({ finding }) => finding !== 'unknown-device' && finding !== 'would-refuse');
  return [
    waits && apply.confirmBy !== undefined
      ? bad(
          `New network rules wait for a yes; without it the rules before them come back ${relativeText(apply.confirmBy, now)}`,
          paths.network('facility', 'drift'),
        )
      : undefined,
    quarantines.length === 0
      ? undefined
      : bad(
          `${countText(quarantines.length, 'quarantine stands', 'quarantines stand')}: ${named(quarantines.map(({ name }) => name ?? 'a sealed name'))}`,
          paths.network('facility', 'quarantine'),
        ),
    ...drifts.slice(0, NAMED_MAX).map(({ says }) => bad(says, paths.network('facility', 'drift'))),
    drifts.length <= NAMED_MAX
      ? undefined
      : bad(`${drifts.length - NAMED_MAX} more findings of drift`, paths.network('facility', 'drift')),
    mode === 'off' && zones.length > 0
      ? warn('The network is modelled and not enforced: its mode is off', paths.network('facility', 'drift'))
      : undefined,
  ].filter((line) => line !== undefined);
}

function invariantLines(invariants: readonly InvariantView[]): readonly NowLine[] {
  const broken = invariants.filter(({ standing }) => standing === 'fails');
  if (broken.length === 0) return [];
  const to = paths.network('facility', 'proof');
  const more = broken.length - NAMED_MAX;
  return [
    ...broken.slice(0, NAMED_MAX).map(({ id, title }) => bad(`The network breaks ${id}: ${title}`, to)),
    ...(more > 0 ? [bad(`${countText(more, 'more invariant')} of the network broken`, to)] : []),
  ];
}

function backupLines({ policies, vaults }: BackupsView): readonly NowLine[] {
  const late = policies.filter((policy) => policy.late).map(({ project }) => project.alias);
  return [
    late.length === 0
      ? undefined
      : bad(
          `${countText(late.length, 'backup is', 'backups are')} late: ${named(late)}`,
          paths.backups('facility', 'copies'),
        ),
    ...vaults
      .filter(({ clockDoubt }) => clockDoubt !== undefined)
      .map(({ name }) =>
        warn(`The clock of ${name} is doubted: nothing expires there`, paths.backups('facility', 'vaults')),
      ),
  ].filter((line) => line !== undefined);
}

function named(names: readonly string[]): string {
  const more = names.length - NAMED_MAX;
  return `${names.slice(0, NAMED_MAX).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function bad(says: string, to: string): NowLine {
  return { tone: 'bad', says, to };
}

function warn(says: string, to: string): NowLine {
  return { tone: 'warn', says, to };
}
