/** The demo is the main job on the real product; each of its steps fails it. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { ROOT } from './source-files.ts';

const LONGEST_MS = 240_000;

test('npm run demo plays the main job to its end', () => {
  const done = spawnSync(process.execPath, ['tool/demo/main.ts', '--exit'], {
    cwd: ROOT,
    encoding: 'utf8',
    timeout: LONGEST_MS,
  });
  assert.equal(done.status, 0, `${done.stdout}\n${done.stderr}`);
  assert.match(done.stdout, /altered by one byte, it is refused/);
  assert.match(done.stdout, /every gate gave its receipt/);
  assert.match(done.stdout, /in quarantine it reached nothing|left out, because/);
  assert.match(done.stdout, /every file is what it was, by its SHA-256/);
});
