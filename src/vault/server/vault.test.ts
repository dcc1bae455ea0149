import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { layoutOf } from '#vault/server/layout.ts';
import { DAY_MS, edit, inPieces, markApproved, nameOf, openTestVault, START, store } from '#vault/server/test-vault.ts';
import type { TestVault } from '#vault/server/test-vault.ts';

let world: TestVault;
beforeEach(async () => void (world = await openTestVault()));
afterEach(() => world.remove());

const names = async (type: 'data' | 'snapshots' = 'data'): Promise<readonly string[]> =>
  (await Array.fromAsync(world.vault.each('edit', type))).map(({ name }) => name);

/** A file where an object belongs, without a line. */
function plant(type: 'data' | 'keys', name: string, text: string): string {
  const path = layoutOf(world.folder).pathOf('edit', type, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { mode: 0o400 });
  return path;
}

test('an object is stored once, under the hash of its bytes, and locked from its arrival', async () => {
  const { name, done } = await store(world.vault, 'data', 'pack');
  assert.equal(done, 'created');
  assert.equal((await store(world.vault, 'data', 'pack')).done, 'present');
  const held = world.vault.holdings.get('edit', 'data', name);
  assert.ok(held !== undefined);
  assert.equal(world.vault.holdings.lockedUntil(held), START + 30 * DAY_MS);
});

for (const [what, length, name, code] of [
  ['of another name', 4, nameOf(Buffer.from('else')), 'wrong-name'],
  ['cut off', 9, nameOf(Buffer.from('pack')), 'cut-off'],
  ['longer than said', 2, nameOf(Buffer.from('pack')), 'too-large'],
] as const) {
  test(`an object ${what} leaves nothing`, async () => {
    const body = inPieces(Buffer.from('pack'), 1);
    await assert.rejects(world.vault.accept(edit, 'data', name, body, length), { code });
    assert.deepEqual(await names(), []);
    const folder = dirname(layoutOf(world.folder).pathOf('edit', 'data', name));
    assert.deepEqual(readdirSync(folder), []);
  });
}

test('requests that run together do not pass the quota together', async () => {
  const one = { ...edit, quotaBytes: 100 };
  const bodies = Array.from({ length: 8 }, (_, i) => `${i}`.padEnd(40, 'x'));
  const done = await Promise.allSettled(bodies.map((text) => store(world.vault, 'data', text, one)));
  assert.equal(done.filter(({ status }) => status === 'fulfilled').length, 2);
  assert.ok(world.vault.holdings.bytesOf('edit') <= 100);
});

test('a whole object without a line is adopted at start with a fresh lock; a changed one never is', async () => {
  const name = nameOf(Buffer.from('late'));
  plant('data', name, 'late');
  const liar = nameOf(Buffer.from('liar'));
  plant('data', liar, 'something else');
  world = await world.again();
  assert.deepEqual(await names(), [name]);
  assert.equal(world.vault.found.adopted.length, 1);
  assert.equal(world.vault.found.foreign.length, 1);
  const again = await store(world.vault, 'data', 'liar').catch((cause: { readonly code: string }) => cause.code);
  assert.equal(again, 'send-again');
  assert.equal((await store(world.vault, 'data', 'liar')).done, 'created', 'what lay in the way was put aside');
  assert.equal(readdirSync(join(world.folder, 'foreign')).length, 1);
});

test('a key that somebody put into the folder is neither adopted, listed nor read', async () => {
  const name = nameOf(Buffer.from('planted key'));
  plant('keys', name, 'planted key');
  world = await world.again();
  assert.deepEqual(await Array.fromAsync(world.vault.each('edit', 'keys')), []);
  assert.equal(await world.vault.find('edit', 'keys', name), undefined);
  assert.equal(world.vault.found.foreign.length, 1);
});

test('a line whose file is gone or shortened is named at start', async () => {
  const { name, object } = await store(world.vault, 'data', 'pack');
  rmSync(layoutOf(world.folder).pathOf('edit', 'data', name));
  world = await world.again();
  assert.deepEqual(world.vault.found.missing, [`edit/${object}`]);
  plant('data', name, 'pac');
  world = await world.again();
  assert.deepEqual(world.vault.found.missing, [`edit/${object}`]);
});

const approval = (snapshots: readonly string[], bytes: number) => ({ prune: 'prn_1', snapshots, bytes });

test('a removal: set aside, undone, set aside again, swept when time and locks are over', async () => {
  const [kept, gone] = [await store(world.vault, 'data', 'kept'), await store(world.vault, 'data', 'gone')];
  const snapshot = await store(world.vault, 'snapshots', 'old');
  const objects = [gone.object, snapshot.object];
  const approved = approval([snapshot.name], 4);
  const only = new Set(['prn_1']);
  await markApproved(world.vault, approved, objects, 7 * DAY_MS);
  assert.deepEqual(await names(), [kept.name]);
  assert.deepEqual(await names('snapshots'), []);
  await world.vault.unmark('prn_1');
  assert.deepEqual([...(await names())].sort(), [gone.name, kept.name].sort());
  await markApproved(world.vault, approved, objects, 7 * DAY_MS);
  world.clock.pass(8 * DAY_MS);
  assert.deepEqual(await world.vault.sweep(only), [], 'the waiting time is over, the lock is not');
  await world.vault.renew(30);
  world.clock.pass(23 * DAY_MS);
  assert.deepEqual(await world.vault.sweep(new Set()), [], 'nothing that nobody approves any more');
  assert.deepEqual(await world.vault.sweep(only), [{ prune: 'prn_1', objects: 2, bytes: 7 }]);
  assert.equal(existsSync(layoutOf(world.folder).pathOf('edit', 'data', gone.name)), false);
  assert.deepEqual(await names(), [kept.name]);
});

test('nobody slips other snapshots or more packs into an approved removal', async () => {
  const pack = await store(world.vault, 'data', 'a pack of bytes');
  const [old, live] = [await store(world.vault, 'snapshots', 'old'), await store(world.vault, 'snapshots', 'live')];
  const approved = approval([old.name], 8);
  const mark = (objects: readonly string[]): Promise<void> => markApproved(world.vault, approved, objects);
  await assert.rejects(mark([old.object, live.object]), { code: 'not-approved' });
  await assert.rejects(mark([old.object, pack.object]), { code: 'not-approved' });
  await assert.rejects(mark(['keys/00']), { code: 'not-held' });
  const lock = Buffer.from('lock');
  await world.vault.accept(edit, 'locks', nameOf(lock), inPieces(lock), 4);
  await assert.rejects(mark([old.object]), { code: 'client-at-work' });
  const old1 = new Date(Date.now() - 2 * 3_600_000);
  utimesSync(layoutOf(world.folder).pathOf('edit', 'locks', nameOf(lock)), old1, old1);
  await mark([old.object]); // a lock that nobody renews was left behind by somebody who died
});

test('an approval is bound to one client and one list, and to what had arrived when it was made', async () => {
  const [one, other] = [await store(world.vault, 'data', 'one'), await store(world.vault, 'data', 'other')];
  const objectsSha256 = nameOf(Buffer.from(`${one.object}\n`));
  const bound = { ...approval([], 99), list: { client: 'edit', objectsSha256, beside: [] } };
  const upTo = world.vault.holdings.n;
  const mark = (approved: Parameters<typeof world.vault.mark>[0], objects = [one.object]): Promise<void> =>
    world.vault.mark(approved, 'edit', objects, DAY_MS);
  await assert.rejects(mark({ ...approval([], 99), upTo }), { code: 'not-approved' }, 'no list was approved');
  await assert.rejects(mark({ ...bound, upTo }, [other.object]), { code: 'not-approved' });
  await assert.rejects(mark({ ...bound, upTo }, [one.object, other.object]), { code: 'not-approved' });
  const theirs = { ...bound, list: { ...bound.list, client: 'sound' } };
  await assert.rejects(mark({ ...theirs, upTo }), { code: 'not-approved' });
  await store(world.vault, 'snapshots', 'taken meanwhile');
  await assert.rejects(mark({ ...bound, upTo }), { code: 'list-too-old' });
  await assert.rejects(mark(bound), { code: 'list-too-old' }, 'a list that does not say when it was made');
  await mark({ ...bound, upTo: world.vault.holdings.n });
  assert.deepEqual(await names(), [other.name]);
});

test('while the clock is doubted nothing is swept, however far it was wound', async () => {
  const pack = await store(world.vault, 'data', 'pack');
  await markApproved(world.vault, approval([], 4), [pack.object]);
  const { wall } = world.clock.reading;
  world.clock.reading = { ...world.clock.reading, wall: wall + 400 * DAY_MS };
  assert.deepEqual(await world.vault.sweep(new Set(['prn_1'])), []);
  assert.match((await world.vault.now()).doubt ?? '', /stepped/);
  await world.vault.trustClock();
  assert.deepEqual(await world.vault.sweep(new Set(['prn_1'])), [], 'trust does not give the wound time');
});

test('a sweep that was cut off between file and line is finished at start', async () => {
  const pack = await store(world.vault, 'data', 'pack');
  await markApproved(world.vault, approval([], 4), [pack.object]);
  world.clock.pass(31 * DAY_MS);
  rmSync(layoutOf(world.folder).pathOf('edit', 'data', pack.name));
  world = await world.again();
  assert.deepEqual(world.vault.found.missing, []);
  assert.equal(world.vault.found.swept.length, 1);
  assert.equal(world.vault.holdings.bytesOf('edit'), 0);
});

test('a window stays open over a restart, and ends by vault time', async () => {
  await world.vault.openWindow(10);
  world = await world.again();
  assert.equal((await world.vault.standing(edit)).isWindowOpen, true);
  world.clock.pass(10 * 60_000);
  assert.equal((await world.vault.standing(edit)).isWindowOpen, false);
});

test('what upload an interruption left is cleaned at start, and an unreadable folder is said, not skipped', async () => {
  await store(world.vault, 'data', 'pack');
  const part = join(world.folder, 'repositories', 'edit', 'data', '00');
  mkdirSync(part);
  writeFileSync(join(part, '.0011.part'), 'half');
  world = await world.again();
  assert.equal(world.vault.found.parts, 1);
  assert.deepEqual(readdirSync(part), []);
});

test('the old clock file put back, or taken away, releases nothing', async () => {
  const pack = await store(world.vault, 'data', 'pack');
  await markApproved(world.vault, approval([], 4), [pack.object]);
  await world.vault.close();
  renameSync(join(world.folder, 'clock.json'), join(world.folder, 'gone.json'));
  world.clock.reading = { ...world.clock.reading, wall: START + 900 * DAY_MS };
  world = await openTestVault({}, world.folder, world.clock);
  assert.match((await world.vault.now()).doubt ?? '', /missing/);
  assert.deepEqual(await world.vault.sweep(new Set(['prn_1'])), []);
  chmodSync(world.folder, 0o700);
});

test('a lost journal: objects are adopted at once, keys and configs at a start within a window', async () => {
  const config = Buffer.from('config');
  await world.vault.accept(edit, 'config', '', inPieces(config), config.length);
  const [key, pack] = [await store(world.vault, 'keys', 'key'), await store(world.vault, 'data', 'pack')];
  await world.vault.close();
  rmSync(join(world.folder, 'journal.jsonl'));
  world = await openTestVault({}, world.folder, world.clock);
  assert.deepEqual(await names(), [pack.name]);
  assert.equal(await world.vault.find('edit', 'keys', key.name), undefined);
  await world.vault.openWindow(10);
  world = await world.again();
  assert.ok((await world.vault.find('edit', 'keys', key.name)) !== undefined);
  assert.ok((await world.vault.find('edit', 'config', '')) !== undefined);
});
