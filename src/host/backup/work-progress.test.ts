/** How far work is, as another process reads it: rate and time left, once a second at most, gone when it has ended. */
import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readProgress } from './notes.ts';
import { showProgress } from './work-progress.ts';
import { createClock } from '#host/clock.ts';

const data = mkdtempSync(join(tmpdir(), 'picturelock-progress-'));
after(() => rmSync(data, { recursive: true }));

test('rate and time left follow from what is done; what was said within a second is written with the next', () => {
  let ms = 0;
  const clock = { ...createClock(), now: () => 1000 + ms, monotonic: () => ms };
  const shown = showProgress(data, clock);
  const told = shown.follow('bkp_a', 'backup', 10_000);
  ms = 2000;
  told({ files: 1, doneBytes: 2500, ms: 2000 });
  const row = { id: 'bkp_a', work: 'backup', startedAt: 1000, files: 1, doneBytes: 2500, ofBytes: 10_000 };
  assert.deepEqual(readProgress(data), [{ ...row, bytesPerSecond: 1250, leftMs: 6000 }]);
  ms = 2500;
  told({ files: 2, doneBytes: 5000, ms: 2500 });
  assert.equal(readProgress(data)[0]?.doneBytes, 2500, 'not twice in a second');
  ms = 3100;
  told({ files: 3, doneBytes: 10_500, ms: 3100 });
  assert.deepEqual([readProgress(data)[0]?.files, readProgress(data)[0]?.leftMs], [3, undefined], 'more than expected');
  const other = shown.follow('dri_b', 'drill', undefined);
  ms = 4200;
  other({ files: 0, doneBytes: 0, ms: 0 });
  assert.deepEqual(
    readProgress(data).map(({ id, bytesPerSecond, leftMs }) => [id, bytesPerSecond, leftMs]),
    [
      ['bkp_a', 3387, undefined],
      ['dri_b', 0, undefined],
    ],
  );
  shown.end('bkp_a');
  shown.end('bkp_a');
  assert.deepEqual(
    readProgress(data).map(({ id }) => id),
    ['dri_b'],
  );
});
