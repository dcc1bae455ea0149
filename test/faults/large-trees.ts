/** Backups of a great many small files, and of one file that is nearly all hole: everything comes back, stock restic agrees, memory stays small. */
import { execFileSync } from 'node:child_process';
import assert from 'node:assert/strict';
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleEngine, ENGINE_PROGRAM } from '../../bench/engine-program.ts';
import { JOB_FLAGS, JOB_MEMORY } from '#host/backup/job-memory.ts';
import { measured } from '../../bench/measured-child.ts';
import { storePieces } from './many-pieces.ts';

const PASSWORD = 'a password for large trees';
const FILES_IN_FOLDER = 1000;
const GIB = 2 ** 30;
const ISLAND_BYTES = 4 * 2 ** 20;

/** What a job may hold, however large the tree is. */
const MEMORY_MB_MAX = 200;

export interface LargeTree {
  /** The most memory that each step held. */
  readonly peakMb: {
    readonly first: number;
    readonly unchanged: number;
    readonly restore: number;
    readonly verify: number;
  };
  readonly seconds: {
    readonly first: number;
    readonly unchanged: number;
    readonly restore: number;
    readonly verify: number;
  };
}

/** `count` files of some bytes each, a thousand in a folder. Needs room for them twice, and a 4 KiB block for each. */
export async function backUpSmallFiles(count: number): Promise<LargeTree> {
  return backUpMany(count, () => Promise.resolve());
}

/** Some files, into a repository that holds so many pieces already, 16 a pack. */
export async function backUpBeside(pieces: number, files = FILES_IN_FOLDER): Promise<LargeTree> {
  return backUpMany(files, async (repository) => {
    await storePieces({ repository, password: PASSWORD, count: pieces });
  });
}

async function backUpMany(count: number, prepare: (repository: string) => Promise<void>): Promise<LargeTree> {
  const root = mkdtempSync(join(tmpdir(), 'picturelock-many-'));
  try {
    const source = join(root, 'source');
    for (let at = 0; at < count; at += FILES_IN_FOLDER)
      makeFolder(join(source, `reel-${at}`), at, Math.min(count, at + FILES_IN_FOLDER));
    const compare = (back: string): unknown => execFileSync('diff', ['-r', source, back], { stdio: 'pipe' });
    return await there({ root, source, compare, prepare });
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function makeFolder(path: string, from: number, to: number): void {
  mkdirSync(path, { recursive: true });
  for (let i = from; i < to; i += 1)
    writeFileSync(join(path, `frame.${i}.xml`), `<frame n="${i}">${'x'.repeat(i % 97)}</frame>`);
}

/** One file of so many GiB with a few MiB in its middle and at its end. */
export async function backUpSparseFile(gib: number): Promise<LargeTree> {
  const root = mkdtempSync(join(tmpdir(), 'picturelock-sparse-'));
  try {
    const source = join(root, 'source');
    mkdirSync(source);
    makeSparse(join(source, 'disk.raw'), gib * GIB);
    const compare = (back: string): void => {
      const { size, blocks } = statSync(join(back, 'disk.raw'));
      assert.equal(size, gib * GIB);
      assert.ok(blocks * 512 < 8 * ISLAND_BYTES, 'its holes are holes again');
      for (const at of [(gib * GIB) / 2, gib * GIB - ISLAND_BYTES])
        assert.equal(sumAt(join(back, 'disk.raw'), at), sumAt(join(source, 'disk.raw'), at));
    };
    return await there({ root, source, compare });
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function makeSparse(path: string, bytes: number): void {
  const [fd, island] = [openSync(path, 'w'), Buffer.alloc(ISLAND_BYTES, 'picture lock ')];
  ftruncateSync(fd, bytes);
  for (const at of [bytes / 2, bytes - ISLAND_BYTES]) writeSync(fd, island, 0, island.length, at);
  closeSync(fd);
}

function sumAt(path: string, at: number): string {
  const command = `tail -c +${at + 1} "$1" | head -c ${ISLAND_BYTES} | sha256sum`;
  return execFileSync('sh', ['-c', command, 'sh', path], { encoding: 'utf8' });
}

interface Tree {
  readonly root: string;
  readonly source: string;
  compare(back: string): unknown;
  /** What is done with the repository before. */
  prepare?(repository: string): Promise<void>;
}

async function there({ root, source, compare, prepare }: Tree): Promise<LargeTree> {
  const [repository, back] = [join(root, 'repository'), join(root, 'back')];
  const env = { HOME: root, RESTIC_PASSWORD: PASSWORD, ...JOB_MEMORY };
  const step = (...args: readonly string[]) =>
    measured({ command: [process.execPath, ...JOB_FLAGS, ENGINE_PROGRAM, ...args], env });
  await bundleEngine();
  await step('init', repository);
  await prepare?.(repository);
  const first = await step('backup', repository, source);
  const unchanged = await step('backup', repository, source);
  const restore = await step('restore', repository, back);
  compare(join(back, 'source'));
  const verify = await step('verify', repository);
  execFileSync('restic', ['-r', repository, '--no-cache', 'check', '--read-data'], {
    env: { ...process.env, HOME: root, RESTIC_PASSWORD: PASSWORD },
    stdio: 'pipe',
  });
  const steps = { first, unchanged, restore, verify };
  for (const [name, { peakMb }] of Object.entries(steps))
    assert.ok(peakMb <= MEMORY_MB_MAX, `${name} held ${peakMb.toFixed(0)} MB of ${MEMORY_MB_MAX}`);
  const of = (what: 'peakMb' | 'wallS') =>
    Object.fromEntries(Object.entries(steps).map(([name, figures]) => [name, Math.round(figures[what])]));
  return { peakMb: of('peakMb'), seconds: of('wallS') } as unknown as LargeTree; // the same names as in `steps`
}
