/** The code that jobs run: a bundle that is made from the sources as they are, and by no word of its own. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync, rmSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fork } from 'node:child_process';
import { bundleJobs } from '../../tool/bundle.ts';
import { BUILT_FROM, isBuiltFromThese, JOB_ENTRIES } from '#host/process/built-code.mjs';

const folder = mkdtempSync(join(tmpdir(), 'picturelock-job-code-'));
const bundle = join(folder, 'jobs');

before(() => bundleJobs(JOB_ENTRIES, bundle));
after(() => rmSync(folder, { recursive: true, force: true }));

test('a bundle names the sources that it was made from, and nothing outside of them is loaded', async () => {
  assert.ok(isBuiltFromThese(bundle));
  const from = Object.keys(JSON.parse(readFileSync(join(bundle, BUILT_FROM), 'utf8')));
  for (const path of [...Object.values(JOB_ENTRIES), 'src/vault/engine/backup.ts', 'package-lock.json'])
    assert.ok(from.includes(path), path);
  const code = readdirSync(bundle).filter((name) => name.endsWith('.mjs'));
  for (const name of code)
    for (const [, wanted] of readFileSync(join(bundle, name), 'utf8').matchAll(/^import .*?["']([^"']+)["'];$/gm))
      assert.match(wanted ?? '', /^(node:|\.\/)/, `${name} loads ${wanted}`);
});

test('a job runs from it with the rights to read it and nothing else', async () => {
  const child = fork(join(bundle, 'job-process.mjs'), [], {
    execArgv: ['--permission', '--allow-worker', `--allow-fs-read=${bundle}`, '--disable-warning=PERM0006'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const answered = new Promise((resolve) => child.once('message', resolve));
  const place = { kind: 'folder', folder: join(folder, 'nothing'), sync: true } as const;
  child.send({ kind: 'look', place, passwordFile: join(folder, 'none'), snapshot: 'a', path: '', limit: 1 });
  const { kind, message } = (await answered) as { readonly kind: string; readonly message?: string };
  assert.equal(kind, 'failed');
  assert.match(message ?? '', /permission|restricted|password/i);
});

test('a bundle of other sources, without its word, or with a word of nothing does not count', () => {
  const path = join(bundle, BUILT_FROM);
  const word = JSON.parse(readFileSync(path, 'utf8'));
  for (const other of [
    { ...word, 'src/host/backup/job.ts': '0'.repeat(64) },
    { ...word, 'src/host/backup/was-here.ts': '0'.repeat(64) },
    {},
    [],
    'word',
  ]) {
    writeFileSync(path, JSON.stringify(other));
    assert.equal(isBuiltFromThese(bundle), false);
  }
  writeFileSync(path, '{');
  assert.equal(isBuiltFromThese(bundle), false);
  rmSync(path);
  assert.equal(isBuiltFromThese(bundle), false);
});
