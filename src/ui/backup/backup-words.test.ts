import { test } from 'node:test';
import assert from 'node:assert/strict';
import { DAY_MS } from '../kit/words.ts';
import { lagState, provenState, spanText } from './backup-words.ts';
import { runbookLines } from './runbook-lines.ts';

test('days since the last proven restore turn from good to bad', () => {
  assert.deepEqual(provenState(undefined, 0), ['bad', 'never']);
  assert.deepEqual(provenState(0, DAY_MS - 1), ['ok', '0']);
  assert.deepEqual(provenState(0, 40 * DAY_MS), ['warn', '40']);
  assert.deepEqual(provenState(0, 100 * DAY_MS), ['bad', '100']);
});

test('a copy is late when it is further behind than work may be lost', () => {
  assert.deepEqual(lagState(undefined, 1000, 0), ['bad', 'No copy yet']);
  assert.deepEqual(lagState(0, 60_000, 60_000), ['ok', '1 min behind']);
  assert.deepEqual(lagState(0, 60_000, 60_001), ['bad', '1 min behind']);
});

test('spans of policies are said exactly', () => {
  const table: readonly (readonly [number, string])[] = [
    [900_000, '15 minutes'],
    [3_600_000, '1 hour'],
    [5_400_000, '1.5 hours'],
    [DAY_MS, '1 day'],
    [30_000, '30 s'],
  ];
  for (const [ms, text] of table) assert.equal(spanText(ms), text);
});

test('the lines of a runbook are what they are', () => {
  const text = [
    'RUNBOOK',
    '',
    '2. Bring it back',
    '   Read this first.',
    '   Vault     Shows        Size',
    '   Cellar    Saturday     4 MiB',
    '   The rack               5 MiB',
    '   [ ] 2.1 Open the vault   (NEVER PROVEN)',
    '   [ ] 2.2 Restore   (proven by a drill on 2026-11-01)',
    '   [ ] 2.3 Call the owner   (NEVER PROVEN: done by people)',
    '         $ restic restore latest',
  ].join('\n');
  assert.deepEqual(runbookLines(text), [
    { kind: 'text', text: 'RUNBOOK' },
    { kind: 'section', text: '2. Bring it back' },
    { kind: 'text', text: 'Read this first.' },
    {
      kind: 'table',
      header: ['Vault', 'Shows', 'Size'],
      rows: [
        ['Cellar', 'Saturday', '4 MiB'],
        ['The rack', '', '5 MiB'],
      ],
    },
    { kind: 'step', number: '2.1', text: 'Open the vault', never: true, proof: 'NEVER PROVEN' },
    { kind: 'step', number: '2.2', text: 'Restore', never: false, proof: 'proven by a drill on 2026-11-01' },
    { kind: 'step', number: '2.3', text: 'Call the owner', never: true, proof: 'NEVER PROVEN: done by people' },
    { kind: 'command', text: 'restic restore latest' },
  ]);
});
