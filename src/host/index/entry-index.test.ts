/** The real index beside a search that reads everything: both must answer alike, also after a rebuild. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { openEntryIndex } from './entry-index.ts';
import { createMemoryIndex } from '#engine/memory-index.ts';
import { createMemoryStore } from '#engine/memory-store.ts';
import { createStamper } from '#engine/stamp.ts';
import type { Draft } from '#model/events.ts';
import type { EntryQuery } from '#ports/engine.ts';
import type { EntryIndex } from '#ports/entry-index.ts';
import { makeId } from '#std/ids.ts';

const people = [1, 2, 3].map((n) => makeId('person', new Uint8Array(20).fill(n)));
const sessions = [4, 5].map((n) => makeId('session', new Uint8Array(20).fill(n)));
const paths = [
  'incoming/Reel-01/A001.mov',
  'incoming/reel-01/a002.mov',
  'media/Straße/x.exr',
  'project/cut "final".edl',
  'a%_b.txt',
];
const ENTRIES = 3000;

function pick<T>(items: readonly T[], at: number): T {
  const item = items[at % items.length];
  assert.ok(item !== undefined);
  return item;
}

function draftAt(i: number): Draft {
  const by = { person: pick(people, i), session: pick(sessions, i >> 1) };
  if (i % 3 === 0)
    return { kind: 'person.unlocked', stream: 'facility', by, about: { person: pick(people, i >> 2) }, data: {} };
  return {
    kind: 'folder.listed',
    stream: 'facility',
    by,
    about: { path: pick(paths, i), session: pick(sessions, i) },
    data: { gate: 'portal', entries: i },
  };
}

const stamper = createStamper({ bytes: (count) => crypto.getRandomValues(new Uint8Array(count)) });
const bytes = Array.from(
  { length: ENTRIES },
  (_, i) => stamper.stamp([draftAt(i)], 1000 + (i >> 2)).bytes[0] ?? new Uint8Array(),
);
const directory = mkdtempSync(join(tmpdir(), 'picturelock-index-'));
const store = createMemoryStore(bytes);
const oracle = createMemoryIndex(store);
let index: EntryIndex;

async function caughtUp(opened: EntryIndex, size: number): Promise<void> {
  opened.follow(size);
  while ((await opened.find({ limit: 1 })).searchedTo < size) await new Promise((resolve) => setImmediate(resolve));
}

before(async () => {
  index = await openEntryIndex(directory, store);
  await caughtUp(index, ENTRIES);
});
after(async () => {
  await index.close();
  rmSync(directory, { recursive: true });
});

const maybe = <T>(items: readonly T[]): fc.Arbitrary<T | undefined> =>
  fc.option(fc.constantFrom(...items), { nil: undefined });
const queries: fc.Arbitrary<EntryQuery> = fc
  .record({
    person: maybe(people),
    session: maybe(sessions),
    kind: maybe(['folder.', 'person.unlocked', 'per', 'file.', '_']),
    path: maybe(['reel', 'REEL-01/a', 'mo', '"final"', '%_', 'straße', 'nothing', 'x']),
    from: maybe([0, 1200, 1500, 9999]),
    until: maybe([1201, 1700]),
    before: maybe([0, 1, 777, 2999, 5000]),
    limit: fc.constantFrom(1, 7, 50, 500),
  })
  .map(
    (query) =>
      Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined)) as unknown as EntryQuery,
  );

test('it finds exactly what reading everything finds, page by page', async () => {
  await fc.assert(
    fc.asyncProperty(queries, async (query) => {
      const [found, wanted] = [await index.find(query), await oracle.find(query)];
      assert.deepEqual(found.indexes, wanted.indexes);
      assert.equal(found.next, wanted.next);
    }),
    { numRuns: 150 },
  );
});

test('thrown away, it answers the same after it was built again; damaged, it is thrown away', async () => {
  const query: EntryQuery = { person: pick(people, 0), path: 'reel', limit: 500 };
  const first = await index.find(query);
  await index.close();
  writeFileSync(
    join(directory, 'index/entries.sqlite'),
    'not a database at all, but long enough to look like one'.repeat(100),
  );
  index = await openEntryIndex(directory, store);
  await caughtUp(index, ENTRIES);
  assert.deepEqual(await index.find(query), first);
});

test('an index of another ledger is not believed', async () => {
  await index.close();
  const other = createMemoryStore(bytes.slice(0, 100).concat(stamper.stamp([draftAt(1)], 9_999_999).bytes));
  index = await openEntryIndex(directory, other);
  await caughtUp(index, 101);
  assert.equal((await index.find({ limit: 500 })).indexes.length, 101);
});
