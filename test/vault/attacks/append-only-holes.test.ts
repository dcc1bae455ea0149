/**
 * The ten known holes of append-only repositories, one test each, with a client that an attacker holds: its machine, its token, its password, and
 * stock restic.
 */
import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { DAY_MS, enrol, initialise, serveTestVault, sha256 } from './served-vault.ts';
import type { ServedVault } from './served-vault.ts';
import { markApproved } from '#vault/server/test-vault.ts';
import { layoutOf } from '#vault/server/layout.ts';

interface Snapshot {
  readonly id: string;
  readonly time: string;
}

let world: ServedVault;
before(async () => {
  world = await serveTestVault();
  await initialise(world);
  writeFileSync(join(world.folder, 'source', 'cut.xml'), 'the real cut');
  const made = await world.restic('backup', join(world.folder, 'source'));
  assert.equal(made.code, 0, made.err);
});
after(() => world.close());

async function snapshots(): Promise<readonly Snapshot[]> {
  return JSON.parse((await world.restic('--no-lock', 'snapshots', '--json')).out) as readonly Snapshot[]; // restic's
}

/** What killed clients left: anybody may remove lock files. */
async function clearLocks(): Promise<void> {
  const names = (await (await world.ask('GET', 'edit/locks/')).json()) as readonly string[]; // our own server's
  for (const name of names) await world.ask('DELETE', `edit/locks/${name}`);
}

async function arrivedSnapshots(): Promise<readonly string[]> {
  return (await world.arrivals()).filter(({ type }) => type === 'snapshots').map(({ name }) => name);
}

test('hole 1, forget poisoning: snapshots with chosen times make nothing go, and arrival tells the real ones apart', async () => {
  const [real] = await arrivedSnapshots();
  writeFileSync(join(world.folder, 'source', 'cut.xml'), '');
  for (const time of ['2026-01-04 23:59:59', '2026-01-05 23:59:59'])
    assert.equal((await world.restic('backup', '--time', time, join(world.folder, 'source'))).code, 0);
  assert.match(await world.resticRefused('forget', '--keep-last', '1', '--group-by', 'host', '--prune'), /403/);
  await clearLocks();
  const order = await arrivedSnapshots();
  assert.equal(order.length, 3);
  assert.equal(order[0], real, 'the oldest by arrival is the real one, whatever times were written into the others');
  const restored = await world.restic('--no-lock', 'dump', real ?? '', join(world.folder, 'source', 'cut.xml'));
  assert.equal(restored.out, 'the real cut');
});

test('hole 2, future dates: a snapshot of 2031 is the newest by its own word only', async () => {
  writeFileSync(join(world.folder, 'source', 'cut.xml'), 'poison');
  await world.restic('backup', '--time', '2031-01-01 00:00:00', join(world.folder, 'source'));
  writeFileSync(join(world.folder, 'source', 'cut.xml'), 'the newest real cut');
  await world.restic('backup', join(world.folder, 'source'));
  const byClaim = (await snapshots()).toSorted((a, b) => a.time.localeCompare(b.time)).at(-1);
  assert.match(byClaim?.time ?? '', /^2031/);
  const latest = (await arrivedSnapshots()).at(-1) ?? '';
  assert.notEqual(latest, byClaim?.id);
  const restored = await world.restic('--no-lock', 'dump', latest, join(world.folder, 'source', 'cut.xml'));
  assert.equal(restored.out, 'the newest real cut');
  const lock = (await world.arrivals()).find(({ name }) => name === byClaim?.id);
  assert.equal(lock?.lockedUntil, world.clock.wall + 30 * DAY_MS, 'and it is kept no longer than any other');
});

test('hole 3, key planting: no key is added outside a window, through the door or by hand', async () => {
  writeFileSync(join(world.folder, 'second'), 'a second password\n');
  const second = ['key', 'add', '--new-password-file', join(world.folder, 'second')];
  assert.match(await world.resticRefused(...second), /403/);
  await clearLocks();
  const planted = layoutOf(world.root).pathOf('edit', 'keys', sha256('planted'));
  writeFileSync(planted, 'planted');
  assert.equal((await world.ask('GET', `edit/keys/${sha256('planted')}`)).status, 404);
  const listed = (await (await world.ask('GET', 'edit/keys/')).json()) as readonly string[]; // our own server's
  assert.equal(listed.length, 1);
  await world.again();
  assert.equal(((await (await world.ask('GET', 'edit/keys/')).json()) as readonly string[]).length, 1);
  assert.equal(world.service.vault.found.foreign.length, 1);
  rmSync(planted);
});

test('hole 4, overwrites: neither a config, nor an old config put back, nor other bytes under a known name', async () => {
  const config = readFileSync(join(world.root, 'repositories', 'edit', 'config'));
  for (const body of ['another config', config]) {
    await world.service.vault.openWindow(5);
    assert.equal((await world.ask('POST', 'edit/config', { body })).status, 403, 'not even in a window');
    await world.service.vault.openWindow(0);
  }
  const [one] = (await world.arrivals()).filter(({ type }) => type === 'data');
  const name = one?.name ?? '';
  const before = sha256(readFileSync(layoutOf(world.root).pathOf('edit', 'data', name)));
  assert.equal((await world.put('data', 'other bytes', { name })).status, 403);
  assert.equal((await world.put('data', 'other bytes', { name: sha256('some bytes') })).status, 400);
  assert.equal(sha256(readFileSync(layoutOf(world.root).pathOf('edit', 'data', name))), before);
  assert.deepEqual(readFileSync(join(world.root, 'repositories', 'edit', 'config')), config);
});

test('hole 5, lock files: removing a lock opens the way to nothing, and locks are bounded', async () => {
  const lock = await world.put('locks', 'a lock');
  assert.equal((await world.ask('DELETE', `edit/locks/${lock.name}`)).status, 200);
  for (const { type, name } of await world.arrivals()) {
    const path = type === 'config' ? 'edit/config' : `edit/${type}/${name}`;
    assert.equal((await world.ask('DELETE', path)).status, 403, path);
  }
  assert.equal((await world.put('locks', 'x'.repeat(65_537))).status, 413);
  const held = await world.put('locks', 'a client at work');
  const [snapshot] = await arrivedSnapshots();
  const approval = { prune: 'prn_x', snapshots: [snapshot ?? ''], bytes: 0 };
  const mark = markApproved(world.service.vault, approval, [`snapshots/${snapshot}`]);
  await assert.rejects(mark, { code: 'client-at-work' });
  await world.ask('DELETE', `edit/locks/${held.name}`);
});

test('hole 6, orphan packs: indexes cannot be taken away through the door, and what vanishes otherwise is named', async () => {
  const index = (await world.arrivals()).find(({ type }) => type === 'index');
  assert.equal((await world.ask('DELETE', `edit/index/${index?.name}`)).status, 403);
  const path = layoutOf(world.root).pathOf('edit', 'index', index?.name ?? '');
  const bytes = readFileSync(path);
  rmSync(path, { force: true });
  await world.again();
  assert.deepEqual(world.service.vault.found.missing, [`edit/index/${index?.name}`]);
  writeFileSync(path, bytes);
  await world.again();
  assert.deepEqual(world.service.vault.found.missing, []);
});

test('hole 7, confidentiality: a client reads its own repository only, and one that only writes not even that', async () => {
  const other = await serveTestVault([{}, { name: 'other' }, { name: 'blind', reads: false }]);
  try {
    for (const client of ['edit', 'blind']) await enrol(other, client);
    const { name } = await other.put('data', 'picture');
    assert.equal((await other.ask('GET', `edit/data/${name}`, { client: 'other' })).status, 401);
    assert.equal((await other.ask('GET', 'edit/?arrivals-after=0', { client: 'other' })).status, 401);
    await other.put('data', 'picture', { client: 'blind' });
    assert.equal((await other.ask('GET', `blind/data/${name}`, { client: 'blind' })).status, 403);
    assert.equal((await other.ask('HEAD', `blind/data/${name}`, { client: 'blind' })).status, 200);
    assert.equal((await other.ask('GET', 'blind/config', { client: 'blind' })).status, 200);
  } finally {
    await other.close();
  }
});

test('hole 9, filling the disk: a quota holds against a flood, for all requests together, and the growth is said', async () => {
  const other = await serveTestVault([{ quotaBytes: 100_000 }, { name: 'other', quotaBytes: 100_000 }]);
  try {
    for (const client of ['edit', 'other']) await enrol(other, client);
    await other.put('data', 'a small beginning');
    other.pass(3 * DAY_MS);
    const flood = Array.from({ length: 30 }, (_, i) => other.put('data', `${i}`.padEnd(9000, 'x')));
    const statuses = (await Promise.all(flood)).map(({ status }) => status);
    assert.ok(statuses.includes(507));
    assert.ok(other.service.vault.holdings.bytesOf('edit') <= 100_000);
    assert.ok(statuses.filter((status) => status === 200).length >= 10, 'what fits is taken');
    assert.equal((await other.put('data', 'somebody else', { client: 'other' })).status, 200);
    const { statusOf } = await import('#host/vault/vault-status.ts');
    const clients = [{ name: 'edit', quotaBytes: 100_000, lockDays: 30, reads: true }];
    const status = await statusOf(other.service.vault, { clients, locks: 'service', identity: '', hasLedger: false });
    assert.match(status.attention.join(' '), /edit stored \d+ % of its quota within a day/);
  } finally {
    await other.close();
  }
});

test('hole 10, locks that run out: the vault renews them with no client there, and no prune looks past them', async () => {
  const other = await serveTestVault();
  try {
    await enrol(other);
    const { name } = await other.put('data', 'picture');
    for (let day = 0; day < 60; day += 1) {
      other.pass(DAY_MS);
      await other.service.round();
    }
    const arrival = (await other.arrivals()).find((one) => one.name === name);
    assert.equal(arrival?.lockedUntil, other.clock.wall + 30 * DAY_MS, 'renewed on the last day, by the vault alone');
    await markApproved(other.service.vault, { prune: 'prn_x', snapshots: [], bytes: 7 }, [`data/${name}`]);
    other.pass(29 * DAY_MS);
    await other.service.round();
    assert.deepEqual(await other.service.vault.sweep(new Set(['prn_x'])), []);
    other.pass(DAY_MS);
    assert.equal((await other.service.vault.sweep(new Set(['prn_x']))).length, 1);
  } finally {
    await other.close();
  }
});

test('after all of it the repository is whole', async () => {
  const checked = await world.restic('--no-lock', 'check', '--read-data');
  assert.equal(checked.code, 0, checked.err);
});
