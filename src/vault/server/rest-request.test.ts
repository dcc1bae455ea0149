import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseRestRequest } from '#vault/server/rest-request.ts';

const ID = 'ab'.repeat(32);
const TABLE: readonly (readonly [string, object])[] = [
  ['POST /edit/?create=true', { kind: 'create', client: 'edit' }],
  ['GET /edit/?arrivals-after=12', { kind: 'arrivals', client: 'edit', after: 12 }],
  ['HEAD /edit/config', { kind: 'size', client: 'edit', type: 'config', name: '' }],
  ['GET /edit/data/', { kind: 'list', client: 'edit', type: 'data', version: 1 }],
  [`POST /edit/keys/${ID}`, { kind: 'put', client: 'edit', type: 'keys', name: ID }],
  [`DELETE /edit/locks/${ID}`, { kind: 'remove', client: 'edit', type: 'locks', name: ID }],
  ['DELETE /edit/', { kind: 'bad', code: 'not-offered' }],
  ['GET /edit/', { kind: 'bad', code: 'not-offered' }],
  ['PUT /edit/config', { kind: 'bad', code: 'not-offered' }],
  ['POST /edit/data/', { kind: 'bad', code: 'not-offered' }],
  [`GET /edit/data/${ID.toUpperCase()}`, { kind: 'bad', code: 'bad-name' }],
  ['GET /edit/data/../../journal.jsonl', { kind: 'bad', code: 'bad-path' }],
  ['GET /edit/data/%2e%2e', { kind: 'bad', code: 'bad-name' }],
  ['GET /../etc/passwd', { kind: 'bad', code: 'unknown-client' }],
  ['GET /edit/secrets/x', { kind: 'bad', code: 'unknown-type' }],
  [`GET /edit/data/ab/${ID}`, { kind: 'bad', code: 'bad-path' }],
];

for (const [line, expected] of TABLE) {
  test(line.replaceAll(ID, '<id>'), () => {
    const [method = '', url = ''] = line.split(' ');
    assert.partialDeepStrictEqual(parseRestRequest({ method, url }), expected);
  });
}

test('ranges: one, whole, from an offset; anything else is refused', () => {
  const get = (range: string): object =>
    parseRestRequest({ method: 'GET', url: `/edit/data/${ID}`, range: `bytes=${range}` });
  assert.partialDeepStrictEqual(get('0-9'), { range: { offset: 0, length: 10 } });
  assert.partialDeepStrictEqual(get('5-'), { from: 5 });
  for (const bad of ['-5', '9-2', '0-1,3-4', 'x', '0-9999999999999'])
    assert.partialDeepStrictEqual(get(bad), { kind: 'bad', status: 416 });
});

test('whatever is asked, an object is named by a type and 64 hex digits or not at all', () => {
  const piece = fc.oneof(fc.string({ maxLength: 20 }), fc.constantFrom('edit', 'data', 'config', ID, '..', '%00', ''));
  fc.assert(
    fc.property(fc.constantFrom('GET', 'POST', 'HEAD', 'DELETE', 'X'), fc.array(piece), (method, pieces) => {
      const asked = parseRestRequest({ method, url: `/${pieces.join('/')}` });
      if ('name' in asked) assert.match(`${asked.type}/${asked.name}`, /^(config\/|[a-z]+\/[0-9a-f]{64})$/);
    }),
  );
});
