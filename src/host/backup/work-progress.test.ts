/** How far work is, as another process reads it: rate and time left, once a second at most, gone when it has ended. */
import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readProgress } from './notes.ts';
import { expectedBytes, showProgress } from './work-progress.ts';
import { createClock } from '#host/clock.ts';
import type { State } from '#model/state.ts';

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

test('a restore and a drill know of how many bytes they are: from then on there is a time left', () => {
  let ms = 0;
  const shown = showProgress(data, { ...createClock(), monotonic: () => ms });
  const told = shown.follow('rst_c', 'restore', undefined);
  const row = () => readProgress(data).find(({ id }) => id === 'rst_c');
  told({ files: 1, doneBytes: 1000, ms: 1000 });
  assert.deepEqual([row()?.ofBytes, row()?.leftMs], [undefined, undefined]);
  ms = 1000;
  told({ files: 1, doneBytes: 2000, ofBytes: 6000, ms: 2000 });
  assert.deepEqual([row()?.ofBytes, row()?.leftMs], [6000, 4000]);
});

test('of a whole snapshot it is expected that what was taken comes back, of a part or a choice nothing', () => {
  const wish = { path: '', newestClean: false, backup: 'b' };
  const restores = { whole: wish, part: { ...wish, path: 'media' }, clean: { ...wish, newestClean: true } };
  const backups = {
    taken: new Map([['b', { id: 'b', taken: { bytes: 7 } }]]),
    restores: new Map(Object.entries(restores).map(([id, one]) => [id, { id, ...one }])),
  };
  const state = { backups } as unknown as Pick<State, 'backups'>; // it looks at no more of it
  assert.deepEqual(
    ['whole', 'part', 'clean'].map((id) => expectedBytes(state, id)),
    [7, undefined, undefined],
  );
});
