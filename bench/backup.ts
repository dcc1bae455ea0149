/**
 * The backup engine beside stock restic and borg: the same data, in turns, everything in memory so that no disk decides. Each tool runs as its own
 * process, start and key derivation included. `BENCH_BACKUP_MIB` sets the size of the set, `BENCH_BACKUP_RUNS` how often each step is run.
 */
import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { changeSet, makeSet } from './backup-set.ts';
import type { BenchRow } from './bench.ts';
import { median } from './bench.ts';
import { measured } from './measured-child.ts';
import type { Measured, Program } from './measured-child.ts';

const MIB = Number(process.env['BENCH_BACKUP_MIB'] ?? 1024);
const RUNS = Number(process.env['BENCH_BACKUP_RUNS'] ?? 2);
const PASSWORD = 'a password for the bench';
const MEMORY_MB_MAX = 200;
const STEPS = ['first', 'second', 'unchanged', 'restore', 'verify'] as const;
type Step = (typeof STEPS)[number];
type Tool = 'ours' | 'restic' | 'borg';
type Figures = Map<string, Measured[]>;

interface Place {
  readonly repository: string;
  readonly source: string;
  readonly target: string;
  readonly home: string;
}

export async function run(): Promise<readonly BenchRow[]> {
  const root = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'picturelock-bench-backup-'));
  try {
    touchMemory(root);
    const source = join(root, 'set');
    makeSet(source, MIB);
    const rounds = Array.from({ length: RUNS }, (_, round) => round);
    const all = rounds.flatMap((round) => tools(round).map((tool) => ({ tool, place: placeOf(root, tool, round) })));
    const figures: Figures = new Map();
    for (const { tool, place } of all) await init(tool, place);
    for (const step of STEPS) {
      if (step === 'second') changeSet(source, MIB);
      for (const { tool, place } of all) note(figures, tool, step, await perform(tool, step, place));
    }
    const [ours] = all.filter(({ tool }) => tool === 'ours');
    return [...rowsOf(figures), ...(ours === undefined ? [] : crossRows(ours.place))];
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** A virtual machine's memory is slow the first time it is touched: whoever came first would pay for it. */
function touchMemory(root: string): void {
  const path = join(root, 'touched');
  const bytes = Buffer.alloc(1 << 24);
  const file = openSync(path, 'w');
  for (let mib = 0; mib < MIB * (RUNS * 2 + 3); mib += 16) writeSync(file, bytes);
  closeSync(file);
  rmSync(path);
}

/** borg is far off and slow: once is enough. */
function tools(round: number): readonly Tool[] {
  return round === 0 ? ['restic', 'ours', 'borg'] : ['restic', 'ours'];
}

function placeOf(root: string, tool: Tool, round: number): Place {
  const [repository, home] = [join(root, `${tool}-${round}`), join(root, `home-${tool}-${round}`)];
  mkdirSync(home);
  return { repository, source: join(root, 'set'), target: join(root, 'back'), home };
}

function program(tool: Tool, place: Place, args: readonly string[]): Program {
  const env = { HOME: place.home, RESTIC_PASSWORD: PASSWORD, BORG_PASSPHRASE: PASSWORD };
  const own = [process.execPath, join(import.meta.dirname, 'backup-engine.ts')];
  const command = tool === 'ours' ? own : tool === 'restic' ? ['restic', '-r', place.repository, '-q'] : ['borg'];
  return { command: [...command, ...args], env, cwd: place.target };
}

async function init(tool: Tool, place: Place): Promise<void> {
  mkdirSync(place.target, { recursive: true });
  const args = {
    ours: ['init', place.repository],
    restic: ['init'],
    borg: ['init', '-e', 'repokey', place.repository],
  };
  await measured(program(tool, place, args[tool]));
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
  if (tool === 'restic') {
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
  process.stderr.write(`${key}: ${wallS.toFixed(2)} s, ${cpuS.toFixed(2)} CPU-s, ${peakMb.toFixed(0)} MB\n`);
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
      const said = limit === undefined ? 'none' : `<= ${limit} x ${peer}`;
      const holds = limit === undefined || ratio <= limit;
      return { name, value, unit: 's', peer, peerValue, ratio, bar: said, better: 'lower', holds };
    };
    return [row('restic', bar), row('borg', undefined)];
  });
  return [...beside, memoryRow(figures)];
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
  const env = { PATH: process.env['PATH'], HOME: home, RESTIC_PASSWORD: PASSWORD };
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
