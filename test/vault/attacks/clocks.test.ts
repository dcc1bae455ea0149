/** Whoever turns a clock of the vault's machine wins no lock: forward, back, at boot, over many boots, through a namespace, by an old file put back. */
import assert from 'node:assert/strict';
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { DAY_MS, enrol, serveTestVault } from './served-vault.ts';
import type { ServedVault } from './served-vault.ts';
import { markApproved } from '#vault/server/test-vault.ts';

let world: ServedVault;
let picture = '';
beforeEach(async () => {
  world = await serveTestVault();
  await enrol(world);
  picture = (await world.put('data', 'picture')).name;
  // The worst case: two people have approved, the object is set aside, only time is missing.
  const approved = { prune: 'prn_x', snapshots: [], bytes: 7 };
  await markApproved(world.service.vault, approved, [`data/${picture}`], 7 * DAY_MS);
});
afterEach(() => world.close());

async function isKept(): Promise<boolean> {
  await world.service.round();
  await world.service.vault.sweep(new Set(['prn_x']));
  return world.service.vault.holdings.get('edit', 'data', picture) !== undefined;
}

async function doubt(): Promise<string> {
  return (await world.service.vault.now()).doubt ?? '';
}

function turn(wallMs: number, more: Partial<ServedVault['clock']> = {}): void {
  world.clock = { ...world.clock, wall: world.clock.wall + wallMs, ...more };
}

test('the same without an attack: time passes, and it goes', async () => {
  world.pass(31 * DAY_MS);
  assert.equal(await isKept(), false);
});

test('forward while it runs: doubted, kept, and kept after somebody trusts the clock', async () => {
  turn(400 * DAY_MS);
  assert.equal(await isKept(), true);
  assert.match(await doubt(), /stepped/);
  await world.service.vault.trustClock();
  assert.equal(await isKept(), true);
});

test('forward in steps that are each too small to notice', async () => {
  for (let i = 0; i < 2000; i += 1) {
    turn(4999);
    await world.service.vault.now();
  }
  const { at } = await world.service.vault.now();
  assert.equal(at, Date.UTC(2026, 0, 5), 'the wall clock moves nothing while the machine runs');
});

test('back: doubted, and no lock gets shorter or longer by it', async () => {
  turn(-400 * DAY_MS);
  assert.equal(await isKept(), true);
  assert.match(await doubt(), /stepped/);
  const arrival = (await world.arrivals()).find(({ name }) => name === picture);
  assert.equal(arrival?.lockedUntil, Date.UTC(2026, 0, 5) + 30 * DAY_MS);
});

test('at boot, a year ahead: a day is believed, and it is doubted', async () => {
  turn(365 * DAY_MS, { boot: 'boot-2', monotonic: 3 });
  await world.again();
  assert.equal(await isKept(), true);
  assert.match(await doubt(), /ahead/);
});

test('at boot, back: doubted', async () => {
  turn(-DAY_MS, { boot: 'boot-2', monotonic: 3 });
  await world.again();
  assert.equal(await isKept(), true);
  assert.match(await doubt(), /back/);
});

test('over forty boots, each a little less than a day ahead', async () => {
  for (let i = 2; i < 42; i += 1) {
    turn(0.99 * DAY_MS, { boot: `boot-${i}`, monotonic: 3 });
    await world.service.vault.now();
  }
  assert.equal(await isKept(), true);
  assert.match(await doubt(), /reboots credit a day in all/);
});

test('a process started in a time namespace with years of uptime', async () => {
  turn(0, { monotonic: 900 * DAY_MS });
  await world.again();
  assert.equal(await isKept(), true);
  await world.service.vault.trustClock();
  assert.equal(await isKept(), true);
});

test('an old clock file put back, and none at all', async () => {
  copyFileSync(join(world.root, 'clock.json'), join(world.folder, 'old.json'));
  world.pass(20 * DAY_MS);
  await world.service.vault.now();
  await world.again();
  copyFileSync(join(world.folder, 'old.json'), join(world.root, 'clock.json'));
  await world.again();
  assert.equal(await isKept(), true, 'time that was counted is not counted twice');
  rmSync(join(world.root, 'clock.json'));
  turn(400 * DAY_MS);
  await world.again();
  assert.equal(await isKept(), true);
});

test('while it is doubted, storing and reading go on, and locks are renewed', async () => {
  turn(400 * DAY_MS);
  assert.equal((await world.put('data', 'tomorrow')).status, 200);
  assert.equal((await world.ask('GET', 'edit/config')).status, 200);
  const { lockedUntil } = await world.service.vault.renew(30);
  assert.equal(lockedUntil, Date.UTC(2026, 0, 5) + 30 * DAY_MS);
});
