/** Backups over HTTP: what is promised and what is refused, who may see names of files, removals by two people, restores into the ledger. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { DAY_MS, FACTOR_AGE_MAX_MS, HOUR_MS } from '#model/limits.ts';
import type { RemovalFacts } from '#model/removal-list.ts';
import type { Command } from '#model/commands.ts';
import type { AlarmId, BackupId, DrillId, IdKind, PersonId, PolicyId, RoleId, VaultId } from '#std/ids.ts';
import { ID_RANDOM_BYTES, makeId } from '#std/ids.ts';
import { isRefused } from '#std/refused.ts';
import { createFacility, joinWith, openWorld } from './world.ts';
import type { Browser, World } from './world.ts';

let world: World;
let owner: Browser;
let engineer: Browser;
let assessor: Browser;
let artist: Browser;
let vault: VaultId;
let policy: PolicyId;
let backup: BackupId;
let count = 0;

const VAULT = {
  name: 'Cellar',
  nature: 'local' as const,
  address: 'https://cellar.harbour.example:8443/',
  locks: 'root' as const,
  lockDays: 30,
};
const POLICY = { name: 'Hourly', everyMs: HOUR_MS, keepDays: 60, rpoMs: 2 * HOUR_MS, rtoMs: 8 * HOUR_MS };

before(async () => {
  world = await openWorld();
  ({ browser: owner } = await createFacility(world));
  const self: PersonId = (await owner.call('me')).body.person.id;
  for (const alias of ['alpha', 'beta'])
    await made(owner.call('create-project', { body: { alias, title: alias, owner: self } }));
  engineer = await joined('Ella Second', 'engineer');
  assessor = await joined('Asa Third', 'assessor');
  artist = await joined('Art Fourth');
});
after(() => world.close());

async function joined(name: string, role?: string): Promise<Browser> {
  const until = world.clock.now() + 100 * DAY_MS;
  const roles = role === undefined ? [] : [{ role: role as RoleId, until }];
  const added = await made(owner.call('add-person', { body: { name, inviteDays: 1, roles } }));
  return (await joinWith(world, added.link ?? '')).browser;
}

async function made<T>(call: Promise<{ readonly status: number; readonly body: T }>): Promise<T> {
  const { status, body } = await call;
  assert.equal(status, 200, JSON.stringify(body));
  return body;
}

async function refusedWith(call: Promise<{ readonly status: number; readonly body: { readonly code?: string } }>) {
  const { status, body } = await call;
  assert.notEqual(status, 200, JSON.stringify(body));
  return body.code;
}

/** As the backup service does. */
async function serve(command: Command): Promise<void> {
  const done = await world.engine.command(command, { service: 'gate-backup' });
  assert.ok(!isRefused(done), JSON.stringify(done));
}

function idOf<K extends IdKind>(kind: K) {
  count += 1;
  return makeId(
    kind,
    Uint8Array.from({ length: ID_RANDOM_BYTES }, (_, i) => (i === 0 ? count : 9)),
  );
}

function hashOf(letter: string): string {
  return letter.repeat(64);
}

test('a vault is enrolled once, and its locks only grow', async () => {
  ({ vault } = await made(engineer.call('enrol-vault', { body: VAULT })));
  assert.equal(await refusedWith(engineer.call('enrol-vault', { body: VAULT })), 'name-taken');
  const change = (body: typeof VAULT) => engineer.call('change-vault', { params: { vault }, body });
  assert.equal(await refusedWith(change({ ...VAULT, lockDays: 29 })), 'locks-only-longer');
  await made(change({ ...VAULT, lockDays: 31 }));
  const shown = await made(owner.call('backups'));
  assert.deepEqual(
    shown.vaults.map(({ name, lockDays, usedBytes, standing }) => [name, lockDays, usedBytes, standing]),
    [['Cellar', 31, 0, 'in-use']],
  );
  assert.equal(shown.served, false);
});

test('a preview says what a policy would not keep, and makes nothing', async () => {
  const preview = (body: Partial<typeof POLICY>) =>
    made(
      engineer.call('preview-backup-policy', {
        params: { project: 'alpha' },
        body: { ...POLICY, vaults: [vault], ...body },
      }),
    );
  const fine = await preview({});
  assert.equal(fine.refused, undefined);
  assert.ok(
    fine.sentences.some((text) => text.includes('every 1 h') && text.includes('about 1440')),
    fine.sentences.join('\n'),
  );
  assert.ok(
    fine.warnings.some((text) => text.startsWith('There is one copy')),
    fine.warnings.join('\n'),
  );
  assert.ok(fine.warnings.some((text) => text.includes('No drill has measured')));
  assert.equal((await preview({ everyMs: 3 * HOUR_MS })).refused?.code, 'policy-breaks-rpo');
  assert.equal((await preview({ keepDays: 5 })).refused?.code, 'keep-shorter-than-lock');
  assert.deepEqual((await made(owner.call('backups'))).policies, []);
});

test('a policy is set and run; what is recorded of it is shown', async () => {
  ({ policy } = await made(
    engineer.call('set-backup-policy', { params: { project: 'alpha' }, body: { ...POLICY, vaults: [vault] } }),
  ));
  const before = await made(engineer.call('backups'));
  assert.deepEqual(
    before.unprotected.map(({ alias }) => alias),
    ['beta'],
  );
  assert.deepEqual(
    before.proven.never.map(({ alias }) => alias),
    ['alpha'],
  );
  ({ backup } = await made(engineer.call('run-backup', { params: { policy }, body: {} })));
  assert.equal((await made(engineer.call('backups'))).policies[0]?.running, true);
  const at = world.clock.now();
  await serve({
    kind: 'record-backup',
    backup,
    snapshot: hashOf('a'),
    tree: hashOf('b'),
    manifestSha256: hashOf('c'),
    startedAt: at,
    finishedAt: at + 60_000,
    files: 12,
    bytes: 9000,
    addedBytes: 9000,
    consistency: 'watched',
    unsteady: 1,
  });
  const written = (await made(assessor.call('project-backups', { params: { project: 'alpha' } }))).backups[0];
  assert.deepEqual(
    written?.copies.map(({ verified }) => verified),
    ['written'],
  );
  await serve({
    kind: 'record-copy',
    backup,
    vault,
    snapshot: hashOf('a'),
    objects: 4,
    bytes: 7000,
    objectsSha256: hashOf('d'),
    lockedUntil: at + 31 * DAY_MS,
    verified: 'listed',
  });
  const shown = await made(assessor.call('backups'));
  assert.equal(shown.vaults[0]?.usedBytes, 7000);
  assert.equal(shown.vaults[0]?.lockedUntil, at + 31 * DAY_MS);
  assert.deepEqual(shown.policies[0]?.lags[0], {
    vault: { id: vault, name: 'Cellar' },
    showsAt: at,
    lockedUntil: at + 31 * DAY_MS,
  });
  assert.equal(shown.policies[0]?.late, false);
});

test('names of files are for those who may restore, and nothing is listed where no service runs', async () => {
  const look = (browser: Browser) => browser.call('list-snapshot', { params: { backup }, query: { path: 'media' } });
  assert.equal((await look(assessor)).status, 403);
  assert.equal((await look(artist)).status, 403);
  assert.equal(await refusedWith(look(engineer)), 'no-backup-service');
  assert.equal((await artist.call('backups')).status, 403);
});

test('a change is planned from now on, for two weeks at most', async () => {
  const now = world.clock.now();
  const plan = (until: number) =>
    engineer.call('plan-change', {
      params: { project: 'alpha' },
      body: { from: now, until, folders: ['media'], reason: 'The conform of reel four.' },
    });
  await made(plan(now + DAY_MS));
  assert.equal((await plan(now + 15 * DAY_MS)).status, 422);
  const [planned] = (await made(assessor.call('backups'))).changes;
  assert.deepEqual([planned?.folders, planned?.until], [['media'], now + DAY_MS]);
});

test('a restore is an entry with its reason; a path leads nowhere else', async () => {
  const wish = {
    backup,
    path: 'media/reel-1',
    mode: 'aside' as const,
    newestClean: false,
    reason: 'The grade was overwritten.',
  };
  assert.equal((await assessor.call('begin-restore', { body: wish })).status, 403);
  assert.equal(await refusedWith(engineer.call('begin-restore', { body: { ...wish, path: '../../etc' } })), 'bad-path');
  const begun = await made(engineer.call('begin-restore', { body: wish }));
  const [restore] = (await made(assessor.call('list-restores'))).restores;
  assert.equal(restore?.id, begun.restore);
  assert.equal(restore?.snapshot, hashOf('a'));
  const entries = await made(owner.call('search-ledger', { query: { kind: 'restore.begun' } }));
  assert.equal(entries.entries.length, 1);
});

test('a restore needs a second factor that was shown within the half day', async () => {
  const person: PersonId = (await engineer.call('me')).body.person.id;
  const begin = async (ageMs: number) => {
    const [session, now] = [idOf('session'), world.clock.now()];
    const opened = { kind: 'open-session', session, person, gate: 'portal', until: now + HOUR_MS } as const;
    const done = await world.engine.command({ ...opened, factorAt: now - ageMs }, { service: 'gate-portal' });
    assert.ok(!isRefused(done), JSON.stringify(done));
    const wish = { path: 'media', mode: 'aside', newestClean: false, reason: 'The grade was overwritten.' } as const;
    const restore = {
      kind: 'begin-restore',
      restore: idOf('restore'),
      backup,
      snapshot: hashOf('a'),
      ...wish,
    } as const;
    const answer = await world.engine.command(restore, { person, session });
    return isRefused(answer) ? answer.code : 'begun';
  };
  assert.deepEqual([await begin(FACTOR_AGE_MAX_MS), await begin(HOUR_MS)], ['factor-too-old', 'begun']);
});

test('a drill proves the project, and its record is chained', async () => {
  const finish = async (previous: string | undefined) => {
    const { drill } = await made(engineer.call('begin-drill', { params: { policy }, body: {} }));
    const at = world.clock.now();
    await serve({ ...drillRecord(drill, at), ...(previous === undefined ? {} : { previous }) });
    return (await made(assessor.call('see-drill', { params: { drill } }))).drill;
  };
  const first = await finish(undefined);
  assert.equal(first.chain, 'first');
  world.clock.advance(1000);
  const second = await finish(first.recordSha256);
  assert.equal(second.chain, 'chained');
  world.clock.advance(1000);
  assert.equal((await finish(first.recordSha256)).chain, 'broken', 'the record before is the second');
  const shown = await made(assessor.call('backups'));
  assert.deepEqual(shown.proven.never, []);
  assert.ok(shown.proven.lastAt !== undefined);
  assert.equal(shown.policies[0]?.measured?.rtoMs, 3 * HOUR_MS);
});

function drillRecord(drill: DrillId, at: number): Extract<Command, { kind: 'record-drill' }> {
  return {
    kind: 'record-drill',
    drill,
    snapshot: hashOf('a'),
    why: 'newest',
    plan: 'sample',
    seed: 'seed',
    tool: 'picturelock',
    startedAt: at,
    finishedAt: at + 500,
    files: 12,
    filesOf: 12,
    bytes: 9000,
    failed: 0,
    failures: [],
    media: { opened: 3, wrongFrames: 0, skipped: 0 },
    rpoMs: 60_000,
    rtoMs: 3 * HOUR_MS,
    rtoSpreadMs: HOUR_MS,
    isolated: true,
    reportSha256: hashOf('e'),
    held: true,
  };
}

test('an open alarm pauses every removal; a removal takes somebody else and a week', async () => {
  const ask = (snapshots = [hashOf('a')]) =>
    engineer.call('ask-prune', { params: { vault }, body: { list: listOf(snapshots), reason: 'It had its time.' } });
  const removable = async () =>
    (await made(engineer.call('removable-backups', { params: { vault } }))).snapshots.map(({ snapshot }) => snapshot);
  assert.equal(await refusedWith(ask()), 'still-locked');
  const alarm: AlarmId = idOf('alarm');
  const { id: project } = (await made(owner.call('see-project', { params: { project: 'alpha' } }))).project;
  await serve({
    kind: 'raise-alarm',
    alarm,
    project,
    backup,
    score: 9,
    signs: [
      { sign: 'magic-lost', says: 'Twelve movies are no movies any more.', files: 12, examples: ['media/a.mov'] },
    ],
  });
  assert.equal(await refusedWith(ask()), 'prune-paused');
  assert.equal((await made(assessor.call('backups'))).prunePaused, true);
  assert.equal(
    (await artist.call('settle-alarm', { params: { alarm }, body: { reason: 'x', genuine: false } })).status,
    403,
  );
  await made(engineer.call('settle-alarm', { params: { alarm }, body: { reason: 'A conform.', genuine: false } }));

  const { hold } = await made(
    owner.call('place-hold', { params: { project: 'alpha' }, body: { reason: 'A dispute.' } }),
  );
  assert.equal(await refusedWith(ask()), 'legal-hold');
  await made(owner.call('lift-hold', { params: { hold }, body: { reason: 'Settled.' } }));

  assert.deepEqual(await removable(), [], 'locked');
  await take(hashOf('1'), 61 * DAY_MS);
  assert.deepEqual(await removable(), [], 'the newest snapshot of a policy stays');
  await take(hashOf('2'), 40 * DAY_MS);
  assert.equal(await refusedWith(ask([hashOf('2')])), 'newest-stays');
  assert.deepEqual(await removable(), [hashOf('1')]);
  await take(hashOf('3'), 0);
  assert.deepEqual(await removable(), [hashOf('1')], 'not locked any more, but kept for sixty days');
  assert.equal(await refusedWith(ask([hashOf('9')])), 'no-such-snapshot');
  const { prune: asked } = await made(ask([hashOf('1')]));
  assert.deepEqual(await removable(), [], 'asked for already');
  const pending = (await made(engineer.call('backups'))).prunes[0];
  assert.deepEqual([pending?.bytes, pending?.client, pending?.objectsSha256], [500, 'edit', hashOf('f')]);
  assert.match(pending?.notYou ?? '', /do not include/);
  assert.equal((await engineer.call('approve-prune', { params: { prune: asked } })).status, 403);
  await made(owner.call('approve-prune', { params: { prune: asked } }));
  const approved = (await made(engineer.call('backups'))).prunes[0];
  assert.equal(approved?.standing, 'approved');
  assert.ok((approved?.notBefore ?? 0) > world.clock.now() + 6 * DAY_MS);
  await made(owner.call('decline-prune', { params: { prune: asked }, body: { reason: 'Kept for now.' } }));
  assert.equal((await made(engineer.call('backups'))).prunes[0]?.standing, 'declined');
});

/** As `backup removal-list` says it on the first line of what it writes. */
function listOf(snapshots: string[]): RemovalFacts {
  const list = { client: 'edit', beside: [], objects: 3, objectsSha256: hashOf('f') };
  return { kind: 'picturelock-removal-list', ...list, snapshots, bytes: 500, staysBytes: 7, upTo: 9, madeAt: 1 };
}

/** A snapshot of so long ago, and its copy whose lock began then. */
async function take(snapshot: string, ageMs: number): Promise<void> {
  const { backup: other } = await made(engineer.call('run-backup', { params: { policy }, body: {} }));
  const at = world.clock.now() - ageMs;
  await serve({
    kind: 'record-backup',
    backup: other,
    snapshot,
    tree: hashOf('b'),
    manifestSha256: hashOf('c'),
    startedAt: at,
    finishedAt: at + 1000,
    files: 12,
    bytes: 9000,
    addedBytes: 500,
    consistency: 'watched',
    unsteady: 0,
  });
  await serve({
    kind: 'record-copy',
    backup: other,
    vault,
    snapshot,
    objects: 5,
    bytes: 7500,
    objectsSha256: hashOf('d'),
    lockedUntil: at + 31 * DAY_MS,
    verified: 'read-back',
  });
}
