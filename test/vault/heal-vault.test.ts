/** Rot in a vault, from end to end: found by the vault itself, told to the ledger, healed from another copy by a client that may only store. */
import assert from 'node:assert/strict';
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openFacilityOfTwo } from './attacks/facility-of-two.ts';
import { serveTestVault, tokenOf } from './attacks/served-vault.ts';
import type { ServedVault } from './attacks/served-vault.ts';
import { startTwoVaults } from './offsite/two-vaults.ts';
import { makeOddTree } from './odd-tree.ts';
import { openFileAttributes } from '#host/backup/file-attributes.ts';
import { healRepository } from '#host/backup/mend.ts';
import { followOnce } from '#host/vault/follow.ts';
import { openDoor } from '#host/vault/follow-door.ts';
import { openVaultIdentity } from '#host/vault/vault-identity.ts';
import { linkLedger } from '#host/vault/ledger-link.ts';
import { statusOf } from '#host/vault/vault-status.ts';
import { backup } from '#vault/engine/backup.ts';
import { damageOf } from '#vault/server/following.ts';
import { createRepository, openRepository } from '#vault/engine/repository.ts';
import { openRestStore } from '#vault/store/rest-store.ts';

const OWNER = { username: 'x', hostname: 'y', created: new Date(0).toISOString() };
const FAST = { N: 1024, r: 1, p: 1 };
const nothing = (): void => undefined;

function objectsIn(repository: string, type: string): readonly string[] {
  return readdirSync(join(repository, type), { recursive: true, encoding: 'utf8' })
    .filter((name) => /(^|\/)[0-9a-f]{64}$/.test(name))
    .map((name) => join(repository, type, name))
    .sort();
}

/** Same length, other bytes: nothing but a look at all of it sees this. */
function rot(path: string): void {
  const bytes = readFileSync(path);
  bytes[0] = (bytes[0] ?? 0) ^ 1;
  chmodSync(path, 0o600);
  writeFileSync(path, bytes);
}

/** A repository that our engine made, and where a client finds it. */
async function filled(world: ServedVault) {
  const credentialFile = join(world.folder, 'credential');
  writeFileSync(credentialFile, `edit:${tokenOf('edit')}\n`, { mode: 0o600 });
  const place = { kind: 'rest', url: `http://127.0.0.1:${world.service.port}/edit/`, credentialFile } as const;
  const store = openRestStore(place);
  const source = join(world.folder, 'source', 'tree');
  mkdirSync(source);
  makeOddTree(source);
  await world.service.vault.openWindow(10);
  await createRepository({ store, password: 'a password' }, OWNER, FAST);
  await world.service.vault.openWindow(0);
  const repository = await openRepository({ store, password: 'a password' });
  await backup(repository, { source, place, at: Date.UTC(2026, 0, 4), attributes: openFileAttributes() });
  await store.close();
  const own = join(world.root, 'repositories', 'edit');
  const other = join(world.folder, 'other-copy');
  cpSync(own, other, { recursive: true });
  return { own, other, job: { place, passwordFile: join(world.folder, 'password'), readData: true } as const };
}

test('rot in a pack, an index, a key and the config of a vault: found by it, healed through its door, stock restic reads all', async () => {
  const world = await serveTestVault();
  try {
    const { own, other, job } = await filled(world);
    const paths = ['data', 'index', 'snapshots', 'keys'].map((type) => objectsIn(own, type)[0] ?? assert.fail());
    for (const path of [...paths, join(own, 'config')]) rot(path);
    await world.service.rereading.beginNow();
    await world.service.rereading.settled();
    const status = await statusOf(world.service.vault, {
      clients: [],
      locks: 'service',
      identity: '',
      hasLedger: false,
    });
    assert.equal(status.damaged.length, 5);
    assert.match(status.attention.join(), /5 stored objects are damaged.*backup heal/);
    const from = { kind: 'folder', folder: other, sync: false } as const;
    const { healed, after } = await healRepository({ kind: 'heal', ...job, from }, nothing);
    assert.equal(healed.length, 5, healed.join());
    assert.deepEqual([after.damageCount, after.lostCount], [0, 0]);
    assert.deepEqual(damageOf(world.service.vault.holdings).objects, []);
    const checked = await world.restic('check', '--read-data');
    assert.equal(checked.code, 0, checked.err);
  } finally {
    await world.close();
  }
});

test('a vault that is whole refuses every healing by name, and a pulled repository takes none through the door', async () => {
  const world = await serveTestVault([{}, { name: 'far', isPulled: true }]);
  try {
    await filled(world);
    const { name } = await world.put('data', 'pack');
    for (const body of ['pack', 'pock']) {
      const answer = await world.ask('POST', `edit/data/${name}?heal=true`, { body });
      assert.deepEqual([answer.status, (await answer.text()).split(':')[0]], [403, 'whole']);
    }
    const far = await world.ask('POST', `far/data/${name}?heal=true`, { body: 'pack', client: 'far' });
    assert.deepEqual([far.status, (await far.text()).split(':')[0]], [403, 'pulled']);
    const lock = await world.ask('POST', `edit/locks/${name}?heal=true`, { body: 'pack' });
    assert.equal(lock.status, 403);
    const foreign = await world.ask('POST', `edit/data/${name}?heal=true`, { body: 'pack', client: 'far' });
    assert.equal(foreign.status, 401);
    const read = await world.ask('GET', `edit/data/${name}`);
    assert.equal(await read.text(), 'pack');
  } finally {
    await world.close();
  }
});

test('the ledger hears of damage and of healing, each once, from beside the vault and from another machine', async () => {
  const world = await serveTestVault([{}, { name: 'ledger', follows: true, quotaBytes: 0 }]);
  const { engine, vault, now } = await openFacilityOfTwo();
  try {
    const { own, other, job } = await filled(world);
    const link = linkLedger(world.service.vault, engine, vault, world.root);
    const door = openDoor({
      url: `http://127.0.0.1:${world.service.port}/`,
      credential: `ledger:${tokenOf('ledger')}`,
    });
    const { fingerprint: identity } = openVaultIdentity(world.root);
    const follow = () =>
      followOnce({ engine, vault, door, identity, progressPath: join(world.folder, 'follow.json'), now });
    const damage = () => engine.state().backups.vaults.get(vault)?.damage;
    const [pack = ''] = objectsIn(own, 'data');
    rot(pack);
    await world.service.rereading.beginNow();
    await world.service.rereading.settled();
    await link.sendDamage();
    assert.deepEqual(damage(), { objects: [`edit/data/${pack.slice(-64)}`], count: 1 });
    const { n } = world.service.vault.holdings;
    await link.sendDamage();
    await follow();
    assert.equal(damage()?.count, 1);
    await healRepository({ kind: 'heal', ...job, from: { kind: 'folder', folder: other, sync: false } }, nothing);
    assert.ok(world.service.vault.holdings.n > n);
    await follow();
    assert.equal(damage(), undefined);
  } finally {
    await world.close();
    await engine.close();
  }
});

test('a second vault heals what rotted there from the first one, with its daily look at everything', async () => {
  const world = await startTwoVaults();
  try {
    await world.store('config', Buffer.from('config'));
    const name = await world.store('data', Buffer.from('pack'));
    await world.pull({ window: true });
    const path = join(world.secondFolder, 'repositories/edit/data', name.slice(0, 2), name);
    rot(path);
    await world.second.rereading.beginNow();
    await world.second.rereading.settled();
    assert.equal(world.second.vault.holdings.damaged().size, 1);
    await world.pull({ isFull: true });
    assert.equal(readFileSync(path, 'utf8'), 'pack');
    assert.equal(world.second.vault.holdings.damaged().size, 0);
  } finally {
    await world.close();
  }
});
