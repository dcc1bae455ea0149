/** The off-site copy over a network that fails, by a process that is killed, and its way back by our tool and by stock restic. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { hash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { resticOn, startObjectGateway } from './object-gateway.ts';
import type { ObjectGateway } from './object-gateway.ts';
import { PASSWORD, makeRepository } from '../test-repository.ts';
import { copyRepository } from '#host/backup/copy.ts';
import { openRepository } from '#vault/engine/repository.ts';
import { restore } from '#vault/engine/restore.ts';
import { verify } from '#vault/engine/verify.ts';
import type { S3Ask } from '#vault/store/s3-client.ts';
import { askRetention, putLocked, retentionOf } from '#vault/store/s3-retention.ts';
import { openS3Store } from '#vault/store/s3-store.ts';
import { historiesUnder } from '#vault/store/s3-versions.ts';

const CUTS = 6;

let gateway: ObjectGateway;
before(async () => void (gateway = await startObjectGateway()));
after(() => gateway.close());

const sha256 = (bytes: Uint8Array): string => hash('sha256', bytes, 'hex');

test('a repository goes over a network that is cut again and again, and comes back byte for byte, for stock restic too', async () => {
  using repository = await makeRepository('s3-cuts');
  let snapshot = '';
  for (let i = 0; i < 4; i += 1) {
    writeFileSync(join(repository.source, `reel-${i}.mov`), randomBytes(400_000));
    ({ snapshot } = await repository.backup());
  }
  const bucket = await gateway.bucket();
  const to = { kind: 's3' as const, ...gateway.place(bucket, { prefix: 'nightjar' }) };
  let connections = 0;
  // The first ones end each somewhere else, and each before a whole reel has passed.
  gateway.cutAfter(() => ((connections += 1) <= CUTS ? 15_000 + ((connections * 7919 * 331) % 150_000) : Infinity));
  const before = gateway.cuts;
  let copied: Awaited<ReturnType<typeof copyRepository>> | undefined;
  for (let tries = 0; copied === undefined && tries < 50; tries += 1)
    copied = await copyRepository({ kind: 'copy', from: repository.place, to }, () => undefined).catch(() => undefined);
  gateway.cutAfter(undefined);
  assert.ok(copied !== undefined && gateway.cuts - before >= 2, `${gateway.cuts - before} cuts`);
  const store = openS3Store(to);
  const opened = await openRepository({ store, password: PASSWORD });
  const checked = await verify(opened, { place: to, readData: true });
  assert.deepEqual([checked.damage, checked.lostFiles], [[], []]);
  const target = join(repository.folder, 'back');
  mkdirSync(target);
  await restore(opened, { place: to, snapshot, path: repository.source, target });
  await store.close();
  await resticOn(gateway, bucket, 'check', '--read-data');
  await resticOn(gateway, bucket, 'restore', snapshot, '--target', join(repository.folder, 'stock'));
  for (const name of readdirSync(repository.source)) {
    const want = sha256(readFileSync(join(repository.source, name)));
    assert.equal(sha256(readFileSync(join(repository.folder, 'stock', repository.source, name))), want);
  }
});

test('a copy that is killed anywhere goes on where it was, and nothing that was acknowledged is lost', async () => {
  using repository = await makeRepository('s3-killed');
  for (let i = 0; i < 4; i += 1) {
    writeFileSync(join(repository.source, `reel-${i}.mov`), randomBytes(150_000));
    await repository.backup();
  }
  const to = { kind: 's3' as const, ...gateway.place(await gateway.bucket()) };
  const job = JSON.stringify({ kind: 'copy', from: repository.place, to });
  let acknowledged: readonly string[] = [];
  for (const killAfter of [1, 4]) {
    await killedCopy(job, killAfter);
    const store = openS3Store(to);
    const there = (await store.list('data')).map(({ name }) => name);
    await store.close();
    for (const name of acknowledged) assert.ok(there.includes(name), `${name} was acknowledged`);
    acknowledged = there;
  }
  await copyRepository({ kind: 'copy', from: repository.place, to }, () => undefined);
  const store = openS3Store(to);
  const checked = await verify(await openRepository({ store, password: PASSWORD }), { place: to, readData: true });
  assert.deepEqual([checked.damage, checked.snapshots], [[], 4]);
  await store.close();
});

/** Ends by SIGKILL as soon as it has told of so many objects, or by itself when there were fewer. */
async function killedCopy(job: string, killAfter: number): Promise<void> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'copy-child.ts'), job], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let told = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    told += chunk.filter((byte) => byte === 0x0a).length;
    if (told >= killAfter) child.kill('SIGKILL');
  });
  await once(child, 'close');
}

test('root of the main host, with every key of the facility, takes nothing that is locked', async () => {
  using repository = await makeRepository('s3-root');
  repository.harmed('root removes it with everything else there');
  writeFileSync(join(repository.source, 'cut.mov'), randomBytes(200_000));
  const { snapshot } = await repository.backup();
  const bucket = await gateway.bucket();
  const to = { kind: 's3' as const, ...gateway.place(bucket) };
  await copyRepository({ kind: 'copy', from: repository.place, to }, () => undefined);
  const answers = await attack(bucket);
  assert.ok(
    answers.every((status) => status >= 400),
    `${answers.join(' ')}`,
  );
  rmSync(to.locksFolder, { recursive: true, force: true });
  rmSync(repository.path, { recursive: true, force: true });
  const store = openS3Store(to);
  const opened = await openRepository({ store, password: PASSWORD });
  const target = join(repository.folder, 'back');
  mkdirSync(target);
  await restore(opened, { place: to, snapshot, path: repository.source, target });
  await store.close();
  const [back = ''] = readdirSync(target, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.mov'),
  );
  assert.deepEqual(readFileSync(join(target, back)), readFileSync(join(repository.source, 'cut.mov')));
});

test('the administrator of the account: a lock in governance mode yields, one in compliance mode does not, nor do bucket and default lock take it away', async () => {
  const client = gateway.client(await gateway.bucket());
  const until = Date.now() + 3_600_000;
  const body = Buffer.from('a pack');
  const kept = await putLocked(client, { key: 'kept', body, until, isFirst: true });
  assert.ok(kept !== 'present');
  const headers = {
    'x-amz-object-lock-mode': 'GOVERNANCE',
    'x-amz-object-lock-retain-until-date': new Date(until).toISOString(),
    'content-md5': hash('md5', body, 'base64'),
  };
  const weak = await client.ask({ method: 'PUT', key: 'weak', body, headers });
  const bypass = { 'x-amz-bypass-governance-retention': 'true' };
  const removed = async (key: string, versionId: unknown): Promise<boolean> => {
    const query = { versionId: String(versionId) };
    await client.ask({ method: 'DELETE', key, query, headers: bypass });
    return (await client.ask({ method: 'HEAD', key, query })).status === 404;
  };
  const rule = '<Rule><DefaultRetention><Mode>GOVERNANCE</Mode><Days>1</Days></DefaultRetention></Rule>';
  const lock = `<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled>${rule}</ObjectLockConfiguration>`;
  await client.ask({ method: 'PUT', query: { 'object-lock': '' }, body: Buffer.from(lock) });
  await client.ask({ method: 'DELETE' });
  assert.equal(await removed('weak', weak.headers['x-amz-version-id']), true);
  assert.equal(await removed('kept', kept.versionId), false);
  assert.equal((await retentionOf(client, 'kept', kept.versionId))?.mode, 'COMPLIANCE');
  client.close();
});

/** Every way we know to take a version away; what the store answered. Then poison and delete markers on top of everything, which no store refuses. */
async function attack(bucket: string): Promise<readonly number[]> {
  const client = gateway.client(bucket);
  const statuses: number[] = [];
  const tried = async (what: S3Ask): Promise<void> => void statuses.push((await client.ask(what)).status);
  const bypass = { 'x-amz-bypass-governance-retention': 'true' };
  for await (const { key, versions } of historiesUnder(client, '')) {
    for (const { versionId } of versions) {
      await tried({ method: 'DELETE', key, query: { versionId }, headers: bypass });
      for (const mode of ['COMPLIANCE', 'GOVERNANCE'] as const)
        statuses.push((await askRetention(client, key, versionId, { mode, until: Date.now() + 1000 }, bypass)).status);
    }
    await client.ask({ method: 'PUT', key, body: Buffer.from('poison') });
    await client.ask({ method: 'DELETE', key });
  }
  const suspended = Buffer.from('<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>');
  await tried({ method: 'PUT', query: { versioning: '' }, body: suspended });
  await tried({ method: 'DELETE' });
  client.close();
  return statuses;
}
