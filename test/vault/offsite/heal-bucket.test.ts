/** Rot and loss on either side of a bucket with locks, healed from the other: by a real store of objects, and clean by stock restic at the end. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { hash, randomBytes } from 'node:crypto';
import { chmodSync, cpSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { makeRepository, PASSWORD } from '../test-repository.ts';
import type { TestRepository } from '../test-repository.ts';
import { resticOn, startObjectGateway } from './object-gateway.ts';
import type { ObjectGateway } from './object-gateway.ts';
import { copyRepository } from '#host/backup/copy.ts';
import { healRepository, verifyRepository } from '#host/backup/mend.ts';
import type { ObjectType } from '#ports/object-store.ts';
import { objectPath, openFolderStore } from '#vault/store/folder-store.ts';
import type { StorePlace } from '#vault/store/open-store.ts';
import { putLocked, retentionOf } from '#vault/store/s3-retention.ts';
import { historyOf } from '#vault/store/s3-versions.ts';

const run = promisify(execFile);
const DAY_MS = 86_400_000;
const nothing = (): void => undefined;
let gateway: ObjectGateway;
let world: TestRepository;
let passwordFile: string;

before(async () => {
  [gateway, world] = await Promise.all([startObjectGateway(), makeRepository('heal-bucket')]);
  passwordFile = join(world.folder, 'password');
  writeFileSync(passwordFile, `${PASSWORD}\n`, { mode: 0o600 });
  for (let n = 0; n < 3; n += 1) {
    writeFileSync(join(world.source, `reel-${n}.mov`), randomBytes(90_000));
    await world.backup();
  }
});
after(async () => {
  world[Symbol.dispose]();
  await gateway.close();
});

interface Victim {
  readonly type: ObjectType;
  readonly name: string;
}

/** Two packs, an index, a snapshot and the key. */
async function victims(): Promise<readonly Victim[]> {
  const store = openFolderStore(world.path);
  const some = async (type: ObjectType, count: number): Promise<readonly Victim[]> =>
    (await store.list(type))
      .map(({ name }) => ({ type, name }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .slice(0, count);
  return [
    ...(await some('data', 2)),
    ...(await some('index', 1)),
    ...(await some('snapshots', 1)),
    ...(await some('keys', 1)),
  ];
}

const objectOf = ({ type, name }: Victim): string => `${type}/${name}`;
const bytesOf = ({ type, name }: Victim): Buffer => readFileSync(objectPath(world.path, type, name));
const keyOf = ({ type, name }: Victim): string =>
  type === 'data' ? `nightjar/data/${name.slice(0, 2)}/${name}` : `nightjar/${type}/${name}`;

/** Same length, another bit. */
function rotten(bytes: Buffer): Buffer {
  const other = Buffer.from(bytes);
  other[other.length >> 1] = (other[other.length >> 1] ?? 0) ^ 8;
  return other;
}

async function placeIn(bucket: string): Promise<StorePlace> {
  return { kind: 's3', ...gateway.place(bucket, { prefix: 'nightjar' }) };
}

/** A bucket whose first pack is gone, and whose other victims rotted: the one version of each is locked and holds other bytes. */
async function damagedBucket(all: readonly Victim[]): Promise<string> {
  const bucket = await gateway.bucket();
  const partial = join(world.folder, `partial-${bucket}`);
  cpSync(world.path, partial, { recursive: true });
  for (const { type, name } of all) unlinkSync(objectPath(partial, type, name));
  const from = { kind: 'folder', folder: partial, sync: false } as const;
  await copyRepository({ kind: 'copy', from, to: await placeIn(bucket) }, nothing);
  const client = gateway.client(bucket);
  for (const victim of all.slice(1)) {
    const what = { key: keyOf(victim), body: rotten(bytesOf(victim)), until: Date.now() + 30 * DAY_MS, isFirst: true };
    assert.notEqual(await putLocked(client, what), 'present');
  }
  client.close();
  rmSync(partial, { recursive: true });
  return bucket;
}

test('a bucket that lost a pack and in which others rotted is healed from a folder: new versions, locked, beneath them what was there', async () => {
  const all = await victims();
  const bucket = await damagedBucket(all);
  const place = await placeIn(bucket);
  const job = { place, passwordFile, readData: true } as const;
  const { healed, after: left } = await healRepository({ kind: 'heal', ...job, from: world.place }, nothing);
  assert.deepEqual(healed.toSorted(), all.map(objectOf).toSorted());
  assert.deepEqual([left.damageCount, left.lostCount, left.snapshots], [0, 0, 3]);
  const client = gateway.client(bucket);
  for (const [at, victim] of all.entries()) {
    const history = await historyOf(client, keyOf(victim));
    assert.equal(history?.versions.length, at === 0 ? 1 : 2, objectOf(victim));
    const newest = history?.versions.at(-1)?.versionId ?? '';
    const read = await client.ask({ method: 'GET', key: keyOf(victim), query: { versionId: newest } });
    assert.deepEqual(read.body, bytesOf(victim));
    const lock = await retentionOf(client, keyOf(victim), newest);
    assert.equal(lock?.mode, 'COMPLIANCE');
    assert.ok((lock?.until ?? 0) > Date.now() + 29 * DAY_MS);
  }
  client.close();
  await resticOn(gateway, bucket, 'check', '--read-data');
  const quick = { ...job, readData: false } as const;
  const again = await healRepository({ kind: 'heal', ...quick, from: world.place }, nothing);
  assert.deepEqual([again.healed, again.after.damageCount], [[], 0], 'what is whole is left alone');
});

test('a folder that lost a pack and in which others rotted is healed from a bucket', async () => {
  const bucket = await gateway.bucket();
  const from = await placeIn(bucket);
  await copyRepository({ kind: 'copy', from: world.place, to: from }, nothing);
  const all = await victims();
  const folder = join(world.folder, 'damaged');
  cpSync(world.path, folder, { recursive: true });
  for (const [at, victim] of all.entries()) {
    const path = objectPath(folder, victim.type, victim.name);
    chmodSync(path, 0o600);
    if (at === 0) unlinkSync(path);
    else writeFileSync(path, rotten(bytesOf(victim)));
  }
  writeFileSync(join(folder, 'config'), rotten(readFileSync(join(world.path, 'config'))));
  const place = { kind: 'folder', folder, sync: false } as const;
  const job = { place, passwordFile, readData: true } as const;
  await assert.rejects(verifyRepository({ kind: 'verify', ...job }, nothing), 'without its key nothing opens');
  const { healed, after: left } = await healRepository({ kind: 'heal', ...job, from }, nothing);
  assert.deepEqual(healed.toSorted(), ['config', ...all.map(objectOf)].toSorted());
  assert.deepEqual([left.damageCount, left.lostCount, left.snapshots], [0, 0, 3]);
  for (const victim of all)
    assert.deepEqual(readFileSync(objectPath(folder, victim.type, victim.name)), bytesOf(victim));
  const env = { PATH: process.env['PATH'] ?? '', HOME: world.folder, RESTIC_PASSWORD: PASSWORD };
  await run('restic', ['-r', folder, '--no-cache', 'check', '--read-data'], { env });
});

test('a config that rotted in a bucket is named, and healed by a version on top that whoever has the key tells from all others', async () => {
  const bucket = await gateway.bucket();
  const place = await placeIn(bucket);
  const right = readFileSync(join(world.path, 'config'));
  const client = gateway.client(bucket);
  const putConfig = (body: Buffer, isFirst: boolean) =>
    putLocked(client, { key: 'nightjar/config', body, until: Date.now() + 30 * DAY_MS, isFirst });
  await putConfig(rotten(right), true);
  const partial = join(world.folder, 'without-config');
  cpSync(world.path, partial, { recursive: true });
  writeFileSync(join(partial, 'config'), rotten(right));
  await copyRepository({ kind: 'copy', from: { kind: 'folder', folder: partial, sync: false }, to: place }, nothing);
  const job = { place, passwordFile, readData: true } as const;
  await assert.rejects(verifyRepository({ kind: 'verify', ...job }, nothing), /config/);

  const { healed, after: left } = await healRepository({ kind: 'heal', ...job, from: world.place }, nothing);
  assert.deepEqual([healed, left.damageCount, left.snapshots], [['config'], 0, 3]);
  await resticOn(gateway, bucket, 'check', '--read-data');
  const again = await healRepository({ kind: 'heal', ...job, from: world.place }, nothing);
  assert.deepEqual(again.healed, [], 'what is whole is left alone');

  await putConfig(rotten(rotten(right).reverse()), false);
  const history = await historyOf(client, 'nightjar/config');
  assert.equal(history?.versions.length, 3);
  assert.equal(
    (await verifyRepository({ kind: 'verify', ...job }, nothing)).snapshots,
    3,
    'what is planted is passed over',
  );
  client.close();
  const folder = join(world.folder, 'from-that-bucket');
  cpSync(partial, folder, { recursive: true });
  const back = { kind: 'folder', folder, sync: false } as const;
  const there = await healRepository({ kind: 'heal', place: back, passwordFile, readData: true, from: place }, nothing);
  assert.deepEqual(there.healed, ['config']);
  assert.deepEqual(readFileSync(join(folder, 'config')), right);
});

test('junk that somebody put among the keys of a bucket keeps nobody from opening it', async () => {
  const bucket = await gateway.bucket();
  const place = await placeIn(bucket);
  await copyRepository({ kind: 'copy', from: world.place, to: place }, nothing);
  const client = gateway.client(bucket);
  for (const name of ['0'.repeat(64), 'f'.repeat(64)])
    await client.ask({ method: 'PUT', key: `nightjar/keys/${name}`, body: Buffer.from('no key') });
  client.close();
  const found = await verifyRepository({ kind: 'verify', place, passwordFile, readData: false }, nothing);
  assert.equal(found.snapshots, 3);
  assert.deepEqual(found.damage.map(({ object }) => object.slice(0, 6)).toSorted(), ['keys/0', 'keys/f']);
});

test('a bucket whose bytes are wrong, too, heals nothing, and each is named', async () => {
  const all = await victims();
  const pack = all[0] ?? assert.fail();
  const bucket = await gateway.bucket();
  const client = gateway.client(bucket);
  const wrong = rotten(bytesOf(pack));
  await putLocked(client, { key: keyOf(pack), body: wrong, until: Date.now() + 30 * DAY_MS, isFirst: true });
  const from = await placeIn(bucket);
  const without = join(world.folder, 'without');
  cpSync(world.path, without, { recursive: true });
  unlinkSync(objectPath(without, pack.type, pack.name));
  const sound = { kind: 'folder', folder: without, sync: false } as const;
  await copyRepository({ kind: 'copy', from: sound, to: from }, nothing);
  const job = { place: sound, passwordFile, readData: true } as const;
  const { healed, after: left } = await healRepository({ kind: 'heal', ...job, from }, nothing);
  assert.deepEqual(healed, []);
  assert.ok(
    left.damage.some(({ object }) => object === objectOf(pack)),
    JSON.stringify(left.damage),
  );
  assert.ok(left.lostCount > 0);
  client.close();
});

test('what heals is what hashes to its name: a poison that came first is passed over', async () => {
  const all = await victims();
  const pack = all[1] ?? assert.fail();
  const bucket = await gateway.bucket();
  const client = gateway.client(bucket);
  await client.ask({ method: 'PUT', key: keyOf(pack), body: Buffer.from('poison') });
  await putLocked(client, { key: keyOf(pack), body: bytesOf(pack), until: Date.now() + 30 * DAY_MS, isFirst: false });
  await client.ask({ method: 'DELETE', key: keyOf(pack) });
  const from = await placeIn(bucket);
  await copyRepository({ kind: 'copy', from: world.place, to: from }, nothing);
  const folder = join(world.folder, 'poisoned');
  cpSync(world.path, folder, { recursive: true });
  unlinkSync(objectPath(folder, pack.type, pack.name));
  const place = { kind: 'folder', folder, sync: false } as const;
  const { healed } = await healRepository({ kind: 'heal', place, passwordFile, readData: true, from }, nothing);
  assert.deepEqual(healed, [objectOf(pack)]);
  assert.equal(hash('sha256', readFileSync(objectPath(folder, pack.type, pack.name)), 'hex'), pack.name);
  client.close();
});
