/** A run of tests ends, whatever its tests leave behind. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { ROOT } from './source-files.ts';

/** A test that fails and leaves a timer, a child that talks, and a grandchild that holds the child's output. */
const CARELESS = `
import { test } from 'node:test';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { endWithFile } from ${JSON.stringify(join(ROOT, 'test/started.ts'))};
test('careless', async () => {
  const script = 'sleep 600 & echo $!; echo oops >&2; wait';
  const child = endWithFile(spawn('/bin/sh', ['-c', script], { stdio: ['ignore', 'pipe', 'pipe'] }), ['stderr']);
  const [pid] = await once(child.stdout, 'data');
  writeFileSync(process.env.PIDS, child.pid + ' ' + String(pid).trim());
  setInterval(() => undefined, 1000);
  throw new Error('it fails');
});
`;

test(
  'a test that fails with everything still running ends its file, and all that it started',
  { timeout: 60_000 },
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'picturelock-careless-'));
    const [file, pids] = [join(folder, 'careless.test.ts'), join(folder, 'pids')];
    writeFileSync(file, CARELESS);
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const args = ['--test', '--test-force-exit', '--test-reporter=./tool/reporter.mjs', file];
    const results = join(folder, 'results');
    const ran = spawnSync(process.execPath, args, {
      cwd: ROOT,
      encoding: 'utf8',
      timeout: 30_000,
      env: { ...env, PIDS: pids, PICTURELOCK_TEST_RESULTS: results },
    });
    assert.equal(ran.status, 1, `the run ended by itself, as failed: ${ran.stdout}${ran.stderr}`);
    assert.match(ran.stdout, /it fails/);
    const counts: unknown = JSON.parse(readFileSync(results, 'utf8'));
    const count = { passed: 0, failed: 1, skipped: 0, parents: 0, tests: 1 };
    assert.deepEqual(counts, { files: { [relative(ROOT, file)]: count }, tests: 1 });
    for (const pid of readFileSync(pids, 'utf8').split(' ').map(Number))
      assert.equal(runs(pid), false, `${pid} still runs`);
    rmSync(folder, { recursive: true });
  },
);

/** A killed process may wait as a zombie for whoever reaps it: it runs no more. */
function runs(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}
