/** The bucket as a repository, on a real store that keeps locks: what is stored, what attackers with every key can do, what a cut network costs. */
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startObjectGateway } from './object-gateway.ts';
import type { ObjectGateway } from './object-gateway.ts';
import { probeBucket } from '#vault/offsite/probe.ts';
import { runLockRound } from '#vault/offsite/lock-round.ts';
import { openS3Store } from '#vault/store/s3-store.ts';
import type { S3Store } from '#vault/store/s3-store.ts';
import { putLocked, retentionOf } from '#vault/store/s3-retention.ts';
import type { ObjectType } from '#ports/object-store.ts';

const DAY_MS = 86_400_000;

let gateway: ObjectGateway;
before(async () => void (gateway = await startObjectGateway()));
after(() => gateway.close());

const sha256 = (bytes: Uint8Array): string => hash('sha256', bytes, 'hex');

async function stored(store: S3Store, type: ObjectType, text: string): Promise<string> {
  const body = Buffer.from(text);
  const name = type === 'config' ? '' : sha256(body);
  assert.equal(await store.put(type, name, body), 'created');
  return name;
}

async function keyOf(store: S3Store, name: string): Promise<{ readonly key: string; readonly versionId: string }> {
  for await (const { name: found, history } of store.objects())
    if (found === name) return { key: history.key, versionId: history.versions[0]?.versionId ?? '' };
  throw new Error('it is not there');
}

test('an object is stored once, locked by compliance, and read back whole and in part', async () => {
  const bucket = await gateway.bucket();
  const store = openS3Store(gateway.place(bucket));
  const name = await stored(store, 'data', 'a pack');
  assert.equal(await store.put('data', name, Buffer.from('a pack')), 'present');
  assert.equal((await store.get('data', name)).toString(), 'a pack');
  assert.equal((await store.get('data', name, { offset: 2, length: 4 })).toString(), 'pack');
  assert.deepEqual(await store.list('data'), [{ name, bytes: 6 }]);
  await assert.rejects(store.put('data', sha256(Buffer.from('x')), Buffer.from('y')), { code: 'wrong-name' });
  await assert.rejects(store.get('data', '0'.repeat(64)), { code: 'object-missing' });
  await assert.rejects(store.remove('data', name), { code: 'locked' });
  const { key, versionId } = await keyOf(store, name);
  const lock = await retentionOf(store.client, key, versionId);
  assert.equal(lock?.mode, 'COMPLIANCE');
  assert.ok(lock.until > Date.now() + 29 * DAY_MS);
  await store.close();
});

test('lock files of clients never reach the bucket', async () => {
  const bucket = await gateway.bucket();
  const place = gateway.place(bucket);
  const store = openS3Store(place);
  const name = await stored(store, 'locks', 'somebody is at work');
  assert.deepEqual(await store.list('locks'), [{ name, bytes: 19 }]);
  assert.deepEqual(readdirSync(join(place.locksFolder, 'locks')), [name]);
  for await (const _ of store.objects()) assert.fail('the bucket is empty');
  await store.remove('locks', name);
  assert.deepEqual(await store.list('locks'), []);
  await store.close();
});

test('a bucket without locks takes nothing that is acknowledged', async () => {
  const store = openS3Store(gateway.place(await gateway.bucket({ locks: false })));
  const body = Buffer.from('a pack');
  await assert.rejects(store.put('data', sha256(body), body), /Fault|store|versions|locked/);
  await store.close();
});

test('what somebody puts on top of a name changes nothing: the oldest version that hashes right is read', async () => {
  const bucket = await gateway.bucket();
  const store = openS3Store(gateway.place(bucket));
  const [pack, config] = [
    await stored(store, 'data', 'the real pack'),
    await stored(store, 'config', 'the real config'),
  ];
  const { key } = await keyOf(store, pack);
  for (const [name, bytes] of [
    [key, 'poison, 13 by'],
    [key, 'more poison'],
    ['facility/nightjar/config', 'another'],
  ] as const)
    assert.equal((await store.client.ask({ method: 'PUT', key: name, body: Buffer.from(bytes) })).status, 200);
  assert.equal((await store.client.ask({ method: 'DELETE', key })).status, 204);
  const fresh = openS3Store(gateway.place(bucket));
  assert.equal((await fresh.get('data', pack)).toString(), 'the real pack');
  assert.equal((await fresh.get('data', pack, { offset: 4, length: 4 })).toString(), 'real');
  assert.equal((await fresh.get('config', config)).toString(), 'the real config');
  assert.deepEqual(await fresh.list('data'), [{ name: pack, bytes: 13 }]);
  const { hidden, overlaid, lost, failed } = await runLockRound(fresh, { atLeast: 0, until: Date.now() + 30 * DAY_MS });
  assert.deepEqual([hidden, overlaid, lost, failed], [[key], ['facility/nightjar/config', key], [], []]);
  await Promise.all([store.close(), fresh.close()]);
});

test('poison that came first is passed over, and the right bytes are stored above it', async () => {
  const bucket = await gateway.bucket();
  const store = openS3Store(gateway.place(bucket));
  const body = Buffer.from('the real pack');
  const name = sha256(body);
  const key = `facility/nightjar/data/${name.slice(0, 2)}/${name}`;
  await putLocked(store.client, { key, body: Buffer.from('poison, 13 by'), until: Date.now() + DAY_MS, isFirst: true });
  assert.equal(await store.put('data', name, body), 'created');
  assert.deepEqual(await store.get('data', name), body);
  await store.close();
});

test('locks are made longer before they run out, and never touched while they are long', async () => {
  const bucket = await gateway.bucket();
  const short = openS3Store(gateway.place(bucket, { lockDays: 2 }));
  const [old, newer] = [await stored(short, 'data', 'old'), await stored(short, 'snapshots', 'newer')];
  const long = openS3Store(gateway.place(bucket, { lockDays: 30 }));
  await stored(long, 'data', 'locked for long');
  const now = Date.now();
  const first = await runLockRound(long, { atLeast: now + 15 * DAY_MS, until: now + 30 * DAY_MS });
  assert.deepEqual([first.objects, first.extended, first.troubles], [3, 2, 0]);
  assert.ok((first.soonest ?? 0) >= now + 30 * DAY_MS - 2000);
  for (const name of [old, newer]) {
    const { key, versionId } = await keyOf(long, name);
    assert.ok(((await retentionOf(long.client, key, versionId))?.until ?? 0) >= now + 30 * DAY_MS - 2000);
  }
  const second = await runLockRound(long, { atLeast: now + 15 * DAY_MS, until: now + 30 * DAY_MS });
  assert.equal(second.extended, 0);
  const later = await runLockRound(long, { atLeast: now + 15 * DAY_MS, until: now + 30 * DAY_MS, since: now + DAY_MS });
  assert.deepEqual([later.objects, later.measured], [3, 0]);
  await Promise.all([short.close(), long.close()]);
});

test('a long repository is listed in pages, none lost', async () => {
  const bucket = await gateway.bucket();
  const client = gateway.client(bucket);
  const names = Array.from({ length: 1100 }, (_, i) => sha256(Buffer.from(String(i))));
  const todo = [...names];
  const worker = async (): Promise<void> => {
    for (let name = todo.pop(); name !== undefined; name = todo.pop())
      await client.ask({
        method: 'PUT',
        key: `facility/nightjar/data/${name.slice(0, 2)}/${name}`,
        body: Buffer.from('x'),
      });
  };
  await Promise.all(Array.from({ length: 16 }, worker));
  const store = openS3Store(gateway.place(bucket));
  assert.deepEqual((await store.list('data')).map(({ name }) => name).sort(), names.sort());
  client.close();
  await store.close();
});

test('of more objects than are remembered each is listed, read and known to be there', async () => {
  const bucket = await gateway.bucket();
  const bodies = Array.from({ length: 9 }, (_, i) => Buffer.from(`object ${i}`));
  for (const isFirst of [true, false]) {
    const store = openS3Store(gateway.place(bucket), 3);
    for (const body of bodies)
      assert.equal(await store.put('data', sha256(body), body), isFirst ? 'created' : 'present');
    const listed = (await store.list('data')).map(({ name }) => name);
    assert.deepEqual(listed.toSorted(), bodies.map(sha256).toSorted());
    for (const body of bodies) assert.deepEqual(Buffer.from(await store.get('data', sha256(body))), body);
    await store.close();
  }
});

test('the probe tells this store’s behaviour, and that of a bucket without locks', async () => {
  const client = gateway.client(await gateway.bucket());
  const report = await probeBucket(client, 'probe/one', Date.now());
  const outcomes = Object.fromEntries(report.rows.map(({ code, outcome }) => [code, outcome]));
  const failed = report.rows.filter(({ outcome }) => outcome !== 'pass');
  assert.deepEqual(
    failed.map(({ code }) => code),
    ['create-only'],
    JSON.stringify(failed),
  );
  assert.equal(outcomes['survived'], 'pass');
  assert.equal(report.holds, true);
  client.close();
  const plain = gateway.client(await gateway.bucket({ locks: false }));
  const without = await probeBucket(plain, 'probe/one', Date.now());
  assert.equal(without.holds, false);
  assert.equal(without.rows[0]?.outcome, 'fail');
  assert.ok(without.rows.slice(1).every(({ outcome }) => outcome === 'unknown'));
  plain.close();
});
