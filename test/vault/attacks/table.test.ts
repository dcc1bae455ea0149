/** The page of attacks and the suite say the same: each test that it names exists, each test of the suite is named, each attack that was asked for has a row. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../../source-files.ts';

const PAGE = readFileSync(join(ROOT, 'docs/spec/vault-attacks.md'), 'utf8');
const rows = [...PAGE.matchAll(/^\| (.+?) \| (.+?) \| `(.+?)` \| (.+?) \|$/gm)].map(
  ([, attack = '', holds = '', file = '', title = '']) => ({ attack, holds, file, title }),
);

/** What the attack suite was asked to try. */
const ASKED = [
  ...Array.from({ length: 10 }, (_, i) => `hole ${i + 1}:`),
  'clock forward',
  'clock back',
  'clock at boot',
  'config replay',
  'delete markers',
  'quota flood',
  'key planting',
  'future-dated snapshots',
  'poisoned snapshots',
  'root on the main host with all its keys',
];

/** Titles of tests at the top of a file, as the runner prints them. */
function titlesOf(file: string): readonly string[] {
  const source = readFileSync(join(ROOT, file), 'utf8');
  return [...source.matchAll(/(?:^|\n) {0,2}test\(\s*(['`])((?:\\.|(?!\1)[^\\])*)\1/g)].map(([, , title = '']) =>
    title.replace(/\\u([0-9a-f]{4})/g, (_, code: string) => String.fromCharCode(parseInt(code, 16))),
  );
}

test('the page has rows', () => assert.ok(rows.length > 40));

for (const attack of ASKED)
  test(`asked for: ${attack}`, () => assert.ok(rows.some((row) => row.attack.includes(attack))));

test('each test that the page names exists', () => {
  const wrong = rows.filter(({ file, title }) => !titlesOf(file).some((one) => one.endsWith(title)));
  assert.deepEqual(wrong, []);
});

test('each test of the suite is named on the page', () => {
  const suite = readdirSync(import.meta.dirname)
    .filter((name) => name.endsWith('.test.ts') && name !== 'table.test.ts' && name !== 'differential.test.ts')
    .flatMap((name) => titlesOf(`test/vault/attacks/${name}`));
  assert.ok(suite.length > 40, `${suite.length} tests are found`);
  const missing = suite.filter((title) => !rows.some((row) => title.endsWith(row.title)));
  assert.deepEqual(missing, []);
});
