/** Bytes in the place of snapshots that are no snapshots: planted with no more than a token, or rotten. The way back goes past them, and names them. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId } from '#engine/test-facility.ts';
import { restoreFacility, restoreProject } from '#host/backup/disaster.ts';
import type { TakenAnswer } from '#host/backup/job.ts';
import { ensurePassword, readPassword } from '#host/backup/repository-keys.ts';
import { runJob } from '#host/backup/run-job.ts';
import { openRepository } from '#vault/engine/repository.ts';
import { openStore } from '#vault/store/open-store.ts';
import type { StorePlace } from '#vault/store/open-store.ts';
import { Fault } from '#std/refused.ts';

const AT = Date.UTC(2026, 0, 15, 12);
let folder: string;
let place: StorePlace;
let passwordFile: string;
let repository: string;
let [old, rotten]: TakenAnswer[] = [];
const planted: string[] = [];

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'picturelock-planted-'));
  repository = join(folder, 'vault');
  place = { kind: 'folder', folder: repository, sync: false };
  passwordFile = ensurePassword(folder, 'facility');
  old = await take('as it was', AT);
  rotten = await take('later', AT + 1000);
  const path = join(repository, 'snapshots', rotten.snapshot);
  const bytes = readFileSync(path);
  bytes[40] = (bytes[40] ?? 0) ^ 1;
  chmodSync(path, 0o600);
  writeFileSync(path, bytes);
  plant(Buffer.from('not a snapshot, and long enough to look like a sealed one: whoever has a token can write it'));
  plant(Buffer.alloc(0));
  const store = openStore(place);
  const opened = await openRepository({ store, password: readPassword(passwordFile) });
  planted.push(await opened.writeUnpacked('snapshots', '{"time":"2026-01-01T00:00:00Z"}'));
  planted.push(await opened.writeUnpacked('snapshots', '{"time":'));
  await opened.writeUnpacked('index', '{"packs":7}');
  await store.close();
});
after(() => rmSync(folder, { recursive: true, force: true }));

function take(text: string, at: number): Promise<TakenAnswer> {
  const source = join(folder, 'source');
  mkdirSync(source, { recursive: true });
  writeFileSync(join(source, 'RUNBOOK.txt'), text);
  const job = { kind: 'take', place, passwordFile, source, at, host: 'here', tags: ['facility'] } as const;
  return runJob({ ...job, scratch: join(folder, 'scratch') });
}

function plant(bytes: Buffer): void {
  const name = hash('sha256', bytes, 'hex');
  writeFileSync(join(repository, 'snapshots', name), bytes);
  planted.push(name);
}

const target = (name: string): string => join(folder, name);
const unreadable = (): readonly string[] =>
  [...planted, rotten?.snapshot ?? ''].map((name) => `snapshots/${name}`).toSorted();

test('the facility comes back from the newest snapshot that can be read, and what cannot be read is named', async () => {
  const done = await restoreFacility({ repository, passwordFile }, target('facility'));
  assert.equal(done.snapshot, old?.snapshot);
  assert.equal(readFileSync(join(target('facility'), 'RUNBOOK.txt'), 'utf8'), 'as it was');
  assert.deepEqual(done.unreadable.map(({ object }) => object).toSorted(), unreadable());
});

test('what stands in the new folder is not mixed with what comes back: nothing is moved, and its name is told', async () => {
  const into = target('taken');
  mkdirSync(into);
  writeFileSync(join(into, 'RUNBOOK.txt'), 'of another facility');
  const asked = restoreFacility({ repository, passwordFile }, into);
  await assert.rejects(
    asked,
    (cause) => cause instanceof Fault && cause.code === 'folder-taken' && cause.message.includes('RUNBOOK.txt'),
  );
  assert.deepEqual(readdirSync(into), ['RUNBOOK.txt']);
  assert.equal(readFileSync(join(into, 'RUNBOOK.txt'), 'utf8'), 'of another facility');
});

test('a snapshot that is named comes back, and one that is damaged is refused by its name', async () => {
  const source = { repository, passwordFile, snapshot: old?.snapshot.slice(0, 12) ?? '' };
  mkdirSync(target('project'));
  const done = await restoreProject(source, target('project'), newId('project'));
  assert.equal(done.snapshot, old?.snapshot);
  const damaged = restoreFacility({ repository, passwordFile, snapshot: rotten?.snapshot ?? '' }, target('rotten'));
  await assert.rejects(damaged, (cause) => cause instanceof Fault && cause.code === 'object-damaged');
});

test('a drill still finds the sealed manifest, and holds', async () => {
  const scratch = mkdtempSync(join(folder, 'drill-'));
  const { snapshot = '', manifestSha256 = '' } = old ?? {};
  const production = join(folder, 'source');
  const what = { snapshot, manifestSha256, seed: 's', scratch, roomBytes: 2 ** 30, production } as const;
  const drilled = await runJob({ kind: 'drill', place, passwordFile, ...what });
  assert.deepEqual([drilled.mismatches, drilled.files], [[], 1]);
});
