/**
 * The backup engine beside stock restic and borg: the same data, in turns, everything in memory so that no disk decides. Each tool runs as its own
 * process and as it is used, start and the opening of its key included: ours with what a job of the service runs with, on a repository whose password the
 * facility made; restic with a password of a person, because it knows no other. So that the key does not decide, restic runs once more on a repository
 * that opens as ours does. The set and the number of runs are those that the bars were set with, and take twenty minutes; `BENCH_BACKUP_MIB` and
 * `BENCH_BACKUP_RUNS` name others. Four and three quarters of the set must fit in memory.
 */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { JOB_FLAGS, JOB_MEMORY } from '../src/host/backup/job-memory.ts';
import { changeSet, makeSet, WHOLE_MIB } from './backup-set.ts';
import type { BenchRow } from './bench.ts';
import { median } from './bench.ts';
import { bundleEngine, ENGINE_PROGRAM } from './engine-program.ts';
import { measured } from './measured-child.ts';
import type { Measured, Program } from './measured-child.ts';
import { holdMemory } from './touched-memory.ts';

const MIB = Number(process.env['BENCH_BACKUP_MIB'] ?? WHOLE_MIB);
const RUNS = Number(process.env['BENCH_BACKUP_RUNS'] ?? 3);
/** As `restic init` gets it, and as a facility makes it: by the second one a key opens at once (docs/decisions/0012). */
const PASSWORDS = {
  person: 'a password for the bench',
  facility: randomBytes(32).toString('base64url'),
} as const;
const MEMORY_MB_MAX = 200;
/** A step writes the set at most, and holds something itself. */
const WRITTEN = 1.1;
const STEPS = ['first', 'second', 'unchanged', 'restore', 'verify'] as const;
type Step = (typeof STEPS)[number];
/** `keyed`: stock restic on a repository that opens as ours does. */
type Tool = 'ours' | 'restic' | 'keyed' | 'borg';
type Figures = Map<string, Measured[]>;

interface Place {
  readonly root: string;
  readonly repository: string;
  readonly source: string;
  readonly target: string;
  readonly home: string;
}

export async function run(): Promise<readonly BenchRow[]> {
  const folder = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  expectRoom(folder);
  const root = mkdtempSync(join(folder, 'picturelock-bench-backup-'));
  try {
    await compileOurs(root);
    const figures: Figures = new Map();
    let crossed: readonly BenchRow[] = [];
    for (let round = 0; round < RUNS; round += 1) {
      const isLast = round === RUNS - 1;
      crossed = await steps(root, ['restic', 'ours'], figures, isLast);
      // By itself: three repositories, the set and what is restored are more than memory holds.
      await steps(root, ['keyed'], figures, false);
    }
    // borg is far off and slow: once is enough.
    await steps(root, ['borg'], figures, false);
    return [...rowsOf(figures), ...crossed];
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function expectRoom(folder: string): void {
  const { bavail, bsize } = statfsSync(folder);
  const [needed, free] = [MIB * 4.75, (bavail * bsize) / 2 ** 20];
  if (free < needed)
    throw new Error(`${folder} has ${free.toFixed(0)} MiB free of ${needed} needed: set BENCH_BACKUP_MIB lower`);
}

/** As the service has it: code is compiled at the first job after an update, and not again. */
async function compileOurs(root: string): Promise<void> {
  await bundleEngine();
  const [place, small] = [placeOf(root, 'ours'), join(root, 'small')];
  mkdirSync(small);
  for (let i = 0; i < 200; i += 1) writeFileSync(join(small, `${i}.txt`), `file ${i}`);
  await init('ours', place);
  for (const args of [
    ['backup', place.repository, small],
    ['restore', place.repository, place.target],
    ['verify', place.repository],
  ])
    await measured(program('ours', place, args));
  remove(place);
  rmSync(small, { recursive: true });
}

/** Every step of these tools, in turns, and what they wrote removed. */
async function steps(
  root: string,
  tools: readonly Tool[],
  figures: Figures,
  isCrossed: boolean,
): Promise<readonly BenchRow[]> {
  const places = tools.map((tool) => ({ tool, place: placeOf(root, tool) }));
  const held = holdMemory(root);
  try {
    makeSet(join(root, 'set'), MIB);
    for (const { tool, place } of places) await init(tool, place);
    for (const step of STEPS) {
      if (step === 'second') changeSet(join(root, 'set'), MIB);
      for (const { tool, place } of places) {
        // A virtual machine's memory is slow the first time it is touched: whoever came first would pay for it.
        await held.fill(MIB * 2 ** 20 * WRITTEN);
        const stop = held.lend();
        try {
          note(figures, tool, step, await perform(tool, step, place));
        } finally {
          stop();
        }
      }
    }
    const ours = places.find(({ tool }) => tool === 'ours');
    return isCrossed && ours !== undefined ? crossRows(ours.place) : [];
  } finally {
    held.free();
    for (const { place } of places) remove(place);
  }
}

function placeOf(root: string, tool: Tool): Place {
  const [repository, home] = [join(root, tool), join(root, `home-${tool}`)];
  mkdirSync(home, { recursive: true });
  return { root, repository, source: join(root, 'set'), target: join(root, 'back'), home };
}

function remove({ repository, target, home }: Place): void {
  for (const path of [repository, target, home]) rmSync(path, { recursive: true, force: true });
}

function passwordOf(tool: Tool): string {
  return tool === 'ours' || tool === 'keyed' ? PASSWORDS.facility : PASSWORDS.person;
}

function program(tool: Tool, place: Place, args: readonly string[], password = passwordOf(tool)): Program {
  const env = { HOME: place.home, RESTIC_PASSWORD: password, BORG_PASSPHRASE: password };
  if (tool === 'ours') {
    const command = [process.execPath, ...JOB_FLAGS, ENGINE_PROGRAM, ...args];
    return { command, env: { ...env, ...JOB_MEMORY, NODE_COMPILE_CACHE: join(place.root, 'compiled') } };
  }
  const command = tool !== 'borg' ? ['restic', '-r', place.repository, '-q', ...args] : ['borg', ...args];
  return { command, env, cwd: place.target };
}

/** Ours makes restic's repositories, too: the cost of a guess is then what restic chooses on a machine that is not busy, each time the same. */
async function init(tool: Tool, place: Place): Promise<void> {
  mkdirSync(place.target, { recursive: true });
  const args = tool === 'borg' ? ['init', '-e', 'repokey', place.repository] : ['init', place.repository];
  await measured(program(tool === 'borg' ? 'borg' : 'ours', place, args, passwordOf(tool)));
}

async function perform(tool: Tool, step: Step, place: Place): Promise<Measured> {
  mkdirSync(place.target, { recursive: true });
  try {
    const figures = await measured(program(tool, place, argumentsOf(tool, step, place)));
    if (step === 'restore') compare(place.source, join(place.target, tool === 'ours' ? 'set' : place.source));
    return figures;
  } finally {
    rmSync(place.target, { recursive: true });
  }
}

function argumentsOf(tool: Tool, step: Step, { repository, source, target }: Place): readonly string[] {
  const isBackup = step === 'first' || step === 'second' || step === 'unchanged';
  if (tool === 'ours') return isBackup ? ['backup', repository, source] : [step, repository, target];
  if (tool !== 'borg') {
    if (isBackup) return ['backup', source];
    return step === 'restore' ? ['restore', 'latest', '--target', target] : ['check', '--read-data'];
  }
  if (isBackup) return ['create', '--compression', 'lz4', `${repository}::${step}`, source];
  return step === 'restore' ? ['extract', `${repository}::unchanged`] : ['check', '--verify-data', repository];
}

function compare(a: string, b: string): void {
  execFileSync('diff', ['-r', a, b], { stdio: 'pipe' });
}

function note(figures: Figures, tool: Tool, step: Step, figure: Measured): void {
  const key = `${tool} ${step}`;
  figures.set(key, [...(figures.get(key) ?? []), figure]);
  const { wallS, cpuS, peakMb } = figure;
  const load = (loadavg()[0] ?? 0).toFixed(1);
  process.stderr.write(
    `${key}: ${wallS.toFixed(2)} s, ${cpuS.toFixed(2)} CPU-s, ${peakMb.toFixed(0)} MB, load ${load}\n`,
  );
}

function middle(figures: Figures, tool: Tool, step: Step, what: keyof Measured): number {
  return median((figures.get(`${tool} ${step}`) ?? []).map((figure) => figure[what]));
}

const BARS: readonly (readonly [step: Step, what: 'wallS' | 'cpuS', bar: number])[] = [
  ['first', 'wallS', 0.5],
  ['first', 'cpuS', 0.5],
  ['second', 'wallS', 0.6],
  ['second', 'cpuS', 0.6],
  ['unchanged', 'wallS', 1],
  ['restore', 'wallS', 0.6],
  ['verify', 'wallS', 0.7],
];

function rowsOf(figures: Figures): readonly BenchRow[] {
  const beside = BARS.flatMap(([step, what, bar]) => {
    const value = middle(figures, 'ours', step, what);
    const name = `${step}${step === 'restore' || step === 'verify' ? '' : ' backup'}, ${what === 'wallS' ? 'wall' : 'CPU'}`;
    const row = (peer: Tool, limit: number | undefined): BenchRow => {
      const peerValue = middle(figures, peer, step, what);
      const ratio = value / peerValue;
      const said = limit === undefined ? 'none' : `<= ${limit} x ${nameOf(peer)}`;
      const holds = limit === undefined || ratio <= limit;
      return { name, value, unit: 's', peer: nameOf(peer), peerValue, ratio, bar: said, better: 'lower', holds };
    };
    return [row('restic', bar), row('keyed', bar), row('borg', undefined)];
  });
  return [...beside, memoryRow(figures)];
}

function nameOf(tool: Tool): string {
  return tool === 'keyed' ? 'restic with our key' : tool;
}

function memoryRow(figures: Figures): BenchRow {
  const peak = (tool: Tool): number => Math.max(...STEPS.map((step) => middle(figures, tool, step, 'peakMb')));
  const [value, peerValue] = [peak('ours'), peak('restic')];
  return {
    name: 'peak memory of any step',
    value,
    unit: 'MB',
    peer: 'restic',
    peerValue,
    ratio: value / peerValue,
    bar: `<= ${MEMORY_MB_MAX} MB`,
    better: 'lower',
    holds: value <= MEMORY_MB_MAX,
  };
}

/** What a second tool says of the repository that was measured. */
function crossRows({ repository, source, target, home }: Place): readonly BenchRow[] {
  const env = { PATH: process.env['PATH'], HOME: home, RESTIC_PASSWORD: PASSWORDS.facility };
  const restic = (...args: readonly string[]): string =>
    execFileSync('restic', ['-r', repository, '--no-cache', ...args], { env, encoding: 'utf8', stdio: 'pipe' });
  restic('check', '--read-data');
  mkdirSync(target, { recursive: true });
  restic('restore', 'latest', '--target', target);
  compare(source, join(target, source));
  const last = restic('backup', '--json', '--force', source).trim().split('\n').at(-1) ?? '';
  const { data_added: added, data_blobs: blobs } = JSON.parse(last) as { data_added: number; data_blobs: number };
  const exact = { bar: 'exits 0', better: 'higher', holds: true, unit: 'clean', value: 1 } as const;
  return [
    { name: 'stock restic check --read-data of our repository', ...exact },
    { name: 'stock restic restores ours byte for byte', ...exact },
    {
      name: 'stock restic backing up over ours adds',
      value: added / 1024,
      unit: 'KiB',
      bar: 'no data blob',
      better: 'lower',
      holds: blobs === 0,
    },
  ];
}
