/** The hash of a vault's names is that of one sort and one text, and no text has all of them. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import fc from 'fast-check';
import type { Held } from './holdings.ts';
import { hashOfNames } from './names-hash.ts';

fc.configureGlobal({ seed: 20261122 });

const id = fc.integer({ min: 0, max: 10_000 }).map((n) => hash('sha256', String(n), 'hex'));
const named = fc.oneof(
  fc.record({ type: fc.constant('config' as const), object: fc.constant('') }),
  fc.record({ type: fc.constantFrom('data', 'index', 'keys', 'snapshots'), object: id }),
);
const held = fc.record({
  client: fc.constantFrom('edit', 'edit-2', 'edit2', 'a'),
  named,
  bytes: fc.integer({ min: 0, max: 2 ** 32 }),
  isMarked: fc.boolean(),
  isFree: fc.boolean(),
});

test('the parts of the names of a vault make the hash of all of them, without what is set aside or free', async () => {
  const lists = fc.uniqueArray(held, {
    selector: ({ client, named: { type, object } }) => `${client}/${type}/${object}`,
    maxLength: 60,
  });
  await fc.assert(
    fc.asyncProperty(lists, async (list) => {
      const rows = list.map(({ named: { type, object }, isMarked, client, bytes }, n): Held => {
        const mark = isMarked ? { mark: { prune: 'one', notBefore: 0 } } : {};
        return { client, type, object, bytes, n, arrivedAt: 0, ownUntil: 0, ...mark };
      });
      const objects = new Set(rows.filter((_, n) => list[n]?.isFree === true));
      const lines = rows
        .filter((row) => row.mark === undefined && !objects.has(row))
        .map(({ client, type, object, bytes }) => `${client}/${type}/${object} ${bytes}\n`);
      const found = await hashOfNames({ all: () => rows.values() }, { objects });
      assert.equal(found, hash('sha256', lines.sort().join(''), 'hex'));
    }),
    { numRuns: 50 },
  );
});
