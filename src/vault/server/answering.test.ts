/** A list of any length goes out in parts, in both versions of restic's protocol. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { PassThrough } from 'node:stream';
import type { ServerResponse } from 'node:http';
import { sendList } from './answering.ts';
import type { Vault } from './vault.ts';
import type { StoredObject } from '#ports/object-store.ts';

async function sent(rows: readonly StoredObject[], version: 1 | 2) {
  const response = Object.assign(new PassThrough(), { writeHead: () => response });
  async function* each() {
    yield* rows;
  }
  // No more of a vault and of an answer is asked for.
  const [vault, answer] = [{ each } as unknown as Vault, response as unknown as ServerResponse];
  const [parts] = await Promise.all([
    Array.fromAsync(response as AsyncIterable<Buffer>),
    sendList(vault, { kind: 'list', client: 'edit', type: 'data', version }, answer),
  ]);
  return { rows: JSON.parse(Buffer.concat(parts).toString()) as unknown, parts: parts.length };
}

test('a long list is sent in parts and is whole, and an empty one is a list', async () => {
  const rows = Array.from({ length: 2000 }, (_, n) => ({ name: hash('sha256', String(n), 'hex'), bytes: n }));
  const [sized, plain] = [await sent(rows, 2), await sent(rows, 1)];
  assert.deepEqual(
    sized.rows,
    rows.map(({ name, bytes }) => ({ name, size: bytes })),
  );
  assert.deepEqual(
    plain.rows,
    rows.map(({ name }) => name),
  );
  assert.ok(sized.parts > 1 && plain.parts > 1, `${sized.parts} and ${plain.parts} parts`);
  assert.deepEqual([(await sent([], 2)).rows, (await sent([], 1)).rows], [[], []]);
});
