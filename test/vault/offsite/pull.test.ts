/** A second vault that pulls: what it takes over a wire that fails, and what the first one can and cannot do to it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { startTwoVaults, DAY_MS, sha256 } from './two-vaults.ts';
import type { TwoVaults } from './two-vaults.ts';
import { readUpstreams } from '#host/offsite/upstream-book.ts';
import { openUpstream } from '#host/offsite/upstream-client.ts';
import { openOwnCertificate } from '#host/tls/self-signed.ts';
import { markApproved } from '#vault/server/test-vault.ts';
import { layoutOf } from '#vault/server/layout.ts';

let world: TwoVaults;
beforeEach(async () => void (world = await startTwoVaults()));
afterEach(() => world.close());

/** A repository as a client makes it: config, key, packs, index, snapshot. */
async function repository(packs: readonly Uint8Array[]): Promise<readonly string[]> {
  await world.store('config', Buffer.from('a config'));
  await world.store('keys', Buffer.from('a key'));
  const names: string[] = [];
  for (const pack of packs) names.push(await world.store('data', pack));
  await world.store('index', Buffer.from('an index'));
  await world.store('snapshots', Buffer.from('a snapshot'));
  return names;
}

const firstPath = (type: 'data' | 'config', name: string): string =>
  layoutOf(join(world.folder, 'first')).pathOf('edit', type, name);

test('everything comes over, is locked by the second vault’s own time, and nothing comes twice', async () => {
  const packs = await repository([randomBytes(100_000), randomBytes(3)]);
  const [house] = await world.pull({ window: true });
  assert.deepEqual(house?.attention, []);
  assert.deepEqual([...world.held('data')].sort(), [...packs].sort());
  assert.deepEqual([world.held('config').length, world.held('keys').length, world.held('snapshots').length], [1, 1, 1]);
  const { holdings } = world.second.vault;
  const { at } = await world.second.vault.now();
  for (const held of holdings.all()) assert.ok(holdings.lockedUntil(held) >= at + 90 * DAY_MS);
  const lines = holdings.n;
  await world.pull({ isFull: true });
  assert.equal(holdings.n, lines);
  const late = await world.store('data', Buffer.from('one more'));
  await world.pull();
  assert.ok(world.held('data').includes(late));
});

test('a config and keys come in a window only; the packs do not wait for them', async () => {
  await repository([Buffer.from('pack')]);
  const [house] = await world.pull();
  assert.deepEqual([world.held('config'), world.held('keys'), world.held('data').length], [[], [], 1]);
  assert.match(house?.attention.join(' ') ?? '', /config, keys\/.* wait for a window/);
  const [after] = await world.pull({ window: true });
  assert.deepEqual([world.held('keys').length, after?.attention], [1, []]);
});

test('a wire that is cut at any byte: each object goes on where it stopped, none is lost', async () => {
  const packs = await repository([randomBytes(700_000), randomBytes(300_000), randomBytes(1)]);
  let connections = 0;
  // Past the handshake most of the time, and within it now and then.
  world.wire.cutAfter = () => ((connections += 1) <= 12 ? 1_000 + ((connections * 7919 * 13) % 150_000) : Infinity);
  for (let tries = 0; world.held('snapshots').length === 0 && tries < 20; tries += 1)
    await world.pull({ window: true });
  assert.ok(world.wire.cuts >= 3, `${world.wire.cuts} cuts`);
  assert.deepEqual([...world.held('data')].sort(), [...packs].sort());
  const [house] = await world.pull({ isFull: true });
  assert.deepEqual(house?.attention, []);
});

test('what is changed, lost or removed at the first is a finding, and stays as it was here', async () => {
  const [good = '', gone = '', changed = ''] = await repository([
    Buffer.from('good'),
    Buffer.from('gone'),
    Buffer.from('changed'),
  ]);
  await world.pull({ window: true });
  const late = await world.store('data', Buffer.from('spoiled before it came'));
  const lost = await world.store('data', Buffer.from('lost before it came'));
  chmodSync(firstPath('data', late), 0o600);
  writeFileSync(firstPath('data', late), 'spoiled before it camf');
  rmSync(firstPath('data', lost));
  chmodSync(firstPath('config', ''), 0o600);
  writeFileSync(firstPath('config', ''), 'b config');
  // Root of the first vault: removes a file, and its line from the table.
  await forget(gone);
  const [house] = await world.pull({ isFull: true });
  const found = house?.repositories[0]?.findings.map(({ code, object }) => `${code} ${object}`).sort();
  assert.deepEqual(found, [`changed config`, `changed data/${late}`, `gone data/${gone}`, `missing data/${lost}`]);
  assert.equal(house?.attention.length, 4);
  const told = world.second.puller.found();
  assert.equal(told?.count, 4);
  assert.ok(told.findings.some(({ code, object }) => code === 'gone' && object === `house/edit/data/${gone}`));
  assert.equal(world.first.puller.found(), undefined, 'a vault that copies from none says nothing of it');
  assert.deepEqual([...world.held('data')].sort(), [changed, gone, good].sort());
  for (const [name, text] of [
    [good, 'good'],
    [gone, 'gone'],
    [changed, 'changed'],
  ] as const) {
    const there = await world.second.vault.find('edit', 'data', name);
    assert.equal(readFileSync(there?.path ?? '', 'utf8'), text);
  }
});

/** As if the first vault's journal had never known it. */
async function forget(name: string): Promise<void> {
  const { holdings } = world.first.vault;
  const { at, n } = holdings;
  holdings.apply({ kind: 'swept', n, at, prune: '', objects: [`edit/data/${name}`] });
}

test('a removal that was approved at the first is no finding, and removes nothing here', async () => {
  const [gone = ''] = await repository([Buffer.from('gone')]);
  await world.pull({ window: true });
  await markApproved(world.first.vault, { prune: 'prn_1', snapshots: [], bytes: 100 }, [`data/${gone}`]);
  await world.pull({ isFull: true });
  await forget(gone);
  const [house] = await world.pull({ isFull: true });
  assert.deepEqual(house?.attention, []);
  assert.deepEqual(world.held('data'), [gone]);
});

test('the first vault’s keys open nothing at the second, and a puller writes nothing at the first', async () => {
  await repository([Buffer.from('pack')]);
  await world.pull({ window: true });
  const { url, serverCert } = readUpstreams(world.secondFolder)[0] ?? assert.fail('it pulls');
  const ours = await openOwnCertificate(world.secondFolder, [], Date.now());
  const ask = (method: string, path: string): Promise<number> =>
    new Promise((done, failed) => {
      const asked = request(new URL(path, url), {
        method,
        ca: serverCert,
        cert: ours.cert,
        key: ours.key,
        agent: false,
      });
      asked.once('error', failed);
      asked.once('response', (response) => {
        response.resume();
        done(response.statusCode ?? 0);
      });
      asked.end(method === 'POST' ? 'x' : undefined);
    });
  const name = sha256(Buffer.from('x'));
  assert.equal(await ask('GET', '/edit/?arrivals-after=0'), 200);
  assert.equal(await ask('POST', `/edit/data/${name}`), 401);
  assert.equal(await ask('POST', `/edit/locks/${name}`), 401);
  assert.equal(await ask('DELETE', `/edit/locks/${name}`), 401);
  assert.equal(await ask('DELETE', '/edit/'), 405);
  // At the second nobody is known who was known at the first.
  const there = await fetch(`http://127.0.0.1:${world.second.port}/edit/data/`, {
    headers: { authorization: `Basic ${btoa('edit:x')}` },
  });
  assert.equal(there.status, 401);
});

test('whoever stands in for the first vault is not believed, and an unknown puller hears nothing', async () => {
  await repository([Buffer.from('pack')]);
  const [row] = readUpstreams(world.secondFolder);
  assert.ok(row !== undefined);
  const ours = await openOwnCertificate(world.secondFolder, [], Date.now());
  const other = await openOwnCertificate(join(world.folder, 'other'), ['127.0.0.1'], Date.now());
  const believer = openUpstream({ ...row, serverCert: other.cert, cert: ours.cert, key: ours.key });
  await assert.rejects(believer.repositories(), { code: 'upstream-unknown' });
  const stranger = openUpstream({ ...row, cert: other.cert, key: other.key });
  await assert.rejects(stranger.repositories(), { code: 'upstream-refused' });
  believer.close();
  stranger.close();
});

test('killed anywhere, it goes on with the next start, and holds nothing half', async () => {
  const packs = await repository(
    Array.from({ length: 8 }, (_, i) => Buffer.concat([Buffer.from([i]), randomBytes(60_000)])),
  );
  await world.second.vault.openWindow(60);
  await world.second.close();
  for (const killAfter of [1, 4]) await killedPull(killAfter);
  world.second = await world.startSecond();
  await world.second.puller.pull(true);
  assert.deepEqual([...world.held('data')].sort(), [...packs].sort());
  assert.deepEqual(world.second.vault.found.missing, []);
  const [house] = await world.second.puller.status();
  assert.deepEqual(house?.attention, []);
  for (const name of packs) {
    const there = await world.second.vault.find('edit', 'data', name);
    assert.equal(sha256(readFileSync(there?.path ?? '')), name);
  }
});

/** The second vault in a process of its own, ended by SIGKILL as soon as it says that so many objects are durable. */
async function killedPull(killAfter: number): Promise<void> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'pull-child.ts'), world.secondFolder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let told = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    told += chunk.filter((byte) => byte === 0x0a).length;
    if (told >= killAfter) child.kill('SIGKILL');
  });
  await once(child, 'close');
  assert.ok(told >= killAfter, 'it was killed while it worked');
}

test('the schedule pulls what is due, says how far behind it is, and what fails', async () => {
  await repository([Buffer.from('pack')]);
  await world.second.vault.openWindow(10);
  await world.second.puller.round();
  assert.equal(world.held('data').length, 1);
  const late = await world.store('data', Buffer.from('later'));
  await world.second.puller.round();
  assert.equal(world.held('data').length, 1, 'it is not due yet');
  world.pass(15 * 60_000);
  await world.second.puller.round();
  assert.ok(world.held('data').includes(late));
  world.wire.cutAfter = () => 1;
  world.pass(60 * 60_000);
  await world.second.puller.round();
  const [house] = await world.second.puller.status();
  assert.equal(house?.failure?.code, 'upstream-unreachable');
  assert.equal(house?.repositories[0]?.lagMs, 60 * 60_000);
  assert.match(house?.attention.join(' ') ?? '', /last complete 60 minutes ago/);
  world.wire.cutAfter = undefined;
  world.pass(15 * 60_000);
  await world.second.puller.round();
  assert.deepEqual((await world.second.puller.status())[0]?.attention, []);
});
