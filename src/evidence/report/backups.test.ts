/** What a report says of backups: kept, not kept or unknown, out of entries alone; the absence of proof is never a pass. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import type { Placed } from '#model/events.ts';
import { projectView } from '../project-view.ts';
import { renderReport } from './report.ts';

const START = Date.UTC(2026, 2, 14);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const POLICY = { name: 'hourly', everyMs: HOUR, keepDays: 60, vaults: ['vlt_a', 'vlt_b'], rpoMs: 2 * HOUR, rtoMs: DAY };

type Row = readonly [kind: string, hours: number, about: object, data: object];

function answers(rows: readonly Row[], untilHours = 3): readonly string[] {
  return [...html(rows, untilHours).matchAll(/<span class="mark \w+">(kept|not kept|unknown)</g)].map(
    ([, one = '']) => one,
  );
}

function html(rows: readonly Row[], untilHours: number): string {
  const created = { alias: 'alpha', level: 'standard', owner: 'per_boss', streamNumber: 1 };
  const all: readonly Row[] = [['project.created', 0, { project: 'prj_x' }, created], ...rows];
  const placed = all.map(([kind, hours, about, data], index) => {
    const by = { person: 'per_boss' };
    const at = START + hours * HOUR;
    return {
      index,
      entry: { v: 1, id: `e${index}`, at, kind, stream: 'prj_x', n: index + 1, by, about, data, salt: '' },
    };
  }) as unknown as readonly Placed[]; // only what a report reads
  const until = START + untilHours * HOUR;
  return renderReport({
    project: 'prj_x',
    from: null,
    until,
    placed,
    support: [],
    names: { per_boss: 'Bo Boss' },
    policy: 'quorum none\n',
    start: projectView(placed, 0),
    end: projectView(placed, until),
    seal: { origin: 'x.example/log', size: 99, root: 'ab'.repeat(32), headsIndex: 98, headsAt: until },
  });
}

const about = { policy: 'pol_1', project: 'prj_x', backup: 'bak_1' };
const set: Row = ['backup.policy-set', 0, about, POLICY];
const taken = (hours: number, backup = 'bak_1'): Row => [
  'backup.taken',
  hours,
  { ...about, backup },
  { startedAt: START + hours * HOUR },
];
const copied = (hours: number, vault: string, lockedDays = 30): Row => [
  'backup.copied',
  hours,
  { ...about, vault },
  { lockedUntil: START + lockedDays * DAY },
];
const drilled = (hours: number, held: boolean, more: object = {}): Row => [
  'drill.finished',
  hours,
  { ...about, vault: 'vlt_a' },
  {
    files: 9,
    filesOf: 20,
    bytes: 5000,
    failed: held ? 0 : 2,
    plan: 'sample',
    rpoMs: HOUR,
    rtoMs: 2 * HOUR,
    rtoSpreadMs: HOUR,
    isolated: true,
    held,
    ...more,
  },
];
const GOOD = [set, taken(1), copied(1.1, 'vlt_a'), copied(1.1, 'vlt_b'), drilled(1.5, true)];

test('everything kept', () => {
  assert.deepEqual(answers(GOOD), Array(5).fill('kept'));
});

test('without a policy nothing is known', () => {
  assert.deepEqual(answers([]), []);
  assert.match(html([], 3), /No backup policy was in force in this time: whether this project comes back is not known/);
});

test('without a drill it is unknown, and once one is overdue it is not kept', () => {
  const undrilled = GOOD.slice(0, -1);
  assert.deepEqual(answers(undrilled).slice(2), ['unknown', 'unknown', 'unknown']);
  assert.equal(answers(undrilled, 24 * 40)[2], 'not kept');
});

test('a gap, a copy that is missing or unlocked, a drill that failed later, a promise that was measured and broken', () => {
  assert.equal(answers(GOOD, 4)[0], 'not kept', 'three hours since the newest, two accepted');
  assert.equal(answers(GOOD.filter((row) => row !== GOOD[3]))[1], 'not kept');
  assert.equal(answers([...GOOD.slice(0, 3), copied(1.1, 'vlt_b', 0.05), drilled(1.5, true)])[1], 'not kept');
  assert.equal(answers([...GOOD, drilled(2, false)])[2], 'not kept');
  assert.equal(answers([...GOOD.slice(0, 4), drilled(1.5, true, { rpoMs: 3 * HOUR })])[3], 'not kept');
  assert.equal(
    answers([...GOOD.slice(0, 4), drilled(1.5, true, { rtoMs: 23 * HOUR, rtoSpreadMs: 2 * HOUR })])[4],
    'not kept',
  );
});

test('each drill is a line with what it compared, and a bounded one says so', () => {
  const bounded = {
    bounded: { plan: 'whole-project', files: 20, bytes: 9, roomBytes: 5 },
    second: { tool: 'restic 0.14', files: 3, failed: 0, walls: 'limited' },
  };
  const text = html([...GOOD, drilled(2, true, bounded)], 3);
  assert.match(text, /a drawn sample, less than was wanted for want of room, apart from production/);
  assert.match(text, /9 of 20 files, 5\.0 kB, 0 not the same/);
  assert.match(text, /restic 0\.14: 3 files, 0 failed, without walls/);
});

test('an alarm that nobody settled is open', () => {
  const raised: Row = ['alarm.raised', 2, { alarm: 'alm_1' }, { score: 1, signs: [{ sign: 'ransom-note' }] }];
  assert.match(html([...GOOD, raised], 3), /ransom-note<\/td><td[^>]*>1<\/td><td><span class="mark warn">open/);
  const settled: Row = ['alarm.settled', 2.5, { alarm: 'alm_1' }, { reason: 'x', genuine: false }];
  assert.match(html([...GOOD, raised, settled], 3), /<td>harmless<\/td>/);
});
