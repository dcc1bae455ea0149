/**
 * A removal from the first command to the last byte, at a real vault: what may go is computed from what stays, two people approve that list, the vault
 * sets it aside and sweeps it, stock restic finds the rest whole to the last byte, and nobody is offered what is gone.
 */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { hash } from 'node:crypto';
import { mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { seededBytes } from '../vault/seeded-bytes.ts';
import { DAY_MS, serveTestVault, tokenOf } from '../vault/attacks/served-vault.ts';
import type { ServedVault } from '../vault/attacks/served-vault.ts';
import { openBackedUp, takeNow } from './facility.ts';
import type { BackedUp } from './facility.ts';
import { newId } from '#engine/test-facility.ts';
import { createExpiryNotes, expiring } from '#host/backup/note-expired.ts';
import { passwordFile } from '#host/backup/repository-keys.ts';
import { keep } from '#host/vault/keeping.ts';
import { linkLedger } from '#host/vault/ledger-link.ts';
import { objectLines, parseRemovalList } from '#model/removal-list.ts';
import { openStore } from '#vault/store/open-store.ts';
import type { RemovalFacts } from '#model/removal-list.ts';
import { snapshotsOf } from '#plan/backup/choose-snapshot.ts';
import type { BackupId } from '#std/ids.ts';

const MAIN = join(import.meta.dirname, '../../src/cli/main.ts');
const run = promisify(execFile);
/** Several packs. */
const OWN_BYTES = 12_000_000;
const vault = newId('vault');
let served: ServedVault;
let world: BackedUp;
const taken: { readonly id: BackupId; readonly snapshot: string }[] = [];
let listFile: string;
let daysLater = 0;

before(async () => {
  served = await serveTestVault([{ name: 'edit' }, { name: 'facility' }]);
  await served.service.vault.openWindow(10);
  world = await openBackedUp(2, 1, undefined, () => daysLater * DAY_MS);
  const keys = join(world.data, 'keys', 'backup');
  mkdirSync(keys, { recursive: true });
  for (const [name, client] of [
    [world.project, 'edit'],
    ['facility', 'facility'],
  ] as const)
    writeFileSync(join(keys, `${vault}.${name}.credential`), `${client}:${tokenOf(client)}\n`, { mode: 0o600 });
  const address = `http://127.0.0.1:${served.service.port}/`;
  const place = { name: 'tower', nature: 'local', address, locks: 'service', lockDays: 30 } as const;
  await world.ask({ kind: 'enrol-vault', vault, ...place });
  const known = world.state().policies.get(world.policy) ?? assert.fail();
  const { name, everyMs, keepDays, rpoMs, rtoMs } = known;
  const wanted = { name, everyMs, keepDays, vaults: [vault], rpoMs, rtoMs };
  await world.ask({ kind: 'set-policy', policy: world.policy, project: world.project, ...wanted });
  for (const version of [1, 2, 3]) {
    // Beside what stays the same: something of each version's own, and a frame that only two of them have.
    writeFileSync(join(world.workspace, 'media', `only ${version}.bin`), seededBytes(version, OWN_BYTES));
    writeFileSync(join(world.workspace, 'media', 'frame.bin'), seededBytes(version === 1 ? 70 : 80, 200_000));
    taken.push(await one());
    unlinkSync(join(world.workspace, 'media', `only ${version}.bin`));
  }
  await world.stopWorks();
  listFile = join(served.folder, 'list.txt');
});
after(async () => {
  await world.close();
  await served.close();
});

async function one() {
  const { id, taken: made } = await takeNow(world, vault);
  await world.until('its copy', ({ taken: all }) => (all.get(id)?.copies.length ?? 0) > 0);
  return { id, snapshot: made?.snapshot ?? assert.fail() };
}

const repositoryUrl = (): string => `http://127.0.0.1:${served.service.port}/edit/`;
const credentialFile = (): string => join(world.data, 'keys', 'backup', `${vault}.${world.project}.credential`);

function access(): readonly string[] {
  return [
    '--repository',
    `rest:${repositoryUrl()}`,
    '--password-file',
    passwordFile(world.data, world.project),
    '--credential-file',
    credentialFile(),
  ];
}

async function listed(
  snapshots: readonly string[],
  out: string,
): Promise<{ readonly code: number; readonly said: string }> {
  const args = ['backup', 'removal-list', ...access(), '--snapshot', ...snapshots, '--out', out];
  return run(process.execPath, [MAIN, ...args], { timeout: 60_000 }).then(
    ({ stdout }) => ({ code: 0, said: stdout }),
    ({ code, stderr }: { code: number; stderr: string }) => ({ code, said: stderr }),
  );
}

function read(path: string): { readonly facts: RemovalFacts; readonly objects: readonly string[] } {
  const { facts, objects } = parseRemovalList(readFileSync(path, 'utf8')) ?? assert.fail();
  return { facts: facts ?? assert.fail(), objects };
}

const stock = (...args: readonly string[]) =>
  served.restic('--no-lock', '--password-file', passwordFile(world.data, world.project), ...args);

test('what is on the list is what only the named snapshot needs, and the list says so itself', async () => {
  const [first] = taken;
  const done = await listed([first?.snapshot ?? ''], listFile);
  assert.equal(done.code, 0, done.said);
  const { facts, objects } = read(listFile);
  assert.deepEqual([facts.client, facts.snapshots], ['edit', [first?.snapshot]]);
  assert.equal(facts.objectsSha256, hash('sha256', objectLines(objects)));
  const store = openStore({ kind: 'rest', url: repositoryUrl(), credentialFile: credentialFile() });
  assert.equal(facts.upTo, Math.max(...((await store.arrivals?.()) ?? []).map(({ n }) => n)));
  await store.close();
  assert.equal(facts.beside.length, 1, 'what was sealed about it goes with it');
  assert.deepEqual(
    objects.filter((name) => name.startsWith('snapshots/')).toSorted(),
    [`snapshots/${first?.snapshot}`, `snapshots/${facts.beside[0]}`].toSorted(),
  );
  // Chance says which pieces share a pack: what is certain is the sum, and that what was sealed about it has packs of its own.
  assert.ok(facts.bytes > 0);
  assert.ok(facts.bytes + facts.staysBytes >= OWN_BYTES + 200_000, 'what stays beside what is needed is told');
  assert.match(done.said, /packs with \d+ bytes go/);
});

test('two people, the vault, a week and the end of the locks: the rest is whole by stock restic, and comes back', async () => {
  const { facts, objects } = read(listFile);
  const { client, objectsSha256, beside, snapshots, bytes } = facts;
  const prune = newId('prune');
  const list = { client, objectsSha256, beside, objects: objects.length };
  const asked = { kind: 'ask-prune', prune, vault, snapshots, bytes, reason: 'It had its time.', list } as const;
  await world.ask(asked, world.asOwner);
  await world.ask({ kind: 'approve-prune', prune }, world.asOwner); // alone here, on record as such
  const link = linkLedger(served.service.vault, world.parts.engine, vault, served.root);
  const approved = { ...link.approval(prune), upTo: facts.upTo };
  await served.service.vault.mark(approved, client, objects, 7 * DAY_MS);
  assert.equal((await stock('check', '--read-data')).code, 0, 'set aside, and what stays lacks nothing');
  const troubles: string[] = [];
  const following = { word: () => undefined };
  const onTrouble = (what: string, cause: unknown): number => troubles.push(`${what}: ${String(cause)}`);
  const keeping = keep({ vault: served.service.vault, clients: () => [], ledger: () => link, following, onTrouble });
  daysLater = 8;
  served.pass(400 * DAY_MS);
  await keeping.round();
  assert.deepEqual(troubles, []);
  assert.equal(served.service.vault.holdings.marked().size, 0);
  assert.equal(world.state().prunes.get(prune)?.standing, 'finished');
  const checked = await stock('check', '--read-data');
  assert.equal(checked.code, 0, `${checked.out}${checked.err}`);
  const to = join(served.folder, 'back');
  const [, , third] = taken;
  assert.equal((await stock('restore', third?.snapshot ?? '', '--target', to)).code, 0);
  assert.deepEqual(
    readFileSync(join(to, world.workspace, 'media', 'frame.bin')),
    Buffer.from(seededBytes(80, 200_000)),
  );
});

test('what is gone is expired on record, by what the vault lists, and nobody is offered it', async () => {
  const [first, second, third] = taken.map(({ id }) => id);
  const notes = createExpiryNotes({ ...world.parts, by: { service: 'gate-backup' } });
  assert.deepEqual(
    expiring(world.parts.engine.state()).map(({ backups }) => backups.map(({ id }) => id)),
    [[first]],
  );
  assert.equal(await notes.next(), true);
  assert.equal(world.state().taken.get(first ?? assert.fail())?.standing, 'expired');
  const state = world.parts.engine.state();
  const offered = snapshotsOf(state, { project: world.project }).map(({ id }) => id);
  assert.deepEqual(offered.slice(0, 2), [third, second]);
  assert.ok(first !== undefined && !offered.includes(first));
  const restore = { kind: 'begin-restore', restore: newId('restore'), backup: first } as const;
  const wish = {
    snapshot: taken[0]?.snapshot ?? '',
    path: '',
    mode: 'aside',
    newestClean: false,
    reason: 'x',
  } as const;
  await assert.rejects(world.ask({ ...restore, ...wish }), /backup-expired/);
  assert.equal(await notes.next(), false, 'once');
});
