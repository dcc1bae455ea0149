/** Alerts of the composed product: set up before the facility is founded, tested from the command line and from the pages' API, failures on Today. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AnswerOf } from '#api/endpoints.ts';
import { startProduct } from '../product/facility.ts';
import type { Product } from '../product/facility.ts';
import { ROOT } from '../source-files.ts';
import { until } from '../until.ts';

let folder: string;
let product: Product;
const kept = (): string => (existsSync(join(folder, 'kept')) ? readFileSync(join(folder, 'kept'), 'utf8') : '');

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'picturelock-told-'));
  const program = join(folder, 'tell');
  writeFileSync(program, `#!/bin/sh\n[ -e ${folder}/no ] && exit 9\ncat >> ${folder}/kept\n`);
  chmodSync(program, 0o700);
  product = await startProduct({ args: ['--alert-command', program] });
  await until(async () => (await ways()).length === 1, 'the way on record');
});
after(async () => {
  await product.close();
  rmSync(folder, { recursive: true, force: true });
});

async function ways(): Promise<AnswerOf<'see-alerts'>['ways']> {
  return (await product.owner.call<AnswerOf<'see-alerts'>>('GET', '/alerts')).ways;
}

function picturelock(...args: readonly string[]) {
  const command = [join(ROOT, 'src/cli/main.ts'), '--json', '--data', product.data, 'alerts', ...args];
  const { status, stdout } = spawnSync(process.execPath, command, { encoding: 'utf8', timeout: 60_000 });
  return { status, answer: JSON.parse(stdout) as Record<string, unknown> }; // with --json it prints one object
}

test('a test that is asked for in the pages goes the whole way', async () => {
  await product.owner.call('POST', '/alerts/test', {});
  await until(() => kept().includes('alert.test-asked'), 'the message');
  await until(async () => (await ways())[0]?.sentAt !== undefined, 'its record');
});

test('the command waits until it was taken; when it was not it leaves with 1, and Today says so', async () => {
  assert.deepEqual(picturelock('test'), { status: 0, answer: { taken: 1, failed: [] } });
  writeFileSync(join(folder, 'no'), '');
  assert.deepEqual(picturelock('test'), {
    status: 1,
    answer: { taken: 0, failed: [{ way: 'command', code: 'exit-9' }] },
  });
  assert.equal(picturelock('status').status, 1);
  const { notices } = await product.owner.call<AnswerOf<'today'>>('GET', '/today');
  const notice = notices.find(({ code }) => code === 'alerts-failing');
  assert.equal(notice?.message, 'Alerts by command are not taken (exit-9).');
  rmSync(join(folder, 'no'));
  assert.equal(picturelock('test').status, 0);
  assert.equal(picturelock('status').status, 0);
});
