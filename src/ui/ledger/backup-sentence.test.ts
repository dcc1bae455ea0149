import { test } from 'node:test';
import assert from 'node:assert/strict';
import { isSaid } from './backup-sentence.ts';
import { sentenceOf } from './sentence.ts';
import type { EntryView } from '#api/endpoints/views.ts';
import { KINDS } from '#model/events.ts';

const HASH = 'a'.repeat(64);
const TAKEN = {
  snapshot: HASH,
  tree: HASH,
  manifestSha256: HASH,
  startedAt: 0,
  finishedAt: 1,
  files: 3,
  bytes: 2048,
  addedBytes: 1024,
  consistency: 'watched',
  unsteady: 1,
};
const DRILL = {
  snapshot: HASH,
  why: 'newest',
  plan: 'sample',
  seed: 'x',
  tool: 'x',
  startedAt: 0,
  finishedAt: 1,
  files: 299,
  filesOf: 1200,
  bytes: 1,
  failed: 0,
  failures: [],
  media: { opened: 0, wrongFrames: 0, skipped: 0 },
  rpoMs: 0,
  rtoMs: 3_600_000,
  rtoSpreadMs: 0,
  isolated: true,
  reportSha256: HASH,
  held: true,
};
const WISH = { snapshot: HASH, path: '', mode: 'aside', newestClean: true, reason: 'an alarm' };

function said(kind: string, data: EntryView['data']): string {
  return sentenceOf({ kind, data, about: {}, by: {} } as unknown as EntryView); // what a sentence reads of an entry
}

test('every kind that is about backups has a sentence of its own', () => {
  const nouns = ['vault', 'backup', 'hold', 'restore', 'drill', 'alarm', 'change', 'prune', 'closing', 'runbook'];
  const kinds = Object.keys(KINDS).filter((kind) => nouns.includes(kind.split('.')[0] ?? ''));
  assert.ok(kinds.length > 30);
  assert.deepEqual(
    kinds.filter((kind) => !isSaid(kind)),
    [],
  );
});

const TABLE: readonly (readonly [string, EntryView['data'], RegExp])[] = [
  ['backup.taken', TAKEN, /^took a snapshot of 3 files .*; 1 file changed or could not be read$/],
  ['backup.taken', { ...TAKEN, attributesLack: 'no getfattr' }, /; extended attributes and .* lack: no getfattr$/],
  ['drill.finished', DRILL, /^a drill held: 299 of 1.?200 files came back to the byte; all of it takes 1 h/],
  ['drill.finished', { ...DRILL, held: false, failed: 2 }, /^a drill FAILED: 2 of 299 files did not come back$/],
  ['restore.begun', WISH, /^began to restore everything beside what is there, the newest clean .*: an alarm$/],
  ['restore.finished', { files: 1, bytes: 1, failed: 0, to: 'media', ms: 1 }, /^restored 1 file \(.*\) to media$/],
  ['alarm.settled', { genuine: false, reason: 'a conform' }, /^settled an alarm as harmless: a conform$/],
  ['backup.keys-destroyed', { objects: 2, reason: 'over' }, /destroyed \(2 files\): over$/],
  ['backup.keys-destroyed', { objects: 'two' }, /^backup keys destroyed$/],
];

for (const [kind, data, expected] of TABLE)
  test(`${kind} in words: ${expected.source.slice(0, 40)}`, () => {
    assert.match(said(kind, data), expected);
  });
