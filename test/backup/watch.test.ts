/** Signs of an attack in service: due, taken, watched; an encryption is found in the first snapshot that holds it, and everything is kept meanwhile. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { createCipheriv } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seededBytes } from '../vault/seeded-bytes.ts';
import { movie, openBackedUp, settle, takeNow } from './facility.ts';
import type { BackedUp } from './facility.ts';
import { newId } from '#engine/test-facility.ts';
import { HOUR_MS } from '#model/limits.ts';
import { isPrunePaused } from '#model/recovery-proof.ts';
import type { Alarm, Backup } from '#model/backup-state.ts';
import { isRefused } from '#std/refused.ts';

let world: BackedUp;
const FILES = 20;
const reel = (n: number): string => join(world.workspace, 'media', 'reel', `shot ${n}.mov`);

before(async () => {
  world = await openBackedUp(FILES, 1);
});
after(() => world.close());

const alarms = (): readonly Alarm[] => [...world.state().alarms.values()];
const open = (): readonly Alarm[] => alarms().filter(({ settled }) => settled === undefined);

/** As an attacker would: every byte of every film, names and times as they may be. */
function encrypt(n: number): void {
  const cipher = createCipheriv('aes-256-ctr', seededBytes(n, 32), seededBytes(n + 1, 16));
  writeFileSync(reel(n), Uint8Array.from(cipher.update(readFileSync(reel(n)))));
}

/** A window that has begun: announced a little ahead, and again when the announcement itself took too long. */
async function announce(folders: readonly string[]): Promise<void> {
  for (let aheadMs = 200; ; aheadMs *= 2) {
    const from = Date.now() + aheadMs;
    const window = { from, until: from + HOUR_MS, folders: [...folders], reason: 're-render of reel 1' };
    const change = { kind: 'plan-change' as const, change: newId('change'), project: world.project, ...window };
    if (isRefused(await world.parts.engine.command(change, world.asOwner)) && aheadMs < 10_000) continue;
    while (Date.now() < from) await new Promise((go) => setTimeout(go, 20));
    return;
  }
}

let clean: Backup;

test('the first snapshot of work is no alarm, and what was seen of it is named in the ledger', async () => {
  await world.until('a first snapshot', ({ taken }) => [...taken.values()].some((one) => one.standing === 'taken'));
  const [first] = world.state().taken.values();
  assert.match(first?.taken?.looksSha256 ?? '', /^[0-9a-f]{64}$/);
  assert.equal(first?.suspect, false);
  assert.deepEqual(alarms(), []);
});

test('a re-render of everything within an announced window is no alarm', async () => {
  await announce(['media']);
  for (let n = 0; n < FILES; n += 1) writeFileSync(reel(n), movie(100 + n));
  clean = await takeNow(world);
  assert.deepEqual(alarms(), []);
  assert.equal(clean.suspect, false);
});

test('an encryption in the same window is found in the first snapshot that holds it, and nothing is removed meanwhile', async () => {
  for (let n = 0; n < FILES; n += 1) encrypt(n);
  // A name that is no UTF-8 is in the alarm’s own words, and keeps it from nothing.
  renameSync(reel(0), Buffer.concat([Buffer.from(`${reel(0)}.x`), Buffer.from([0xff])]));
  const struck = await takeNow(world);
  const [alarm] = open();
  assert.ok(alarm !== undefined, 'no alarm was raised');
  assert.equal(alarm.backup, struck.id);
  assert.equal(alarm.lastClean, clean.taken?.snapshot);
  assert.equal(struck.suspect, true);
  assert.equal(isPrunePaused(world.parts.engine.state()), true);
  const lost = alarm.signs.find(({ sign }) => sign === 'magic-lost');
  assert.equal(lost?.files, FILES);
  assert.match(lost?.examples[0] ?? '', /^media\/reel\/shot \d+\.mov$/);
});

test('later snapshots that still hold it are suspect too, under the same alarm', async () => {
  const later = await takeNow(world);
  assert.equal(later.suspect, true);
  assert.equal(later.taken?.parent, clean.taken?.snapshot, 'it is compared with the last clean one');
  assert.deepEqual(open().length, 1);
  assert.equal(open()[0]?.id, later.taken?.alarm);
});

test('restored and settled as an attack, the next snapshot is clean; the struck ones stay suspect', async () => {
  const restore = newId('restore');
  const what = { path: 'media/reel', mode: 'in-place', newestClean: false, reason: 'after the attack' } as const;
  const { id: backup } = clean;
  const snapshot = clean.taken?.snapshot ?? '';
  await world.ask({ kind: 'begin-restore', restore, backup, snapshot, ...what });
  await world.until('the restore', ({ restores }) => restores.get(restore)?.finished !== undefined);
  assert.equal(world.state().restores.get(restore)?.finished?.failed, 0);
  const kept = readdirSync(join(world.workspace, 'media')).find((name) => name.startsWith('reel (before restore'));
  rmSync(join(world.workspace, 'media', kept ?? 'nothing'), { recursive: true });
  await settle(world, open()[0]?.id, true);
  const after = await takeNow(world);
  assert.deepEqual([after.suspect, open()], [false, []]);
  assert.equal(
    world.state().taken.count(({ suspect }) => suspect),
    2,
  );
  assert.deepEqual(world.troubles, []);
});
