/**
 * A vault that asks every client for a certificate and knows ours by it: written, drilled by both tools, and stock restic has one way out of its walls. A
 * second vault fills itself from it, and the facility's own copy there is seen and drilled from the house.
 */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyTo, openBackedUp, takeNow } from './facility.ts';
import type { BackedUp } from './facility.ts';
import { until } from '../until.ts';
import { newId } from '#engine/test-facility.ts';
import { createBackupDesk } from '#host/backup/backup-desk.ts';
import { readFacilityCopies } from '#host/backup/notes.ts';
import { addUpstream } from '#host/offsite/upstream-book.ts';
import { openOwnCertificate } from '#host/tls/self-signed.ts';
import { hashOfToken, openClientBook } from '#host/vault/client-book.ts';
import { startVaultService } from '#host/vault/vault-service.ts';
import type { VaultService } from '#host/vault/vault-service.ts';

const DAY_MS = 86_400_000;
const vault = newId('vault');
let folder: string;
let service: VaultService;
const closers: (() => Promise<void>)[] = [];
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
  service = await serve('vault', theirs, readFileSync(ours.certPath));
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

interface Own {
  readonly cert: string;
  readonly key: string;
}

function serve(name: string, { cert, key }: Own, clientCa?: Buffer): Promise<VaultService> {
  return startVaultService({
    folder: join(folder, name),
    host: '127.0.0.1',
    port: 0,
    read: () => ({ wall: Date.now(), monotonic: performance.now(), boot: 'boot-1' }),
    roundEveryMs: DAY_MS,
    freeBytesMin: 0,
    onTrouble: () => undefined,
    tls: { cert: Buffer.from(cert), key: Buffer.from(key), ...(clientCa === undefined ? {} : { clientCa }) },
  });
}

after(async () => {
  await world.close();
  for (const close of closers.toReversed()) await close();
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

test('the facility’s own copy goes there with the same certificate: whose repository is asked for says which client it is', async () => {
  const isThere = (): boolean => readFacilityCopies(world.data).some((copy) => copy.vault === vault);
  await world.until('the facility’s copy', isThere);
});

/** One that the facility is written to, and one elsewhere that fills itself from it. */
async function twoVaults(): Promise<{ readonly first: VaultService; readonly second: VaultService }> {
  const now = Date.now();
  const near = await openOwnCertificate(join(folder, 'first'), ['127.0.0.1'], now);
  const far = await openOwnCertificate(join(folder, 'second'), ['127.0.0.1'], now);
  const book = openClientBook(join(folder, 'first'));
  const client = { quotaBytes: 1 << 30, lockDays: 30, reads: true };
  book.add({ ...client, name: 'facility', tokenSha256: hashOfToken('of-the-house') });
  book.add({ ...client, name: 'second', pulls: ['*'], certificateSha256: far.sha256 });
  const first = await serve('first', near);
  closers.push(() => first.close());
  await first.vault.openWindow(10);
  addUpstream(join(folder, 'second'), {
    name: 'house',
    url: `https://127.0.0.1:${first.port}/`,
    client: 'second',
    serverCert: near.cert,
    everyMinutes: 15,
    quotaBytes: 1 << 30,
    lockDays: 90,
  });
  const second = await serve('second', far);
  closers.push(() => second.close());
  return { first, second };
}

test('the facility’s copy in a vault that fills itself is seen there and drilled from the house', async () => {
  const keys = join(world.data, 'keys', 'backup');
  const [house, far] = [newId('vault'), newId('vault')];
  const { first, second } = await twoVaults();
  copyFileSync(join(folder, 'first', 'certificate.crt'), join(keys, `${house}.ca.pem`));
  writeFileSync(join(keys, `${house}.facility.credential`), 'facility:of-the-house\n', { mode: 0o600 });
  const locks = { locks: 'service', lockDays: 30 } as const;
  const near = `https://127.0.0.1:${first.port}/`;
  await world.ask({ kind: 'enrol-vault', vault: house, name: 'house', nature: 'local', address: near, ...locks });
  await world.until('the facility’s copy', ({ vaults }) => vaults.get(house)?.facility !== undefined);
  await second.vault.openWindow(10);
  await second.puller.pull(true);
  const place = { name: 'far', nature: 'site', ...locks } as const;
  const address = `https://127.0.0.1:${second.port}/`;
  const step = async (title: string): Promise<string> => {
    const { text } = await createBackupDesk(world.parts).runbook();
    return text.slice(text.indexOf(title)).split('\n\n')[0] ?? '';
  };
  await world.ask({ kind: 'enrol-vault', vault: far, address, ...place });
  assert.match(await step('Ledger, checkpoints and keys from far'), /^.*\(NEVER PROVEN\)\n.*no drill has: have “vault/);

  copyFileSync(join(folder, 'second', 'certificate.crt'), join(keys, `${far}.ca.pem`));
  openClientBook(join(folder, 'second')).change('facility', { tokenSha256: hashOfToken('for-drills') });
  writeFileSync(join(keys, `${far}.facility.credential`), 'facility:for-drills\n', { mode: 0o600 });
  await world.ask({ kind: 'change-vault', vault: far, address, ...place }, world.asOwner);
  await world.until('its drill', ({ vaults }) => vaults.get(far)?.facility?.drill !== undefined);
  const drilled = world.state().vaults.get(far)?.facility?.drill;
  assert.deepEqual([drilled?.held, drilled?.why], [true, undefined]);
  assert.match(drilled?.second ?? '', /^restic /);
  // Noted once it is on record.
  const isProven = /^.*\(proven by a drill on .*\)\n.*As of .*, about /;
  await until(
    async () => isProven.test(await step('Ledger, checkpoints and keys from far')),
    'the runbook heard of it',
  );
  assert.match(await step('The same with stock restic, from far'), /^.*\(proven by a drill on .*\)\n/);
});

test('without its certificate it is not let in', async () => {
  const ca = readFileSync(join(world.data, 'keys', 'backup', `${vault}.ca.pem`));
  const asked = new Promise((done, failed) => {
    const request = get({ host: '127.0.0.1', port: service.port, path: '/facility/config', ca, agent: false }, done);
    request.on('error', failed);
  });
  await assert.rejects(asked, /certificate required|ECONNRESET|EPIPE/);
});
