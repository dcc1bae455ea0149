import { test } from 'node:test';
import assert from 'node:assert/strict';
import type { BackupsView } from '#api/endpoints/backup-views.ts';
import type { InvariantView, NetworkView } from '#api/endpoints/network-views.ts';
import { nowLines } from './now-lines.ts';
import type { Situation } from './now-lines.ts';

const CALM = { now: 1000, backups: undefined, network: undefined, invariants: [], locked: [] } as const;

/** Only the fields that the lines read. */
function backups(part: Partial<Record<'alarms' | 'policies' | 'vaults', readonly object[]>>): BackupsView {
  return { alarms: [], policies: [], vaults: [], ...part } as unknown as BackupsView;
}

function network(part: object): NetworkView {
  return { mode: 'enforce', zones: [], quarantines: [], findings: [], ...part } as unknown as NetworkView;
}

const says = (situation: Partial<Situation>) => nowLines({ ...CALM, ...situation }).map((line) => line.says);

test('nothing is said when nothing is wrong', () => {
  assert.deepEqual(says({ backups: backups({}), network: network({}) }), []);
});

test('an open alarm is told, a settled one is not', () => {
  const alarms = [{ project: { alias: 'nightjar' } }, { project: { alias: 'saltmarsh' }, settled: {} }];
  assert.deepEqual(says({ backups: backups({ alarms }) }), [
    'nightjar looks as if it was attacked; nothing is removed anywhere meanwhile',
  ]);
});

test('rules that wait for a yes are told until their time is over', () => {
  const apply = { standing: 'unconfirmed', confirmBy: 61_000 };
  assert.deepEqual(says({ network: network({ apply }) }), [
    'New network rules wait for a yes; without it the rules before them come back in 1 min',
  ]);
  assert.deepEqual(says({ now: 61_000, network: network({ apply }) }), []);
});

test('drift is told one by one up to a limit; unknown devices are for a calm hour', () => {
  const findings = [
    { finding: 'unknown-device', says: 'device' },
    ...Array.from({ length: 7 }, (_, n) => ({ finding: 'drift', says: `drift ${n}` })),
  ];
  assert.deepEqual(says({ network: network({ findings }) }), [
    ...Array.from({ length: 5 }, (_, n) => `drift ${n}`),
    '2 more findings of drift',
  ]);
});

test('what is bad stands before what is doubtful', () => {
  const invariants = [{ id: 'I4', title: 'Content stays inside', standing: 'fails' }] as unknown as InvariantView[];
  const zones = [{}];
  assert.deepEqual(says({ network: network({ mode: 'off', zones }), invariants }), [
    'The network breaks I4: Content stays inside',
    'The network is modelled and not enforced: its mode is off',
  ]);
});

test('broken invariants are told one by one, up to a limit', () => {
  const invariants = Array.from({ length: 7 }, (_, n) => ({
    id: `I${n}`,
    title: `rule ${n}`,
    standing: 'fails',
  })) as unknown as InvariantView[]; // only what a line reads of them
  assert.deepEqual(says({ invariants }), [
    ...Array.from({ length: 5 }, (_, n) => `The network breaks I${n}: rule ${n}`),
    '2 more invariants of the network broken',
  ]);
});

test('late backups and doubted clocks are told', () => {
  const policies = [
    { late: true, project: { alias: 'a' } },
    { late: false, project: { alias: 'b' } },
  ];
  const vaults = [{ name: 'away', clockDoubt: {} }, { name: 'here' }];
  assert.deepEqual(says({ backups: backups({ policies, vaults }) }), [
    '1 backup is late: a',
    'The clock of away is doubted: nothing expires there',
  ]);
});
