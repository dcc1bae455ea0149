/**
 * Backups and proven restores, for an assessor: what each policy promised, and whether the entries of the range show that it was kept (MPA Content Security
 * Best Practices, OR-1.3). A check that no entry answers is unknown, and unknown is not kept.
 */
import type { EntryOf } from '#model/events.ts';
import { only } from './facts.ts';
import type { Facts } from './facts.ts';
import { count, escape, plural, size, span, table, utc } from './text.ts';

const DAY = 86_400_000;
const DRILL_EVERY = 30 * DAY;
/** A drill is overdue when it is late by a quarter of its rhythm, two days at most. */
const OVERDUE_SHARE = 1 / 4;
const OVERDUE_MAX = 2 * DAY;

type Drilled = EntryOf<'drill.finished'>;
type Answer = 'kept' | 'not kept' | 'unknown';

interface Check {
  readonly title: string;
  readonly answer: Answer;
  /** HTML. */
  readonly says: string;
  /** `measured` by a drill, or read off the `record`. */
  readonly how: 'measured' | 'record';
}

/** What is known of one policy at the end of the range. */
interface Kept {
  readonly policy: EntryOf<'backup.policy-set'>;
  /** In force from then to then, within the range. */
  readonly since: number;
  readonly until: number;
  readonly taken: readonly EntryOf<'backup.taken'>[];
  readonly copied: readonly EntryOf<'backup.copied'>[];
  readonly drilled: readonly Drilled[];
}

export function renderBackups(facts: Facts): string {
  const kept = policiesOf(facts);
  const intro =
    '<p class="quiet">What each backup policy promised, and whether the entries show that it was kept ' +
    '(MPA Content Security Best Practices, OR-1.3). A drill restores files from a vault and compares each with the hash ' +
    'that was sealed when it was backed up.</p>';
  if (kept.length === 0)
    return `${intro}<p class="empty">No backup policy was in force in this time: whether this project comes back is not known.</p>`;
  return `${intro}${kept.map((one) => policyHtml(facts, one)).join('\n')}${alarms(facts)}${drills(facts)}`;
}

/** Policies in force at the end of the range or within it, as they were last set. */
function policiesOf({ input, from, until }: Facts): readonly Kept[] {
  const before = input.placed.filter(({ entry }) => entry.at <= until);
  const set = new Map<string, { policy: EntryOf<'backup.policy-set'>; first: number }>();
  for (const policy of only(before, 'backup.policy-set')) {
    const id = String(policy.about.policy);
    set.set(id, { policy, first: set.get(id)?.first ?? policy.at });
  }
  const ended = new Map(only(before, 'backup.policy-ended').map(({ about, at }) => [String(about.policy), at]));
  const of = <E extends EntryOf<'backup.taken'> | EntryOf<'backup.copied'> | Drilled>(all: readonly E[], id: string) =>
    all.filter(({ about }) => about.policy === id);
  const [taken, copied] = [only(before, 'backup.taken'), only(before, 'backup.copied')];
  const drilled = only(before, 'drill.finished');
  return [...set]
    .map(([id, { policy, first }]) => ({
      policy,
      since: Math.max(from, first),
      until: Math.min(until, ended.get(id) ?? until),
      taken: of(taken, id),
      copied: of(copied, id),
      drilled: of(drilled, id),
    }))
    .filter((one) => one.until > from);
}

function policyHtml(facts: Facts, kept: Kept): string {
  const { name, everyMs, rpoMs, rtoMs, vaults, keepDays } = kept.policy.data;
  const checks = [gaps(kept), copies(kept), proven(kept), lossMeasured(kept), timeMeasured(kept)];
  const rows = checks.map(({ title, answer, says, how }) => [
    escape(title),
    mark(answer),
    says,
    how === 'measured' ? 'measured by a drill' : 'read off the record',
  ]);
  return `<div class="receipt"><h3>${escape(name)}</h3>
<dl><dt>Promised</dt><dd>a snapshot every ${span(everyMs)}, to ${plural(vaults.length, 'vault', 'vaults')}, kept for ${count(keepDays)} days</dd>
<dt>Accepted</dt><dd>at most ${span(rpoMs)} of work lost, back within ${span(rtoMs)}</dd>
<dt>Set by</dt><dd>${facts.person(kept.policy.by.person ?? kept.policy.by.service)}, ${utc(kept.policy.at)} UTC</dd></dl>
${table(['Check', 'Answer', 'What the entries show', 'How it is known'], rows, '')}</div>`;
}

function mark(answer: Answer): string {
  return `<span class="mark ${answer === 'kept' ? 'live' : 'warn'}">${answer}</span>`;
}

/** The longest time in which nothing new was taken; the time since the newest one counts. */
function gaps({ policy, since, until, taken }: Kept): Check {
  const title = 'Snapshots came before too much work could be lost';
  const times = taken.map(({ data }) => data.startedAt).toSorted((a, b) => a - b);
  const before = times.findLast((at) => at <= since);
  const within = times.filter((at) => at > since && at <= until);
  const marks = [before ?? since, ...within, until];
  const longest = Math.max(...marks.slice(1).map((at, index) => at - (marks[index] ?? at)));
  const says = `${plural(within.length, 'snapshot', 'snapshots')} in this time, longest time without one ${span(longest)}, ${span(policy.data.rpoMs)} accepted`;
  return { title, answer: longest <= policy.data.rpoMs ? 'kept' : 'not kept', says, how: 'record' };
}

function copies({ policy, taken, copied, until }: Kept): Check {
  const title = 'The newest snapshot lies, locked, in every vault of the policy';
  const newest = taken.at(-1);
  if (newest === undefined) return { title, answer: 'unknown', says: 'there is no snapshot', how: 'record' };
  const there = copied.filter(({ about, data }) => about.backup === newest.about.backup && data.lockedUntil > until);
  const vaults = new Set(there.map(({ about }) => about.vault));
  const missing = policy.data.vaults.filter((vault) => !vaults.has(vault)).length;
  const lockedUntil = Math.min(...there.map(({ data }) => data.lockedUntil));
  const says =
    there.length === 0
      ? 'no vault has listed it'
      : `in ${count(vaults.size)} of ${plural(policy.data.vaults.length, 'vault', 'vaults')}, locked until ${utc(lockedUntil)} UTC at least`;
  return { title, answer: missing === 0 ? 'kept' : 'not kept', says, how: 'record' };
}

function proven({ policy, taken, drilled, until }: Kept): Check {
  const title = 'A restore was proved within the rhythm of the policy';
  const [first] = taken;
  const every = policy.data.drillEveryMs ?? DRILL_EVERY;
  const grace = every + Math.min(every * OVERDUE_SHARE, OVERDUE_MAX);
  const held = drilled.filter(({ data }) => data.held).at(-1);
  const failed = drilled.filter(({ data }) => !data.held).length;
  const tally = `${count(drilled.length - failed)} held, ${count(failed)} failed, since the project began`;
  if (first === undefined)
    return { title, answer: 'unknown', says: 'there is no snapshot to restore', how: 'measured' };
  if (held === undefined) {
    const says = `no drill has held yet; ${tally}`;
    return { title, answer: first.at + grace < until || failed > 0 ? 'not kept' : 'unknown', says, how: 'measured' };
  }
  const isLast = drilled.at(-1) === held;
  const says = `the newest that held: ${utc(held.at)} UTC, wanted every ${span(every)}${isLast ? '' : '; a later one failed'}; ${tally}`;
  return { title, answer: isLast && held.at + grace >= until ? 'kept' : 'not kept', says, how: 'measured' };
}

function lossMeasured({ policy, drilled }: Kept): Check {
  const title = 'Work lost, as the newest drill that held measured it';
  const held = drilled.filter(({ data }) => data.held).at(-1);
  if (held === undefined) return { title, answer: 'unknown', says: 'no drill has held', how: 'measured' };
  const { rpoMs } = held.data;
  const answer = rpoMs <= policy.data.rpoMs ? 'kept' : 'not kept';
  return { title, answer, says: `${span(rpoMs)}, ${span(policy.data.rpoMs)} accepted`, how: 'measured' };
}

function timeMeasured({ policy, drilled }: Kept): Check {
  const title = 'Time until the whole project is back, as the newest drill that held measured it';
  const held = drilled.filter(({ data }) => data.held).at(-1);
  if (held === undefined) return { title, answer: 'unknown', says: 'no drill has held', how: 'measured' };
  const { rtoMs, rtoSpreadMs } = held.data;
  const answer = rtoMs + rtoSpreadMs <= policy.data.rtoMs ? 'kept' : 'not kept';
  return {
    title,
    answer,
    says: `${span(rtoMs)} ± ${span(rtoSpreadMs)}, ${span(policy.data.rtoMs)} wanted`,
    how: 'measured',
  };
}

/** Snapshots that looked like an attack. */
function alarms({ within, input, until }: Facts): string {
  const settled = new Map(only(input.placed, 'alarm.settled').map((entry) => [entry.about.alarm, entry]));
  const rows = only(within, 'alarm.raised').map((raised) => {
    const end = settled.get(raised.about.alarm);
    const isOpen = end === undefined || end.at > until;
    const says = isOpen ? '<span class="mark warn">open</span>' : end.data.genuine ? 'an attack' : 'harmless';
    return [utc(raised.at), escape(raised.data.signs[0]?.sign ?? ''), count(raised.data.signs.length), says];
  });
  return rows.length === 0 ? '' : table(['Alarm (UTC)', 'First sign', 'Signs#', 'Settled as'], rows, '');
}

function drills({ within }: Facts): string {
  const rows = within.flatMap(({ index, entry }) => (entry.kind === 'drill.finished' ? [drillRow(index, entry)] : []));
  return table(
    ['Entry#', 'Drill (UTC)', 'Restored', 'Compared', 'Second tool', 'Work lost#', 'Whole back in#', 'Result'],
    rows,
    'No drill was tried in this time.',
  );
}

/** What stood around a program that is not ours. */
const WALLS = {
  sealed: ', within walls, no network',
  'one-way': ', within walls, with a way to the vault alone',
  networked: ', within walls, with a network',
  limited: ', without walls',
  none: ', without walls',
  untold: '',
} as const;

function drillRow(index: number, { at, data }: Drilled): readonly string[] {
  const { files, filesOf, bytes, failed, second, plan, bounded, held, isolated } = data;
  const short = bounded === undefined ? '' : ', less than was wanted for want of room';
  const apart = isolated ? ', apart from production' : '';
  return [
    count(index),
    utc(at),
    `${plan === 'sample' ? 'a drawn sample' : 'the whole project'}${short}${apart}`,
    `${count(files)} of ${plural(filesOf, 'file', 'files')}, ${size(bytes)}, ${count(failed)} not the same`,
    second === undefined
      ? 'none'
      : `${escape(second.tool)}: ${plural(second.files, 'file', 'files')}, ${count(second.failed)} failed${WALLS[second.walls ?? 'untold']}`,
    span(data.rpoMs),
    span(data.rtoMs),
    held ? '<span class="mark live">held</span>' : '<span class="mark warn">failed</span>',
  ];
}
