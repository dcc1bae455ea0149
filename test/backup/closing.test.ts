/** The end of a project with the real engine and real jobs: archived, proved by a drill, and its keys destroyed with a certificate that promises no more than is so. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openBackedUp, takeNow } from './facility.ts';
import type { BackedUp } from './facility.ts';
import { newId, owner } from '#engine/test-facility.ts';
import { createBackupDesk } from '#host/backup/backup-desk.ts';
import { certificateFile, destroyKeys } from '#host/backup/destroy-keys.ts';
import { copyFacility, writtenVaults } from '#host/backup/facility-copy.ts';
import { readFacilityCopies } from '#host/backup/notes.ts';
import { keysFolder, passwordFile } from '#host/backup/repository-keys.ts';
import { runJob } from '#host/backup/run-job.ts';
import { parseRemovalList } from '#model/removal-list.ts';
import { objectPath } from '#vault/store/folder-store.ts';
import { destructionsDue } from '#model/closing.ts';
import { PRUNE_WAIT_MS } from '#model/limits.ts';
import type { State } from '#model/state.ts';

let world: BackedUp;
before(async () => {
  world = await openBackedUp(4, 1);
  await world.until('the first drill', ({ drills }) => drills.some(({ result }) => result !== undefined));
});
after(() => world.close());

const state = (): State => world.parts.engine.state();

test('delivered, archived and proved, each an entry', async () => {
  const { project, asOwner } = world;
  const cut = newId('cut');
  await world.ask({ kind: 'wrap-project', project, cut, reason: 'delivered' }, asOwner);
  await world.ask({ kind: 'record-delivery', project, to: 'Studio', what: 'two LTO tapes' }, asOwner);
  const backup = await takeNow(world);
  await world.ask({ kind: 'archive-project', project }, asOwner);
  assert.equal(world.state().closings.get(project)?.archived?.snapshot, backup.taken?.snapshot);
  const drill = newId('drill');
  const vault = world.vaults[0];
  await world.ask({ kind: 'begin-drill', drill, policy: world.policy, vault, because: 'asked' });
  await world.until('the drill', ({ drills }) => drills.get(drill)?.result !== undefined);
  await world.ask({ kind: 'prove-archive', project }, asOwner);
  const { result } = world.state().drills.get(drill) ?? {};
  assert.equal(world.state().closings.get(project)?.proved?.reportSha256, result?.reportSha256);
  const page = await world.parts.engine.search({ project, kind: 'closing.', limit: 10 });
  assert.deepEqual(
    page.entries.map(({ entry }) => entry.kind),
    ['closing.proved', 'closing.archived', 'closing.delivered'],
  );
});

/** As it is after a second person approved and the week is over; the rules themselves are tested beside the model. */
function afterTheWeek(): { readonly state: State; readonly at: number } {
  const { project } = world;
  const at = Date.now() + PRUNE_WAIT_MS;
  const now = state();
  const closing = now.backups.closings.get(project);
  assert.ok(closing !== undefined);
  const approved = { at: Date.now(), notBefore: at, by: owner };
  const closings = now.backups.closings.set(project, { ...closing, asked: { at: 0, reason: 'over' }, approved });
  return { at, state: { ...now, backups: { ...now.backups, closings } } };
}

test('the password and every credential are gone, the certificate says which, and a crash in between changes nothing', async () => {
  const { data, project, vaults } = world;
  const credential = join(keysFolder(data), `${vaults[0]}.${project}.credential`);
  writeFileSync(credential, 'user:secret\n', { mode: 0o600 });
  const password = passwordFile(data, project);
  const sha256 = hash('sha256', readFileSync(password), 'hex');
  const kept = join(data, 'kept');
  copyFileSync(password, kept);
  const then = afterTheWeek();
  const [due] = destructionsDue(then.state, then.at);
  assert.ok(due !== undefined);
  const first = destroyKeys({ data, ...then }, due);
  assert.ok(!existsSync(password) && !existsSync(credential));
  assert.equal(first.objects, 2);
  const text = readFileSync(certificateFile(data, project), 'utf8');
  assert.equal(hash('sha256', text, 'hex'), first.certificateSha256);
  assert.ok(text.includes(sha256) && text.includes('"alias":"nightjar"'));
  assert.ok(!text.includes(readFileSync(kept, 'utf8').trim()) && !text.includes('user:secret'));
  // Killed before it was recorded: done again, it says the same.
  assert.deepEqual(destroyKeys({ data, ...then, at: then.at + 1 }, due), first);
  const read = createBackupDesk(world.parts).certificate(project);
  assert.equal(read.kind === 'ok' && read.value, text);
});

test('the certificate says where earlier copies of the facility still hold the key, and they do', () => {
  const { data, project, vaultFolders } = world;
  const { keysLeftInFacilityCopies: left } = JSON.parse(readFileSync(certificateFile(data, project), 'utf8')) as {
    readonly keysLeftInFacilityCopies: readonly { readonly vault: string; readonly newestAt: number }[];
  }; // written by `destroyKeys`
  const copies = readFacilityCopies(data);
  assert.deepEqual(
    left.map(({ newestAt }) => newestAt),
    copies.map(({ at }) => at),
  );
  assert.deepEqual(left.map(({ vault }) => vault).sort(), ['rack', 'second site']);
  assert.ok(
    left.every((one) => !('notBefore' in one)),
    'no date is promised',
  );
  const restic = (...args: readonly string[]): string =>
    execFileSync(
      'restic',
      [
        '-r',
        join(vaultFolders[0], 'facility'),
        '--password-file',
        passwordFile(data, 'facility'),
        '--no-cache',
        ...args,
      ],
      { encoding: 'utf8' },
    );
  const copy = copies.find(({ vault }) => vault === world.vaults[0])?.snapshot ?? '';
  const path = restic('ls', copy)
    .split('\n')
    .find((line) => line.endsWith(`/${project}.password`));
  assert.ok(path !== undefined);
  assert.equal(restic('dump', copy, path), readFileSync(join(data, 'kept'), 'utf8'));
});

test('nobody reads the snapshots from here any more', async () => {
  const [id] = world.state().taken.keys();
  assert.ok(id !== undefined);
  const seen = await createBackupDesk(world.parts).list(id, 'media');
  assert.ok(seen.kind === 'refused');
  assert.match(seen.message, /password's file .* cannot be read/);
});

test('the list of those copies is made once there is one without the key; carried out, nothing of the key is left there', async () => {
  const { data, project, vaultFolders, parts } = world;
  await world.stopWorks();
  const folder = join(vaultFolders[0], 'facility');
  const place = { kind: 'folder', folder, sync: false } as const;
  const access = { place, passwordFile: passwordFile(data, 'facility') };
  const snapshots = { holdKeysOf: project };
  const list = { file: join(data, 'list.txt'), client: 'facility' };
  const plan = () => runJob({ kind: 'plan-removal', ...access, snapshots, rewrite: true, list, at: Date.now() });
  await assert.rejects(plan(), { code: 'key-in-newest' });
  const rack = writtenVaults(state()).filter(({ id }) => id === world.vaults[0]);
  const [copied] = await copyFacility(parts, { service: 'gate-backup' }, rack, {});
  assert.ok(copied !== undefined && 'taken' in copied);
  const { snapshots: going } = (await plan()).facts;
  const { objects } = parseRemovalList(readFileSync(list.file, 'utf8')) ?? assert.fail();
  assert.ok(going.length > 0 && !going.includes(copied.taken.snapshot));
  for (const object of objects) {
    const [type = '', name = ''] = object.split('/');
    rmSync(objectPath(folder, type as 'data', name)); // of a plan
  }
  const options = ['-r', folder, '--password-file', access.passwordFile, '--no-cache'];
  execFileSync('restic', [...options, 'check', '--read-data']);
  const key = hash('sha256', readFileSync(join(data, 'kept')), 'hex');
  for (const index of readdirSync(join(folder, 'index'))) rmSync(join(folder, 'index', index));
  const { blobs } = await runJob({ kind: 'rebuild-index', ...access, at: Date.now() });
  assert.ok(blobs > 0);
  const named = execFileSync('restic', [...options, 'list', 'blobs'], { encoding: 'utf8' });
  assert.ok(!named.includes(key), 'no pack holds the key any more');
  assert.match(named, /^data [0-9a-f]{64}$/m);
});
