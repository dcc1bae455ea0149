/** Policies at work, end to end: due, taken, copied, drilled from each copy, restored; a corrupted copy is found by its drill. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openBackedUp } from './facility.ts';
import type { BackedUp } from './facility.ts';
import { until } from '../until.ts';
import { createBackupDesk } from '#host/backup/backup-desk.ts';
import type { Drill } from '#model/backup-state.ts';
import { newId } from '#engine/test-facility.ts';
import { chainHolds, reportSha256 } from '#vault/drill/drill-record.ts';

let world: BackedUp;
const FILES = 20;

before(async () => {
  world = await openBackedUp(FILES);
});
after(() => world.close());

const results = () =>
  [...world.state().drills.values()]
    .sort((a, b) => a.begunAt - b.begunAt)
    .flatMap(({ result }) => (result === undefined ? [] : [result]));

async function drillOn(vault: Drill['vault']): Promise<NonNullable<Drill['result']>> {
  const drill = newId('drill');
  await world.ask({ kind: 'begin-drill', drill, policy: world.policy, vault, because: 'asked' });
  await world.until('the drill’s end', ({ drills }) => drills.get(drill)?.result !== undefined);
  const result = world.state().drills.get(drill)?.result;
  assert.ok(result !== undefined);
  return result;
}

async function restored(path: string, mode: 'aside' | 'in-place') {
  const [backup] = world.state().taken.values();
  assert.ok(backup?.taken !== undefined);
  const restore = newId('restore');
  const { snapshot } = backup.taken;
  const wish = { path, mode, newestClean: false, reason: 'a test' };
  await world.ask({ kind: 'begin-restore', restore, backup: backup.id, snapshot, ...wish });
  await world.until('the restore’s end', ({ restores }) => restores.get(restore)?.finished !== undefined);
  return world.state().restores.get(restore)?.finished;
}

test('a policy that is due is taken, copied to its second vault, and drilled', async () => {
  await world.until('a drill’s end', ({ drills }) => drills.some(({ result }) => result !== undefined));
  // Copies and drills do not wait for one another.
  await world.until('both copies', ({ taken }) => taken.some(({ copies }) => copies.length === world.vaults.length));
  const [backup] = world.state().taken.values();
  assert.equal(backup?.standing, 'taken');
  assert.equal(backup.taken?.files, FILES + 1);
  assert.deepEqual(new Set(backup.copies.map(({ vault }) => vault)), new Set(world.vaults));
  const [first] = results();
  assert.deepEqual(first?.failures, []);
  assert.equal(first?.held, true);
  assert.equal(first?.isolated, true);
  assert.deepEqual([first?.files, first?.filesOf], [FILES + 1, FILES + 1]);
  assert.match(first?.second?.tool ?? '', /^restic /);
  assert.deepEqual([first?.second?.files, first?.second?.failed], [FILES + 1, 0]);
  assert.equal(world.state().policies.get(world.policy)?.lastDrillAt !== undefined, true);
  const [id] = world.state().drills.keys();
  const report = readFileSync(join(world.data, 'drills', `${id}.json`), 'utf8');
  assert.equal(reportSha256(report), first?.reportSha256);
});

test('the facility itself went to both vaults, with the runbook whose hash the ledger has', async () => {
  const copied = async () => (await world.parts.engine.search({ kind: 'facility.copied', limit: 10 })).entries.length;
  await until(async () => (await copied()) === world.vaults.length, 'both copies of the facility');
  const recorded = await world.parts.engine.search({ kind: 'runbook.written', limit: 10 });
  const [data] = recorded.entries.map(({ entry }) => (entry.kind === 'runbook.written' ? entry.data : undefined));
  assert.equal(recorded.entries.length, 1);
  for (const folder of world.vaultFolders) {
    assert.match(restic(folder, 'ls', 'latest'), new RegExp(`${world.project}\\.password`));
    const text = restic(folder, 'dump', 'latest', '/facility/RUNBOOK.txt');
    assert.equal(hash('sha256', text), data?.sha256, 'what lies in the vault is what the ledger tells');
    assert.match(restic(folder, 'dump', 'latest', '/facility/RUNBOOK.html'), new RegExp(`${data?.sha256}`));
  }
  assert.equal(world.state().runbook?.sha256, data?.sha256);
});

function restic(vault: string, ...what: readonly string[]): string {
  const passwordFile = join(world.data, 'keys', 'backup', 'facility.password');
  const access = ['-r', join(vault, 'facility'), '--no-cache', '--password-file', passwordFile];
  const [verb = '', ...rest] = what.map((one) =>
    one.startsWith('/') ? join(world.data, 'run/facility-copy', one) : one,
  );
  return execFileSync('restic', [...access, verb, '--tag', 'facility', ...rest], { encoding: 'utf8', stdio: 'pipe' });
}

test('what a drill restored from a copy counts as read back there, and nowhere else', () => {
  const [backup] = world.state().taken.values();
  const [drill] = world.state().drills.values();
  const read = backup?.copies.map(({ vault, readBack }) => [vault, readBack?.files, readBack?.filesOf]);
  assert.deepEqual(
    new Map(read?.map(([vault, ...counts]) => [vault, counts])),
    new Map(
      world.vaults.map((vault) => [vault, vault === drill?.vault ? [FILES + 1, FILES + 1] : [undefined, undefined]]),
    ),
  );
});

test('the runbook dates what drills proved, and says loudly what none did', async () => {
  const { text, html, neverProven, steps } = await createBackupDesk(world.parts).runbook();
  const today = new Date().toISOString().slice(0, 10);
  assert.match(text, new RegExp(`From rack, with our tool {3}\\(proven by a drill on ${today}\\)`));
  assert.match(text, /From second site, with stock restic {3}\(NEVER PROVEN\)/);
  assert.ok(neverProven > 0 && neverProven < steps);
  assert.match(text, /IT WAS NEVER SHARED OUT/);
  assert.match(text, /Olive Owner/);
  assert.doesNotMatch(text + html, /True Title/);
  const password = readFileSync(join(world.data, 'keys', 'backup', `${world.project}.password`), 'utf8').trim();
  assert.ok(!text.includes(password) && !html.includes(password));
});

test('a snapshot is looked into by folder and by name', async () => {
  const desk = createBackupDesk(world.parts);
  const [id] = world.state().taken.keys();
  assert.ok(id !== undefined);
  const top = await desk.list(id, '');
  assert.deepEqual(top.kind === 'ok' && top.value.map(({ name, kind }) => [name, kind]), [
    ['media', 'folder'],
    ['project', 'folder'],
  ]);
  const found = await desk.find(id, 'EDIT.X', 10);
  assert.deepEqual(found.kind === 'ok' && found.value.map(({ path, sizeBytes }) => [path, sizeBytes]), [
    ['project/edit.xml', 19],
  ]);
  assert.equal((await desk.list(id, 'media/nowhere')).kind, 'refused');
});

test('the other copy has its own drill, and the records are a chain', async () => {
  const second = await drillOn(world.vaults[1]);
  assert.equal(second.held, true);
  assert.ok(chainHolds(results()));
});

test('one file comes back to the side, a folder in place with the old kept', async () => {
  const edit = join(world.workspace, 'project', 'edit.xml');
  writeFileSync(edit, '<edit version="2"/>');
  const aside = await restored('project/edit.xml', 'aside');
  assert.equal(aside?.failed, 0);
  assert.match(aside?.to ?? '', /^project\/restored \w{6}\/edit\.xml$/);
  assert.equal(readFileSync(join(world.workspace, aside?.to ?? ''), 'utf8'), '<edit version="1"/>');
  assert.equal(readFileSync(edit, 'utf8'), '<edit version="2"/>');

  rmSync(join(world.workspace, 'media', 'reel', 'shot 3.mov'));
  const inPlace = await restored('media/reel', 'in-place');
  assert.equal(inPlace?.files, FILES);
  assert.ok(existsSync(join(world.workspace, 'media', 'reel', 'shot 3.mov')));
  const kept = readdirSync(join(world.workspace, 'media')).find((name) => /^reel \(before restore \w{6}\)$/.test(name));
  assert.equal(readdirSync(join(world.workspace, 'media', kept ?? '')).length, FILES - 1);
});

test('a path that leads out of the workspace brings nothing, and says so', async () => {
  const out = await restored('media/../../secrets', 'in-place');
  assert.deepEqual([out?.files, out?.failed], [0, 1]);
  assert.match(out?.to ?? '', /failed: a path beneath the workspace/);
  assert.match(world.troubles.splice(0).join('\n'), /^a restore failed: Fault: a path beneath the workspace/);
});

test('a drill on a copy with a corrupted pack fails, names its files, and proves nothing', async () => {
  const before = world.state().policies.get(world.policy)?.lastDrillAt;
  const folder = join(world.vaultFolders[1], world.project, 'data');
  const packs = execFileSync('find', [folder, '-type', 'f', '-size', '+100k'], { encoding: 'utf8' }).trim().split('\n');
  for (const pack of packs) {
    const bytes = readFileSync(pack);
    for (let at = 500; at < bytes.length; at += 9000) bytes[at] = (bytes[at] ?? 0) ^ 0x10;
    chmodSync(pack, 0o600);
    writeFileSync(pack, bytes);
  }
  const failed = await drillOn(world.vaults[1]);
  assert.equal(failed.held, false);
  assert.ok(failed.failed > 0 && failed.failures.some(({ path }) => path.startsWith('media/reel/shot')));
  assert.ok((failed.second?.failed ?? 0) > 0, 'the second tool finds it, too');
  assert.equal(world.state().policies.get(world.policy)?.lastDrillAt, before);
  const [drilled] = world.state().taken.values();
  assert.equal(
    drilled?.copies.find(({ vault }) => vault === world.vaults[1])?.readBack,
    undefined,
    'it is read back no more',
  );
  assert.ok(chainHolds(results()), 'a failure stays in the chain');
  const good = await drillOn(world.vaults[0]);
  assert.equal(good.held, true, 'the first copy is whole');
});

test('a vault that is gone is a failed drill, not a silent one', async () => {
  rmSync(world.vaultFolders[1], { recursive: true });
  const gone = await drillOn(world.vaults[1]);
  assert.equal(gone.held, false);
  assert.match(gone.failures[0]?.why ?? '', /no repository/);
  assert.deepEqual(world.troubles, []);
});
