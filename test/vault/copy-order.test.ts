/** A copy between real repositories, with a way to the second one that is watched and slowed: how many objects are under way, and in what order. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeRepository, PASSWORD } from './test-repository.ts';
import type { TestRepository } from './test-repository.ts';
import { COPIED_AT_ONCE, copyObjects } from '#host/backup/copy.ts';
import type { ObjectStore, ObjectType } from '#ports/object-store.ts';
import { openRepository } from '#vault/engine/repository.ts';
import { verify } from '#vault/engine/verify.ts';
import { openFolderStore } from '#vault/store/folder-store.ts';

const SNAPSHOTS = 12;
const nothing = (): void => undefined;
let world: TestRepository;

before(async () => {
  world = await makeRepository('copy-order');
  for (let n = 0; n < SNAPSHOTS; n += 1) {
    writeFileSync(join(world.source, `reel-${n}.mov`), randomBytes(40_000));
    await world.backup();
  }
});
after(() => world[Symbol.dispose]());

interface Watched {
  readonly store: ObjectStore;
  readonly most: Record<string, number>;
  /** Types in the order in which they were acknowledged. */
  readonly stored: ObjectType[];
}

/** Holds every object of these types until as many as `held` wait, or as are left: one at a time would wait for ever. */
function watched(folder: string, held: number, counts: Readonly<Record<string, number>>): Watched {
  const own = openFolderStore(folder, { sync: false });
  const [most, stored]: [Record<string, number>, ObjectType[]] = [{}, []];
  const waiting = new Map<ObjectType, (() => void)[]>();
  const done: Record<string, number> = {};

  function wait(type: ObjectType): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const all = [...(waiting.get(type) ?? []), resolve];
    waiting.set(type, all);
    most[type] = Math.max(most[type] ?? 0, all.length);
    letGo(type);
    return promise;
  }

  function letGo(type: ObjectType): void {
    const all = waiting.get(type) ?? [];
    if (all.length < Math.min(held, (counts[type] ?? 0) - (done[type] ?? 0))) return;
    waiting.set(type, []);
    for (const go of all) go();
  }

  return {
    most,
    stored,
    store: {
      ...own,
      async put(type, name, body) {
        if (type === 'data' || type === 'index') await wait(type);
        else most[type] = Math.max(most[type] ?? 0, 1);
        const answer = await own.put(type, name, body);
        done[type] = (done[type] ?? 0) + 1;
        stored.push(type);
        letGo(type);
        return answer;
      },
    },
  };
}

async function countsOf(store: ObjectStore): Promise<Readonly<Record<string, number>>> {
  const count = async (type: ObjectType): Promise<number> => (await store.list(type)).length;
  return { data: await count('data'), index: await count('index'), snapshots: await count('snapshots') };
}

test('packs and indexes go eight at a time, and nothing that names them before them', async () => {
  const from = openFolderStore(world.path);
  const counts = await countsOf(from);
  const { count } = COPIED_AT_ONCE;
  assert.ok((counts['data'] ?? 0) > count && (counts['index'] ?? 0) > count, JSON.stringify(counts));
  const folder = join(world.folder, 'second');
  mkdirSync(folder);
  const { store, most, stored } = watched(folder, count, counts);
  await copyObjects(from, store, nothing);
  assert.deepEqual(most, { keys: 1, config: 1, data: count, index: count, snapshots: 1 });
  const firsts = stored.filter((type, at) => type !== stored[at - 1]);
  assert.deepEqual(firsts, ['keys', 'config', 'data', 'index', 'snapshots'], 'each kind ends before the next begins');
  const place = { kind: 'folder', folder, sync: false } as const;
  const found = await verify(await openRepository({ store: openFolderStore(folder), password: PASSWORD }), {
    place,
    readData: true,
  });
  assert.deepEqual([found.damage, found.snapshots], [[], SNAPSHOTS]);
});

test('snapshots arrive in the order in which they came to the first place', async () => {
  const from = openFolderStore(world.path);
  const names: string[] = [];
  const own = openFolderStore(join(world.folder, 'ordered'), { sync: false });
  const put: ObjectStore['put'] = (type, name, body) => {
    if (type === 'snapshots') names.push(name);
    return own.put(type, name, body);
  };
  await copyObjects(from, { ...own, put }, nothing);
  const arrived = await from.arrivals?.('snapshots');
  assert.deepEqual(
    names,
    arrived?.map(({ name }) => name),
  );
});

test('a place that fails in the middle leaves nothing that names what is missing, and the next copy goes on', async () => {
  const from = openFolderStore(world.path);
  const own = openFolderStore(join(world.folder, 'failing'), { sync: false });
  let left = COPIED_AT_ONCE.count + 2;
  const put: ObjectStore['put'] = (type, name, body) => {
    if (type === 'data' && (left -= 1) < 0) return Promise.reject(new Error('no room'));
    return own.put(type, name, body);
  };
  await assert.rejects(copyObjects(from, { ...own, put }, nothing), /no room/);
  assert.deepEqual([await own.list('index'), await own.list('snapshots')], [[], []]);
  const there = (await own.list('data')).length;
  assert.equal(there, COPIED_AT_ONCE.count + 2, 'what was under way is there');
  let carried = 0;
  const counting: ObjectStore['put'] = (type, name, body) => {
    if (type === 'data') carried += 1;
    return own.put(type, name, body);
  };
  await copyObjects(from, { ...own, put: counting }, nothing);
  assert.equal(carried, (await from.list('data')).length - there, 'nothing goes twice');
});

test('what is damaged in the first place is named, and everything else is there', async () => {
  const from = openFolderStore(world.path);
  const [broken] = (await from.list('data')).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const get: ObjectStore['get'] = async (type, name, range) =>
    name === broken?.name ? Buffer.from('other bytes') : from.get(type, name, range);
  const own = openFolderStore(join(world.folder, 'damaged'), { sync: false });
  await assert.rejects(copyObjects({ ...from, get }, own, nothing), { code: 'object-damaged' });
  assert.equal((await own.list('data')).length, (await from.list('data')).length - 1);
  assert.equal((await own.list('snapshots')).length, SNAPSHOTS);
});
