/**
 * The vault and the ledger: receipts of everything, once the engine is there and after it was away; and what two people have to have done before
 * anything is set aside or goes. The engine is a real one, in memory, with a clock that the test turns.
 */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { openFacilityOfTwo } from './facility-of-two.ts';
import type { FacilityOfTwo } from './facility-of-two.ts';
import { DAY_MS, enrol, serveTestVault, sha256 } from './served-vault.ts';
import type { ServedVault } from './served-vault.ts';
import { keep } from '#host/vault/keeping.ts';
import type { Keeping } from '#host/vault/keeping.ts';
import { linkLedger } from '#host/vault/ledger-link.ts';
import type { LedgerLink } from '#host/vault/ledger-link.ts';
import { PRUNE_WAIT_MS } from '#model/limits.ts';
import type { VaultId } from '#std/ids.ts';
import { Fault } from '#std/refused.ts';

let facility: FacilityOfTwo;
let engine: FacilityOfTwo['engine'];
let world: ServedVault;
let link: LedgerLink;
let keeping: Keeping;
let vault: VaultId;
const troubles: string[] = [];

beforeEach(async () => {
  troubles.length = 0;
  facility = await openFacilityOfTwo();
  ({ engine, vault } = facility);
  world = await serveTestVault();
  await enrol(world);
  link = linkLedger(world.service.vault, engine, vault, world.root);
  keeping = keep({
    vault: world.service.vault,
    clients: () => [{ name: 'edit', quotaBytes: 1 << 30, lockDays: 30, reads: true }],
    ledger: () => link,
    following: { word: () => undefined },
    onTrouble: (what, cause) => troubles.push(`${what}: ${String(cause)}`),
  });
});
afterEach(async () => {
  await world.close();
  await engine.close();
});

async function accepted(): Promise<readonly string[]> {
  const { entries } = await engine.search({ kind: 'vault.accepted', limit: 100 });
  return entries
    .toReversed()
    .flatMap(({ entry }) => (entry.kind === 'vault.accepted' ? entry.data.rows : []))
    .map(({ n, object }) => `${n} ${object}`);
}

/** A day passes for the vault and for the ledger. */
async function day(days = 1): Promise<void> {
  for (let i = 0; i < days; i += 1) {
    world.pass(DAY_MS);
    facility.pass(DAY_MS);
    await keeping.round();
  }
}

test('every object that was accepted is a receipt in the ledger, in order of arrival, once', async () => {
  const names = ['config'];
  for (let i = 0; i < 205; i += 1) names.push((await world.put('data', `picture ${i}`)).name);
  await keeping.round();
  await keeping.round();
  const objects = (await accepted()).map((row) => row.split(' ')[1]);
  assert.deepEqual(objects, names);
  assert.deepEqual(troubles, []);
});

test('receipts of a time without an engine, and over a restart of the vault, come later and none twice', async () => {
  await world.put('data', 'one');
  await keeping.round();
  const away = { ...engine, record: () => Promise.reject(new Fault('engine-lost', 'away', { retry: true })) };
  link = linkLedger(world.service.vault, away, vault, world.root);
  await world.put('data', 'two');
  await keeping.round();
  assert.equal((await accepted()).length, 2);
  await world.again();
  link = linkLedger(world.service.vault, engine, vault, world.root);
  await link.sendReceipts();
  assert.equal((await accepted()).length, 3);
  assert.equal(new Set(await accepted()).size, 3);
});

test('refusals are told with their number, and a doubted clock is on record', async () => {
  for (let i = 0; i < 5; i += 1) link.noteRefusal('edit', 'locked', 'data/x');
  world.clock = { ...world.clock, wall: world.clock.wall + 400 * DAY_MS };
  await keeping.round();
  const { entries } = await engine.search({ kind: 'vault.refused', limit: 10 });
  assert.partialDeepStrictEqual(entries[0]?.entry.data, { client: 'edit', code: 'locked', times: 5 });
  assert.match(engine.state().backups.vaults.get(vault)?.clockDoubt ?? '', /stepped/);
  assert.deepEqual(troubles, []);
});

function mark(prune: string, objects: readonly string[]): Promise<void> {
  const { mark: set, holdings } = world.service.vault;
  return set({ ...link.approval(prune), upTo: holdings.n }, 'edit', objects, PRUNE_WAIT_MS);
}

test('a removal needs two people, a hand at the vault, the waiting time and the end of the locks', async () => {
  const [snapshot, pack] = [await world.put('snapshots', 'old'), await world.put('data', 'pack')];
  const objects = [`snapshots/${snapshot.name}`, `data/${pack.name}`];
  const prune = await facility.askPrune([snapshot.name], 4, objects);
  await assert.rejects(async () => mark(prune, objects), { code: 'not-approved' });
  await assert.rejects(facility.ask({ kind: 'approve-prune', prune }), { code: 'own-prune' });
  await facility.ask({ kind: 'approve-prune', prune }, facility.second);
  await day(60);
  assert.ok(world.service.vault.holdings.readable('edit', 'data', pack.name), 'two people alone remove nothing');
  await mark(prune, objects);
  await day(29);
  assert.ok(
    world.service.vault.holdings.get('edit', 'data', pack.name),
    'locked until thirty days after its last renewal',
  );
  await day(2);
  assert.equal(world.service.vault.holdings.get('edit', 'data', pack.name), undefined);
  assert.equal(engine.state().backups.prunes.get(prune)?.standing, 'finished');
  assert.deepEqual(troubles, []);
});

test('declined while it waits: what was set aside comes back', async () => {
  const snapshot = await world.put('snapshots', 'old');
  const prune = await facility.askPrune([snapshot.name], 0, [`snapshots/${snapshot.name}`]);
  await facility.ask({ kind: 'approve-prune', prune }, facility.second);
  await mark(prune, [`snapshots/${snapshot.name}`]);
  await facility.ask({ kind: 'decline-prune', prune, reason: 'not this one' }, facility.second);
  await day(1);
  assert.ok(world.service.vault.holdings.readable('edit', 'snapshots', snapshot.name));
  await day(90);
  assert.ok(world.service.vault.holdings.readable('edit', 'snapshots', snapshot.name));
});

test('an alarm stops every removal until somebody settles it', async () => {
  const snapshot = await world.put('snapshots', 'old');
  const prune = await facility.askPrune([snapshot.name], 0, [`snapshots/${snapshot.name}`]);
  await facility.ask({ kind: 'approve-prune', prune }, facility.second);
  await mark(prune, [`snapshots/${snapshot.name}`]);
  await facility.alarm();
  await day(90);
  assert.ok(world.service.vault.holdings.get('edit', 'snapshots', snapshot.name));
});

test('a legal hold keeps the whole repository, whatever a removal names', async () => {
  const [kept, other] = [await world.put('snapshots', 'kept'), await world.put('snapshots', 'other')];
  const pack = await world.put('data', 'pack');
  const placeHold = await facility.project(kept.name);
  const early = await facility.askPrune([other.name], 4, [`snapshots/${other.name}`]);
  const late = await facility.askPrune([sha256('elsewhere')], 4, [`data/${pack.name}`]);
  for (const prune of [early, late]) await facility.ask({ kind: 'approve-prune', prune }, facility.second);
  await mark(early, [`snapshots/${other.name}`]);
  await placeHold();
  await assert.rejects(async () => mark(late, [`data/${pack.name}`]), { code: 'legal-hold' });
  await day(120);
  assert.ok(world.service.vault.holdings.readable('edit', 'data', pack.name));
  assert.ok(world.service.vault.holdings.get('edit', 'snapshots', other.name), 'set aside before the hold, and kept');
  // The same round without a hold, by the same approval: nothing else kept it.
  const { at } = await world.service.vault.now();
  const swept = await world.service.vault.sweep(link.approved(at).now);
  assert.deepEqual(
    swept.map(({ prune }) => prune),
    [early],
  );
  assert.deepEqual(troubles, []);
});

test('root of the main host with every key: it approves what it likes, and without a hand at the vault nothing goes', async () => {
  const pack = await world.put('data', 'pack');
  const snapshot = await world.put('snapshots', 'old');
  const prune = await facility.askPrune([snapshot.name, sha256('anything')], Number.MAX_SAFE_INTEGER);
  await facility.ask({ kind: 'approve-prune', prune }, facility.second);
  // It holds the client's token too.
  for (const path of [`data/${pack.name}`, `snapshots/${snapshot.name}`, 'config'])
    assert.equal((await world.ask('DELETE', `edit/${path}`)).status, 403);
  await day(120);
  assert.ok(world.service.vault.holdings.readable('edit', 'data', pack.name));
  assert.ok(world.service.vault.holdings.readable('edit', 'snapshots', snapshot.name));
  // And with the main host gone for good the vault renews on its own, and removes nothing.
  link = linkLedger(world.service.vault, { ...engine, lease: () => 0 }, vault, world.root);
  await day(120);
  const arrival = (await world.arrivals()).find(({ name }) => name === pack.name);
  assert.equal(arrival?.lockedUntil, world.clock.wall + 30 * DAY_MS);
});
