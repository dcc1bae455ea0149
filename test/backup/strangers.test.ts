/** Snapshots in a vault that the ledger never took: planted with a token, or with the password too. An alarm names each once, and pauses removals. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openBackedUp, takeNow } from './facility.ts';
import type { BackedUp } from './facility.ts';
import { newId } from '#engine/test-facility.ts';
import { passwordFile, readPassword } from '#host/backup/repository-keys.ts';
import { createStrangerWatch } from '#host/backup/stranger-watch.ts';
import type { StrangerWatch } from '#host/backup/stranger-watch.ts';
import { HOUR_MS } from '#model/limits.ts';
import { isPrunePaused } from '#model/recovery-proof.ts';
import { manifestTag } from '#vault/drill/sealed-manifest.ts';
import { openRepository } from '#vault/engine/repository.ts';
import type { Repository } from '#vault/engine/repository.ts';
import { encodeSnapshot } from '#vault/format/snapshot-format.ts';
import { openFolderStore } from '#vault/store/folder-store.ts';

let world: BackedUp;
let repository: Repository;
let watch: StrangerWatch;
let taken: string;
let hours = 0;

before(async () => {
  world = await openBackedUp(2, 1, undefined, () => hours * HOUR_MS);
  world.harmed('somebody writes there what is no object of it');
  await takeNow(world);
  taken = (await takeNow(world)).taken?.snapshot ?? assert.fail();
  await world.stopWorks();
  const by = { service: 'gate-backup' };
  watch = createStrangerWatch({ ...world.parts, by }, world.parts.clock.now());
  repository = await openRepository({ store: openFolderStore(place()), password: readPassword(key()) });
});
after(() => world.close());

const place = (): string => join(world.vaultFolders[0], world.project);
const key = (): string => passwordFile(world.data, world.project);
const look = (): Promise<boolean> => watch.next({});
const alarms = () => [...world.state().alarms.values()];

test('what the ledger took, and what was sealed about it, is no stranger; and nobody looks twice in an hour', async () => {
  assert.equal(await look(), false, 'not yet');
  hours += 1;
  assert.equal(await look(), true);
  assert.equal(await look(), false);
  assert.deepEqual([alarms(), world.troubles], [[], []]);
});

test('what was planted is named, by whoever holds a token, or the password too', async () => {
  const garbage = Buffer.from('long enough to look like a sealed one: whoever has a token can write it');
  const unreadable = hash('sha256', garbage, 'hex');
  writeFileSync(join(place(), 'snapshots', unreadable), garbage);
  const real = await repository.snapshot(taken);
  const write = (change: object): Promise<string> =>
    repository.writeUnpacked('snapshots', encodeSnapshot({ ...real, ...change }));
  const future = await write({ time: '2031-01-01T00:00:00Z' });
  const sealed = await write({ tags: [manifestTag(taken)] });
  assert.equal(await look(), false, 'looked at a moment ago');
  hours += 1;
  assert.equal(await look(), true);
  const [alarm] = alarms();
  const [sign] = alarm?.signs ?? [];
  assert.deepEqual([sign?.sign, sign?.files], ['poisoned-snapshot', 3]);
  const named = sign?.examples ?? [];
  assert.deepEqual(named.map((one) => one.slice(0, 64)).toSorted(), [unreadable, future, sealed].toSorted());
  assert.match(named.find((one) => one.startsWith(future)) ?? '', /2031/);
  assert.match(named.find((one) => one.startsWith(sealed)) ?? '', /a second one/);
  assert.match(sign?.says ?? '', /restore none of them/);
  assert.equal(isPrunePaused(world.parts.engine.state()), true);
});

/** The owner signs in again: hours have passed. */
async function settleAnew(): Promise<void> {
  const session = newId('session');
  const now = world.parts.clock.now();
  const { person = assert.fail() } = world.asOwner;
  const opened = { session, person, gate: 'portal', until: now + HOUR_MS, factorAt: now } as const;
  await world.ask({ kind: 'open-session', ...opened }, { service: 'gate-portal' });
  const alarm = alarms()[0]?.id ?? assert.fail();
  await world.ask({ kind: 'settle-alarm', alarm, reason: 'looked at', genuine: false }, { person, session });
}

test('each is told once; one more is told again', async () => {
  hours += 1;
  await look();
  assert.equal(alarms().length, 1);
  await settleAnew();
  hours += 1;
  await look();
  assert.equal(alarms().length, 1, 'settled, and still there: nobody can delete it');
  const real = await repository.snapshot(taken);
  const more = await repository.writeUnpacked('snapshots', encodeSnapshot({ ...real, hostname: 'elsewhere' }));
  hours += 1;
  await look();
  assert.ok(alarms().some(({ signs }) => signs[0]?.examples[0]?.startsWith(more)));
});

test('a planted snapshot silences no alarm by what it says of itself: no text, or more of it than an entry holds', async () => {
  const real = encodeSnapshot({ ...(await repository.snapshot(taken)), hostname: 'HOST' });
  const planted = [];
  for (let n = 0; n < 100; n += 1) {
    const host = n === 0 ? '\\ud800' : `${n} ${'\\u0001'.repeat(300)}`;
    planted.push(await repository.writeUnpacked('snapshots', real.replace('HOST', host)));
  }
  hours += 1;
  await look();
  const told = alarms().flatMap(({ signs }) =>
    signs.flatMap(({ examples }) => examples.map((one) => one.slice(0, 64))),
  );
  assert.deepEqual(new Set(planted.filter((id) => !told.includes(id))), new Set());
  assert.deepEqual([told.length, world.troubles], [104, []]);
});
