/** docs/spec/model.md names every refusal that the model and the decision can give. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const PAGE = readFileSync(new URL('../../docs/spec/model.md', import.meta.url), 'utf8');

function sources(folder: string): readonly string[] {
  const url = new URL(`../${folder}/`, import.meta.url);
  const names = readdirSync(url).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
  return names.map((name) => readFileSync(new URL(name, url), 'utf8'));
}

test('every refusal code is on the page, and every code on the page is given somewhere', () => {
  const text = [...sources('model'), ...sources('access')].join('\n');
  const given = new Set([
    ...[...text.matchAll(/\brefused\(\s*'([a-z-]+)'/g)].map(([, code]) => code ?? ''),
    ...[...text.matchAll(/\bunknown\('([a-z-]+)'\)/g)].map(([, noun]) => `unknown-${noun}`),
    ...[...text.matchAll(/\bid: '([a-z-]+)', says:/g)].map(([, code]) => code ?? ''),
  ]);
  assert.ok(given.size > 60, 'the search found too little');
  assert.deepEqual(
    [...given].filter((code) => !PAGE.includes(`\`${code}\``) && code !== 'own'),
    [],
  );
  const table = PAGE.slice(PAGE.indexOf('## Refusals of the model'));
  const listed = [...table.matchAll(/`([a-z]+(?:-[a-z]+)+)`/g)].map(([, code]) => code ?? '');
  assert.deepEqual(
    listed.filter((code) => !given.has(code) && code !== 'bad-time' && code !== 'already-done'),
    [],
  );
});
