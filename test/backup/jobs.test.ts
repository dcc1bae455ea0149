/** The jobs of backups in their own processes: a snapshot with its sealed manifest, a copy, a drill that is shut in, and one that must fail. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededBytes } from '../vault/seeded-bytes.ts';
import type { DrilledAnswer, TakenAnswer } from '#host/backup/job.ts';
import { ensurePassword } from '#host/backup/repository-keys.ts';
import { runJob } from '#host/backup/run-job.ts';
import { isManifestSnapshot } from '#vault/drill/sealed-manifest.ts';
import { openRepository } from '#vault/engine/repository.ts';
import { openStore } from '#vault/store/open-store.ts';
import type { StorePlace } from '#vault/store/open-store.ts';
import { Fault } from '#std/refused.ts';

const AT = Date.UTC(2026, 0, 15, 12);
const FILES = 30;
const ROOM_BYTES = 2 ** 30;

let folder: string;
let passwordFile: string;
let taken: TakenAnswer;
const source = (): string => join(folder, 'workspaces', 'alpha');
const place = (name = 'first'): StorePlace => ({ kind: 'folder', folder: join(folder, name), sync: false });

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'picturelock-jobs-'));
  mkdirSync(join(source(), 'media', 'reel 1'), { recursive: true });
  mkdirSync(join(source(), '.picturelock', 'parts'), { recursive: true });
  writeFileSync(join(source(), '.picturelock', 'parts', 'half'), 'half an upload');
  for (let n = 0; n < FILES; n += 1)
    writeFileSync(join(source(), 'media', 'reel 1', `shot 100% ${n}.mov`), seededBytes(n, 40_000 + n));
  passwordFile = ensurePassword(folder, 'facility');
  taken = await take();
});
after(() => rmSync(folder, { recursive: true, force: true }));

function take(parent?: string, at = AT): Promise<TakenAnswer> {
  return runJob({
    kind: 'take',
    place: place(),
    passwordFile,
    source: source(),
    at,
    host: 'here',
    tags: ['alpha'],
    scratch: join(folder, 'scratch'),
    ...(parent === undefined ? {} : { parent }),
  });
}

function drill(sample: number | undefined, where = place()): Promise<DrilledAnswer> {
  return runJob({
    kind: 'drill',
    place: where,
    passwordFile,
    snapshot: taken.snapshot,
    manifestSha256: taken.manifestSha256,
    seed: 'a seed',
    ...(sample === undefined ? {} : { sample }),
    scratch: mkdtempSync(join(folder, 'drill-')),
    roomBytes: ROOM_BYTES,
    production: source(),
  });
}

test('a snapshot leaves out the hidden rooms, and its manifest lies beside it for any tool to read', async () => {
  assert.equal(taken.files, FILES);
  assert.equal(taken.unsteady, 0);
  assert.equal(statSync(passwordFile).mode & 0o777, 0o600);
  const store = openStore(place());
  const repository = await openRepository({ store, password: readFileSync(passwordFile, 'utf8').trim() });
  const snapshots = await repository.snapshots();
  assert.deepEqual(snapshots.map(({ tags }) => isManifestSnapshot(tags)).sort(), [false, true]);
  const restic = ['-r', join(folder, 'first'), '--no-cache', '--password-file', passwordFile];
  const listed = execFileSync('restic', [...restic, 'ls', taken.snapshot], { encoding: 'utf8', stdio: 'pipe' });
  assert.match(listed, /shot 100% 7\.mov/);
  assert.doesNotMatch(listed, /\.picturelock/);
});

test('when a job has answered its process is gone, and one that was called off before begins nothing', async () => {
  await take();
  assert.deepEqual(jobsOfOurs(), []);
  const stopping = new AbortController();
  stopping.abort(new Error('the service stops'));
  const look = { kind: 'look', place: place(), passwordFile, snapshot: taken.snapshot, path: '', limit: 1 } as const;
  const called = runJob(look, { signal: stopping.signal });
  assert.deepEqual(jobsOfOurs(), []);
  await assert.rejects(called, /the service stops/);
});

function jobsOfOurs(): readonly string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      const isOurs = /^PPid:\t(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] === String(process.pid);
      return isOurs && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('job-process');
    } catch {
      return false; // no process, or gone meanwhile
    }
  });
}

test('a second snapshot reads nothing anew', async () => {
  const again = await take(taken.snapshot);
  assert.equal(again.files, FILES);
  assert.ok(again.addedBytes < 16 * 1024, `${again.addedBytes} bytes were added`);
  assert.equal(again.manifestSha256, taken.manifestSha256, 'the same tree has the same manifest');
});

test('one within the same hour reads nothing, and one after a round reads everything again', async () => {
  const soon = await take(taken.snapshot, AT + 60_000);
  assert.ok(soon.readBytes < 3 * 41_000, `${soon.readBytes} bytes were read again within a minute`);
  const later = await take(soon.snapshot, AT + 60_000 + 28 * 86_400_000);
  assert.equal(later.readBytes, taken.readBytes);
  assert.equal(later.manifestSha256, taken.manifestSha256);
});

test('a drill restores a sample, compares it, and cannot reach production', async () => {
  const drilled = await drill(10);
  assert.deepEqual(drilled.mismatches, []);
  assert.equal(drilled.isolated, true);
  assert.deepEqual([drilled.files, drilled.filesOf], [10, FILES]);
  assert.ok(drilled.parts.length > 1 && drilled.firstByteMs > 0);
  const again = await drill(10);
  const paths = ({ restored }: DrilledAnswer): readonly string[] => restored.map(({ row }) => row.path);
  assert.deepEqual(paths(again), paths(drilled), 'the same seed draws the same files');
});

test('a copy is the same repository, and restores from there', async () => {
  const copied = await runJob({ kind: 'copy', from: place(), to: place('second') });
  assert.ok(copied.addedBytes > FILES * 40_000);
  const again = await runJob({ kind: 'copy', from: place(), to: place('second') });
  assert.equal(again.addedBytes, 0);
  assert.equal(again.objectsSha256, copied.objectsSha256);
  const whole = await drill(undefined, place('second'));
  assert.deepEqual([whole.mismatches, whole.files], [[], FILES]);
});

test('a drill on a corrupted pack fails and names the files', async () => {
  await runJob({ kind: 'copy', from: place(), to: place('third') });
  const pack = execFileSync('find', [join(folder, 'third', 'data'), '-type', 'f', '-size', '+500k'], {
    encoding: 'utf8',
  })
    .split('\n')
    .find((path) => path !== '');
  assert.ok(pack !== undefined);
  const bytes = readFileSync(pack);
  for (let at = 1000; at < bytes.length; at += 20_000) bytes[at] = (bytes[at] ?? 0) ^ 1;
  chmodSync(pack, 0o600);
  writeFileSync(pack, bytes);
  const drilled = await drill(undefined, place('third'));
  assert.ok(drilled.mismatches.length > 0, 'a drill that must fail held');
  assert.match(drilled.mismatches[0]?.path ?? '', /^media\/reel 1\/shot 100% /);
});

test('a manifest that is not the recorded one is not believed', async () => {
  const wrong = runJob({
    kind: 'drill',
    place: place(),
    passwordFile,
    snapshot: taken.snapshot,
    manifestSha256: '0'.repeat(64),
    seed: 's',
    scratch: mkdtempSync(join(folder, 'drill-')),
    roomBytes: ROOM_BYTES,
    production: source(),
  });
  await assert.rejects(wrong, (cause) => cause instanceof Fault && cause.code === 'no-manifest');
});
