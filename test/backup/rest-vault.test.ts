/** Policies whose vault is our vault server: written, locked by the vault's own word, and drilled by both tools. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stockCheck } from '../vault/stock-check.ts';
import { seededBytes } from '../vault/seeded-bytes.ts';
import { DAY_MS, serveTestVault, START, tokenOf } from '../vault/attacks/served-vault.ts';
import type { ServedVault } from '../vault/attacks/served-vault.ts';
import { copyTo, openBackedUp, takeNow } from './facility.ts';
import type { BackedUp } from './facility.ts';
import { passwordFile } from '#host/backup/repository-keys.ts';
import { newId } from '#engine/test-facility.ts';

let served: ServedVault;
let world: BackedUp;
const vault = newId('vault');

before(async () => {
  served = await serveTestVault([{ name: 'edit' }, { name: 'facility' }]);
  await served.service.vault.openWindow(10);
  world = await openBackedUp(3, 1);
  const keys = join(world.data, 'keys', 'backup');
  mkdirSync(keys, { recursive: true });
  writeFileSync(join(keys, `${vault}.${world.project}.credential`), `edit:${tokenOf('edit')}\n`, { mode: 0o600 });
  writeFileSync(join(keys, `${vault}.facility.credential`), `facility:${tokenOf('facility')}\n`, { mode: 0o600 });
  const address = `http://127.0.0.1:${served.service.port}/`;
  const what = { name: 'tower', nature: 'local', address, locks: 'service', lockDays: 30 } as const;
  await world.ask({ kind: 'enrol-vault', vault, ...what });
});
after(async () => {
  const RESTIC_PASSWORD_FILE = passwordFile(world.data, world.project);
  stockCheck(join(served.root, 'repositories', 'edit'), { RESTIC_PASSWORD_FILE });
  await world.close();
  await served.close();
});

test('a policy copies to the server, and how long it is locked is the vault’s own word', async () => {
  await copyTo(world, [vault]);
  const { id, taken } = await takeNow(world, vault);
  assert.equal(taken?.files, 4);
  await world.until('the vault’s word', ({ taken: all }) => (all.get(id)?.copies.length ?? 0) > 0);
  const [copy] = world.state().taken.get(id)?.copies ?? [];
  assert.equal(copy?.lockedUntil, START + 30 * DAY_MS, 'the clock of the vault, not ours');
  assert.ok(
    (await served.arrivals()).some(({ type, name: object }) => type === 'snapshots' && object === taken.snapshot),
  );
});

test('a second snapshot there is judged against the first, by what the vault keeps of it', async () => {
  writeFileSync(join(world.workspace, 'project', 'edit.xml'), seededBytes(9, 4000));
  const { id, suspect } = await takeNow(world, vault);
  const [alarm] = world.state().alarms.values();
  assert.deepEqual([suspect, alarm?.backup, alarm?.signs[0]?.sign], [true, id, 'magic-lost']);
});

test('a drill from there holds, with stock restic beside it', async () => {
  const drill = newId('drill');
  await world.ask({ kind: 'begin-drill', drill, policy: world.policy, vault, because: 'asked' });
  await world.until('the drill’s end', ({ drills }) => drills.get(drill)?.result !== undefined);
  const result = world.state().drills.get(drill)?.result;
  assert.deepEqual([result?.held, result?.failures, result?.isolated], [true, [], true]);
  assert.deepEqual([result?.second?.files, result?.second?.failed], [4, 0]);
  assert.equal(result?.second?.walls, 'one-way');
});
