import { test } from 'node:test';
import assert from 'node:assert/strict';
import { heldBy } from './held-by.ts';

test('data of an entry reads as terms and values', () => {
  const at = Date.UTC(2026, 10, 21, 12);
  const instant = heldBy({ until: at })[0]?.[1] ?? '';
  assert.match(instant, /^21 Nov 2026, \d\d:00:00 /);
  assert.deepEqual(
    heldBy({
      sizeBytes: 1536,
      startedAt: at,
      complete: true,
      commitMs: 6.4,
      credential: { type: 'ssh-key', usable: false },
      folders: ['media', 'review'],
      hours: { days: [1, 2], from: 540, until: 1080 },
      rows: [{ packets: 3 }],
      nothing: null,
    }),
    [
      ['Size', '1.54 kB'],
      ['Started', instant],
      ['Complete', 'yes'],
      ['Commit', '6.4 ms'],
      ['Credential type', 'ssh-key'],
      ['Credential usable', 'no'],
      ['Folders', 'media, review'],
      ['Hours days', '1, 2'],
      ['Hours from', '540'],
      ['Hours until', '1080'],
      ['Rows', '[{"packets":3}]'],
      ['Nothing', 'null'],
    ],
  );
  assert.deepEqual(heldBy({}), []);
});
