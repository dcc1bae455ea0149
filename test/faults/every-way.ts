/** The printed runbook, typed from each kind of copy with each tool: `npm test` takes one place with each, because all of them take minutes. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { ROOT } from '../source-files.ts';

/** Rejects at the first run that did not bring everything back. Needs what the tests need: restic, and a store that speaks S3. */
export async function typeEveryWay(): Promise<void> {
  const child = spawn(process.execPath, ['--test', 'test/backup/way-back.test.ts'], {
    cwd: ROOT,
    env: { ...process.env, PICTURELOCK_ALL_WAYS: '1' },
    stdio: 'inherit',
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  assert.equal(code, 0, 'a way of the printed runbook did not bring everything back');
}
