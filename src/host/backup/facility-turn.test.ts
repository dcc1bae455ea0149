/** Copies of the facility take turns. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { facilityTurn } from './facility-turn.ts';

test('the second waits until the first is done, and says so when it takes too long', async (t) => {
  const data = mkdtempSync(join(tmpdir(), 'picturelock-turn-'));
  t.after(() => rmSync(data, { recursive: true }));
  const first = await facilityTurn(data);
  await assert.rejects(facilityTurn(data, undefined, 1), { code: 'facility-copy-running' });
  const said: string[] = [];
  const second = facilityTurn(data).then((lock) => {
    said.push('second');
    return lock;
  });
  said.push('first');
  first.release();
  (await second).release();
  assert.deepEqual(said, ['first', 'second']);
  const ended = new AbortController();
  const held = await facilityTurn(data);
  const waiting = facilityTurn(data, ended.signal);
  ended.abort();
  await assert.rejects(waiting, { name: 'AbortError' });
  held.release();
});
