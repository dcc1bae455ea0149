/** Where drills restore to: a place that is too small bounds them and they say so, one with no room is a finding, and no backup waits for a drill. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openBackedUp, takeNow } from './facility.ts';
import type { BackedUp } from './facility.ts';
import { newId } from '#engine/test-facility.ts';
import { parseSettings } from '#host/process/settings.ts';
import type { Drill } from '#model/backup-state.ts';
import type { DrillId } from '#std/ids.ts';

const FILES = 20;
const KIB = 1024;
const SMALL_KIB = 1024;
const skip = process.getuid?.() === 0 && existsSync('/bin/mount') ? false : 'needs root to mount a small disk';
let world: BackedUp;
let scratch: string;

before(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'picturelock-scratch-'));
  if (skip === false)
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SMALL_KIB}k,nr_inodes=1000`, 'tmpfs', scratch]);
  world = await openBackedUp(FILES, 1, undefined, undefined, scratch);
  await world.until('the first drill', ({ drills }) => drills.some(({ result }) => result !== undefined));
});
after(async () => {
  await world.close();
  if (skip === false) execFileSync('umount', ['-l', scratch]);
  rmSync(scratch, { recursive: true, force: true });
});

async function begin(): Promise<DrillId> {
  const drill = newId('drill');
  const [vault] = world.vaults;
  await world.ask({ kind: 'begin-drill', drill, policy: world.policy, vault, because: 'asked' });
  return drill;
}

async function ended(drill: DrillId): Promise<NonNullable<Drill['result']>> {
  await world.until('the drill’s end', ({ drills }) => drills.get(drill)?.result !== undefined);
  const result = world.state().drills.get(drill)?.result;
  assert.ok(result !== undefined);
  return result;
}

function resize(kib: number): void {
  execFileSync('mount', ['-o', `remount,size=${kib}k`, scratch]);
}

test('a place that is too small draws a smaller sample, which holds and says so', { skip }, () => {
  const [drill] = world.state().drills.values();
  const result = drill?.result;
  assert.deepEqual(result?.failures, []);
  assert.equal(result?.held, true);
  assert.ok(result.files > 0 && result.files < FILES, `${result.files} files`);
  assert.deepEqual([result.bounded?.plan, result.bounded?.files], ['sample', FILES + 1]);
  const { roomBytes = 0, bytes = 0 } = result.bounded ?? {};
  assert.ok(roomBytes < SMALL_KIB * KIB && roomBytes < bytes && result.bytes * 2 <= roomBytes);
  assert.deepEqual([result.second?.files, result.second?.failed], [result.files, 0]);
  const report = JSON.parse(readFileSync(join(world.data, 'drills', `${drill?.id}.json`), 'utf8')) as object;
  assert.ok(!('ruledOutShare' in report), 'where files were passed over, nothing is ruled out');
  assert.ok(!readdirSync(scratch).includes(drill?.id ?? ''), 'nothing of it is left there');
});

test('no room at all is a drill that failed, with what to do', { skip }, async () => {
  resize(12);
  const result = await ended(await begin());
  assert.equal(result.held, false);
  assert.match(result.failures[0]?.why ?? '', /^no room to restore it: \d+ MiB are wanted, .* --drill-scratch/);
});

test('with room again all of it is restored', { skip }, async () => {
  resize(64 * KIB);
  const result = await ended(await begin());
  assert.deepEqual([result.held, result.files, result.bounded], [true, FILES + 1, undefined]);
});

test('a backup is taken while a drill stands still', async () => {
  if (skip === false) resize(64 * KIB);
  const [drill, pid] = await stoppedDrill();
  try {
    const backup = await takeNow(world);
    assert.equal(backup.standing, 'taken');
    assert.equal(world.state().drills.get(drill)?.result, undefined, 'the drill still stands');
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  assert.equal((await ended(drill)).held, true);
});

/** The process of a drill, which has its walls, is stopped as soon as it is there; one that was too fast is followed by another. */
async function stoppedDrill(): Promise<readonly [DrillId, number]> {
  for (let tries = 0; tries < 10; tries += 1) {
    const drill = await begin();
    while (world.state().drills.get(drill)?.result === undefined) {
      const pid = drillProcess();
      if (pid !== undefined) {
        process.kill(pid, 'SIGSTOP');
        return [drill, pid];
      }
      await sleep(5);
    }
  }
  throw new Error('no drill could be stopped');
}

function drillProcess(): number | undefined {
  const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8').trim().split(' ');
  return children.filter((pid) => pid !== '' && isWalled(pid)).map(Number)[0];
}

function isWalled(pid: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes('--permission');
  } catch {
    return false; // it ended meanwhile
  }
}

test('a scratch place among the workspaces, or above the data, is refused at the start', () => {
  const start = (folder: string) => parseSettings(['--data', '/srv/pl', '--drill-scratch', folder], '/opt/pl');
  assert.equal(start('/mnt/scratch').drillScratch, '/mnt/scratch');
  for (const folder of ['/srv/pl/workspaces', '/srv/pl/workspaces/x', '/srv/pl', '/srv', '/'])
    assert.throws(() => start(folder), { code: 'scratch-in-the-way' }, folder);
});
