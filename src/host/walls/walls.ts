/**
 * Walls around programs that are not ours and read what may be hostile. What can be had depends on the system, is tried before it is promised, and its
 * word goes into the record of what was done within:
 *
 * - `sealed`: a root of its own that shows the system's programs and what the run was given, read only except what it is to write; no network; no other
 *   process in sight; no right at all; limits of memory, processor, file size, time and output; gone with whoever started it.
 * - `networked`: the same for a run that has to reach a vault elsewhere.
 * - `limited`: the system gives us no namespaces. The limits, and that it can gain no right and outlive nobody.
 * - `none`: the system has nothing of the kind: time and output are bounded, and the environment is empty.
 */
import { accessSync, constants, mkdirSync, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runToEnd } from './tool-process.ts';
import type { ToolEnd } from './tool-process.ts';
import { INPUT_WITHIN, WALL_SCRIPT } from './wall-script.ts';
import type { WallsWord } from '#model/backup-shapes.ts';

export interface ToolLimits {
  readonly memoryBytes: number;
  readonly cpuSeconds: number;
  /** The largest file that it may write; without one it writes none. */
  readonly fileBytes?: number;
  readonly wallMs: number;
  readonly outputBytes: number;
}

export interface ToolAsk {
  /** By name, as a shell would find it. */
  readonly program: string;
  /** Told where the input is. */
  args(input: string): readonly string[];
  /** A file, open for reading, and the bytes of its path. */
  readonly input?: { readonly fd: number; readonly path: Buffer };
  readonly env?: Readonly<Record<string, string>>;
  /** Files and folders that it sees, under the same names; no name is told to anybody else. */
  readonly reads?: readonly string[];
  readonly writes?: readonly string[];
  readonly network?: boolean;
  readonly limits: ToolLimits;
}

export interface Walls {
  /** What stands around a run, for its record. */
  word(ask?: Pick<ToolAsk, 'network'>): WallsWord;
  /** Rejects with the signal's reason when that ended it. */
  run(ask: ToolAsk): Promise<ToolEnd>;
}

type Kind = Exclude<WallsWord, 'networked'>;

const MIB = 2 ** 20;
const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const OPEN_FILES_MAX = 256;
const SHOWN_ANYWAY = ['/usr/', '/bin/', '/sbin/'];
const TRIED: ToolAsk = {
  program: 'true',
  args: () => [],
  limits: { memoryBytes: 256 * MIB, cpuSeconds: 10, wallMs: 30_000, outputBytes: MIB },
};
const ABSENT: ToolEnd = { end: 'absent', out: '', says: '' };

/** The best that can be had here: each kind is tried with a program that does nothing. `folder` is ours alone, and stays empty. */
export async function openWalls(folder: string, signal?: AbortSignal): Promise<Walls> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const kind of ['sealed', 'limited'] as const) {
    const { end } = await runWithin(kind, folder, TRIED, signal);
    if (end === 'well') return wallsOf(kind, folder, signal);
  }
  return wallsOf('none', folder, signal);
}

function wallsOf(kind: Kind, folder: string, signal: AbortSignal | undefined): Walls {
  return {
    word: (ask) => (kind === 'sealed' && ask?.network === true ? 'networked' : kind),
    run: (ask) => runWithin(kind, folder, ask, signal),
  };
}

async function runWithin(kind: Kind, folder: string, ask: ToolAsk, signal: AbortSignal | undefined): Promise<ToolEnd> {
  const program = programPath(ask.program);
  if (program === undefined) return ABSENT;
  const { input, limits } = ask;
  const isSealed = kind === 'sealed';
  const words = [program, ...ask.args(isSealed ? INPUT_WITHIN : '/dev/fd/3')];
  const [file = program, ...args] = [...before(kind, folder, program, ask), ...words];
  return runToEnd({
    file,
    args,
    env: { PATH: SYSTEM_PATH, LANG: 'C.UTF-8', ...ask.env },
    ...(input === undefined ? {} : isSealed ? { stdin: input.path } : { fd: input.fd }),
    wallMs: limits.wallMs,
    outputBytes: limits.outputBytes,
    ...(signal === undefined ? {} : { signal }),
  });
}

/** What is run before the program, and then becomes it. */
function before(kind: Kind, folder: string, program: string, ask: ToolAsk): readonly string[] {
  if (kind === 'none') return [];
  const within = kind === 'limited' ? ['--no-new-privs', '--'] : ['--', ...apart(folder, program, ask)];
  return [...mortal(ask.limits), ...within, ...limiting(ask.limits)];
}

/** Ends with whoever started it; and in time, should that one be gone before this was asked for. */
function mortal({ wallMs }: ToolLimits): readonly string[] {
  const withParent = ['setpriv', '--pdeathsig', 'KILL'];
  return [...withParent, '--', 'timeout', '--signal=KILL', String(Math.ceil(wallMs / 1000) + 1), ...withParent];
}

const SPACES = ['unshare', '--user', '--map-root-user', '--mount', '--pid', '--ipc', '--uts'];
const FIRST = ['--fork', '--kill-child', '--', 'sh', '-c', WALL_SCRIPT, 'walls'];

function apart(folder: string, program: string, { reads = [], writes = [], input, network }: ToolAsk): string[] {
  const isShown = SHOWN_ANYWAY.some((start) => program.startsWith(start));
  return [
    ...SPACES,
    ...(network === true ? [] : ['--net']),
    ...FIRST,
    folder,
    ...(isShown ? [] : ['program', program]),
    ...reads.flatMap((path) => ['read', path]),
    ...writes.flatMap((path) => ['write', path]),
    ...(input === undefined ? [] : ['input']),
    ...(network === true ? ['network'] : []),
    '--',
  ];
}

function limiting({ memoryBytes, cpuSeconds, fileBytes = 0 }: ToolLimits): readonly string[] {
  const limits = [`--as=${memoryBytes}`, `--cpu=${cpuSeconds}`, `--fsize=${fileBytes}`, `--nofile=${OPEN_FILES_MAX}`];
  return ['prlimit', '--core=0', ...limits, '--'];
}

/** Where the program really lies; undefined when there is none of this name. */
function programPath(name: string): string | undefined {
  const folders = (process.env['PATH'] ?? SYSTEM_PATH).split(delimiter).filter((folder) => folder.startsWith('/'));
  for (const folder of folders) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return realpathSync(path);
    } catch {
      continue;
    }
  }
  return undefined;
}
