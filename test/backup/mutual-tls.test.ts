/** A vault that asks every client for a certificate and knows ours by it: written, drilled by both tools, and stock restic has one way out of its walls. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyTo, openBackedUp, takeNow } from './facility.ts';
import type { BackedUp } from './facility.ts';
import { newId } from '#engine/test-facility.ts';
import { openOwnCertificate } from '#host/tls/self-signed.ts';
import { openClientBook } from '#host/vault/client-book.ts';
import { startVaultService } from '#host/vault/vault-service.ts';
import type { VaultService } from '#host/vault/vault-service.ts';

const DAY_MS = 86_400_000;
const vault = newId('vault');
let folder: string;
let service: VaultService;
let world: BackedUp;

before(async () => {
  world = await openBackedUp(3, 1);
  folder = mkdtempSync(join(tmpdir(), 'picturelock-mutual-tls-'));
  const now = Date.now();
  const [theirs, ours] = [
    await openOwnCertificate(join(folder, 'vault'), ['127.0.0.1'], now),
    await openOwnCertificate(join(folder, 'client'), [], now),
  ];
  const book = openClientBook(join(folder, 'vault'));
  for (const name of ['edit', 'facility'])
    book.add({ name, quotaBytes: 1 << 30, lockDays: 30, reads: true, certificateSha256: ours.sha256 });
  service = await startVaultService({
    folder: join(folder, 'vault'),
    host: '127.0.0.1',
    port: 0,
    read: () => ({ wall: Date.now(), monotonic: performance.now(), boot: 'boot-1' }),
    roundEveryMs: DAY_MS,
    freeBytesMin: 0,
    onTrouble: () => undefined,
    tls: { cert: Buffer.from(theirs.cert), key: Buffer.from(theirs.key), clientCa: readFileSync(ours.certPath) },
  });
  await service.vault.openWindow(10);
  const keys = join(world.data, 'keys', 'backup');
  mkdirSync(keys, { recursive: true });
  // The name alone: what opens is the certificate.
  for (const [repository, name] of [
    [world.project, 'edit'],
    ['facility', 'facility'],
  ])
    writeFileSync(join(keys, `${vault}.${repository}.credential`), `${name}:none\n`, { mode: 0o600 });
  copyFileSync(theirs.certPath, join(keys, `${vault}.ca.pem`));
  copyFileSync(ours.certPath, join(keys, `${vault}.cert.pem`));
  copyFileSync(join(folder, 'client', 'certificate.key'), join(keys, `${vault}.key.pem`));
  const address = `https://127.0.0.1:${service.port}/`;
  await world.ask({
    kind: 'enrol-vault',
    vault,
    name: 'tower',
    nature: 'local',
    address,
    locks: 'service',
    lockDays: 30,
  });
});
after(async () => {
  await world.close();
  await service.close();
  rmSync(folder, { recursive: true, force: true });
});

test('a drill of a copy behind mutual TLS holds, and stock restic reached that vault and nothing else', async () => {
  await copyTo(world, [vault]);
  const { taken } = await takeNow(world, vault);
  assert.equal(taken?.files, 4);
  const drill = newId('drill');
  await world.ask({ kind: 'begin-drill', drill, policy: world.policy, vault, because: 'asked' });
  await world.until('the drill’s end', ({ drills }) => drills.get(drill)?.result !== undefined);
  const result = world.state().drills.get(drill)?.result;
  assert.deepEqual([result?.held, result?.failures, result?.isolated], [true, [], true]);
  assert.deepEqual([result?.second?.files, result?.second?.failed, result?.second?.walls], [4, 0, 'one-way']);
});

test('without its certificate it is not let in', async () => {
  const ca = readFileSync(join(world.data, 'keys', 'backup', `${vault}.ca.pem`));
  const asked = new Promise((done, failed) => {
    const request = get({ host: '127.0.0.1', port: service.port, path: '/facility/config', ca, agent: false }, done);
    request.on('error', failed);
  });
  await assert.rejects(asked, /certificate required|ECONNRESET|EPIPE/);
});
