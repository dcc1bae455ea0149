/** Types and lint hold over everything. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { ROOT } from './source-files.ts';

const STEPS: readonly (readonly [string, readonly string[]])[] = [
  ['types', ['node_modules/typescript/bin/tsc', '-p', '.', '--singleThreaded']],
  ['lint', ['node_modules/oxlint/bin/oxlint', '--quiet', 'src', 'test', 'bench', 'tool']],
];

for (const [name, args] of STEPS) {
  test(name, () => {
    const done = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });
    assert.equal(done.status, 0, `${done.stdout}${done.stderr}`);
  });
}
