/** The statistics, the sample, the extrapolation and the chain of drills. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { chainHolds, recordSha256 } from '#vault/drill/drill-record.ts';
import type { DrillRecord } from '#vault/drill/drill-record.ts';
import { extrapolate } from '#vault/drill/extrapolate.ts';
import { drawSample, ruledOutShare, sampleSize } from '#vault/drill/sample.ts';

test('300 files are enough for 95 % and 1 %, 3,000 for 0.1 %', () => {
  assert.equal(sampleSize(), 299);
  assert.equal(sampleSize(0.95, 0.001), 2995);
  assert.ok(ruledOutShare(299) <= 0.01 && ruledOutShare(298) > 0.01);
  assert.equal(ruledOutShare(0), 1);
});

test('a seed draws the same files again, another seed draws others, and each file is as likely as the next', () => {
  const paths = Array.from({ length: 400 }, (_, n) => `media/${n}`);
  assert.deepEqual(drawSample(paths, 'a', 50), drawSample(paths, 'a', 50));
  assert.notDeepEqual(drawSample(paths, 'a', 50), drawSample(paths, 'b', 50));
  assert.equal(new Set(drawSample(paths, 'a', 50)).size, 50);
  assert.deepEqual(drawSample(paths, 'a', 500), paths);
  const seen = new Map<string, number>();
  for (let seed = 0; seed < 400; seed += 1)
    for (const path of drawSample(paths, String(seed), 40)) seen.set(path, (seen.get(path) ?? 0) + 1);
  const counts = paths.map((path) => seen.get(path) ?? 0);
  // 400 draws of one in ten: 40, with a standard deviation of 6.
  assert.ok(Math.min(...counts) > 10 && Math.max(...counts) < 75, `${Math.min(...counts)} to ${Math.max(...counts)}`);
});

test('the whole is extrapolated with a spread that narrows with more parts', () => {
  const even = extrapolate(
    [
      { bytes: 100, ms: 10 },
      { bytes: 100, ms: 10 },
    ],
    5,
    1000,
  );
  assert.deepEqual(even, { ms: 105, spreadMs: 0, bytesPerSecond: 10_000 });
  const rough = [
    { bytes: 100, ms: 5 },
    { bytes: 100, ms: 15 },
  ];
  const few = extrapolate(rough, 0, 10_000);
  const many = extrapolate(Array.from({ length: 10 }, () => rough).flat(), 0, 10_000);
  assert.equal(few.ms, many.ms);
  assert.ok(few.spreadMs > many.spreadMs * 3 && many.spreadMs > 0);
  assert.equal(extrapolate([{ bytes: 1000, ms: 90 }], 10, 1000).spreadMs, 0, 'the whole is measured, not guessed');
  assert.ok(extrapolate([{ bytes: 10, ms: 1 }], 0, 1000).spreadMs >= 100, 'one part alone says little');
});

const HASH = 'b'.repeat(64);
const record: DrillRecord = {
  snapshot: HASH,
  why: 'newest',
  plan: 'sample',
  seed: 's',
  tool: 'picturelock',
  startedAt: 1,
  finishedAt: 2,
  files: 1,
  filesOf: 1,
  bytes: 1,
  failed: 0,
  failures: [],
  media: { opened: 0, wrongFrames: 0, skipped: 1 },
  rpoMs: 1,
  rtoMs: 1,
  rtoSpreadMs: 0,
  isolated: true,
  reportSha256: HASH,
  held: true,
};

test('records form a chain that no record can be taken out of or changed in', () => {
  const second = { ...record, previous: recordSha256(record) };
  const third = { ...record, files: 2, previous: recordSha256(second) };
  assert.equal(chainHolds([record, second, third]), true);
  assert.equal(chainHolds([record, third]), false);
  assert.equal(chainHolds([{ ...record, held: false }, second, third]), false);
});
