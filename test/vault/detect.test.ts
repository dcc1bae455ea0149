/** Signs of an attack through the real engine: what is read, walked and remembered is what a backup in service sees. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { alarmCommand } from '#vault/detect/alarm.ts';
import { cameBack } from '#vault/detect/test-looks.ts';
import type { PastLooks } from '#vault/detect/past-looks.ts';
import type { Window } from '#vault/detect/planned-windows.ts';
import { TEST_FILES } from '#vault/detect/structure/test-files.ts';
import type { Suspicion } from '#vault/detect/suspicion.ts';
import { createWatch } from '#vault/detect/watch.ts';
import { addProject, ask, drawWorld, newId, numberedId } from '#model/drawn-world.ts';
import type { DrawnWorld } from '#model/drawn-world.ts';
import { isPrunePaused } from '#model/recovery-proof.ts';
import type { BackupId, PolicyId, VaultId } from '#std/ids.ts';
import { seededBytes } from './seeded-bytes.ts';
import { AT, makeRepository } from './test-repository.ts';
import type { TestRepository } from './test-repository.ts';

const DAY = 86_400_000;
const ALL: readonly Window[] = [{ from: AT, until: AT + 30 * DAY, folders: [] }];

interface Taken {
  readonly snapshot: string;
  readonly looks: PastLooks;
  readonly at: number;
  readonly suspicion: Suspicion;
}

async function take(repository: TestRepository, before?: Taken, windows: readonly Window[] = []): Promise<Taken> {
  const at = (before?.at ?? AT - DAY) + DAY;
  const { source } = repository;
  const past = await cameBack(before?.looks ?? new Map());
  const watch = createWatch({ source, past, span: { after: before?.at ?? at, at }, windows });
  const { onFile, onUnsteady } = watch;
  const parent = before === undefined ? {} : { parent: before.snapshot };
  const done = await repository.backup({ at, watch: true, threads: 1, ...parent, onFile, onUnsteady });
  return { snapshot: done.snapshot, at, ...watch.done() };
}

function put(repository: TestRepository, path: string, bytes: Uint8Array): void {
  mkdirSync(dirname(join(repository.source, path)), { recursive: true });
  writeFileSync(join(repository.source, path), bytes);
}

test('every kind, encrypted in place or under a new name, is found in the first snapshot that holds it', async () => {
  using repository = await makeRepository('detect-kinds');
  for (const [ending, , bytes] of TEST_FILES) put(repository, `work/a.${ending}`, bytes);
  const first = await take(repository);
  assert.equal(first.suspicion.isAlarm, false);
  assert.deepEqual(
    Array.from(first.looks, ([, { verdict }]) => verdict),
    TEST_FILES.map(() => 'whole'),
  );
  for (const [i, [ending, , bytes]] of TEST_FILES.entries()) {
    const path = `work/a.${ending}`;
    put(repository, path, seededBytes(i, bytes.length));
    assert.equal((await take(repository, first, ALL)).suspicion.isAlarm, true, `${ending} in place`);
    renameSync(join(repository.source, path), join(repository.source, `${path}.q7`));
    const { suspicion } = await take(repository, first, ALL);
    assert.deepEqual([suspicion.isAlarm, suspicion.suspects], [true, [`${path}.q7`]], `${ending} renamed`);
    rmSync(join(repository.source, `${path}.q7`));
    put(repository, path, bytes);
  }
  assert.equal((await take(repository, first)).suspicion.isAlarm, false);
});

test(
  'a folder that may not be read is not a deleted one',
  { skip: process.getuid?.() === 0 ? false : undefined },
  async () => {
    using repository = await makeRepository('detect-unread');
    for (let i = 0; i < 40; i += 1) put(repository, `reels/r${i}.edl`, Buffer.from(`TITLE: REEL ${i}\n`.repeat(50)));
    const first = await take(repository);
    const watch = createWatch({
      source: repository.source,
      past: first.looks,
      span: { after: first.at, at: first.at + DAY },
      windows: [],
    });
    const away = Buffer.from(join(repository.source, 'reels'));
    const { onFile, onUnsteady } = watch;
    await repository.backup({ watch: true, skips: (path) => path.equals(away), onFile, onUnsteady });
    onUnsteady({ path: away.toString() });
    const unread = watch.done();
    assert.equal(unread.suspicion.isAlarm, false);
    assert.equal(unread.looks.size, 40);
  },
);

const VAULT: VaultId = numberedId('vault', 901);
const POLICY: PolicyId = numberedId('policy', 902);

/** One backup that was taken, recorded as in service. */
function recordBackup(world: DrawnWorld, snapshot: string): BackupId {
  const backup = newId(world, 'backup');
  world.at += DAY;
  ask(world, { kind: 'begin-backup', backup, policy: POLICY, vault: VAULT, because: 'schedule' });
  const [startedAt, finishedAt] = [world.at, world.at + 1000];
  const counts = { files: 2, bytes: 10, addedBytes: 10, unsteady: 0 };
  const hashes = { snapshot, tree: 'e'.repeat(64), manifestSha256: 'f'.repeat(64) };
  ask(world, { kind: 'record-backup', backup, ...hashes, ...counts, startedAt, finishedAt, consistency: 'watched' });
  return backup;
}

test('an alarm is recorded with the last clean snapshot, and pauses every prune until somebody settles it', async () => {
  using repository = await makeRepository('detect-alarm');
  put(repository, 'camera/a.fcpxml', Buffer.from('<?xml version="1.0"?><cut></cut>'.padEnd(4000)));
  const clean = await take(repository);
  put(repository, 'camera/a.fcpxml', seededBytes(5, 4000));
  const struck = await take(repository, clean);

  const world = drawWorld();
  const project = addProject(world, 'alpha');
  const place = { nature: 'local', address: 'https://vault.example/', locks: 'root', lockDays: 30 } as const;
  ask(world, { kind: 'enrol-vault', vault: VAULT, name: 'house', ...place });
  const wanted = { everyMs: DAY, keepDays: 60, vaults: [VAULT], rpoMs: DAY, rtoMs: DAY };
  ask(world, { kind: 'set-policy', policy: POLICY, project, name: 'all', ...wanted });

  const first = { alarm: newId(world, 'alarm'), project, backup: recordBackup(world, clean.snapshot) };
  assert.equal(alarmCommand(world.state, first, clean.suspicion), undefined);
  const second = { alarm: newId(world, 'alarm'), project, backup: recordBackup(world, struck.snapshot) };
  const command = alarmCommand(world.state, second, struck.suspicion);
  assert.equal(command?.lastClean, clean.snapshot);
  ask(world, command);
  assert.equal(isPrunePaused(world.state), true);
  assert.equal(world.state.backups.taken.get(second.backup)?.suspect, true);

  const third = { alarm: newId(world, 'alarm'), project, backup: recordBackup(world, 'd'.repeat(64)) };
  assert.equal(alarmCommand(world.state, third, struck.suspicion)?.lastClean, clean.snapshot);
  ask(world, { kind: 'settle-alarm', alarm: second.alarm, reason: 'It was restored.', genuine: true });
  assert.equal(isPrunePaused(world.state), false);
});
