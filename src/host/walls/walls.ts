/**
 * Walls around programs that are not ours and read what may be hostile. What can be had depends on the system, is tried before it is promised, and its
 * word goes into the record of what was done within:
 *
 * - `sealed`: a root of its own that shows the system's programs and what the run was given, read only except what it is to write; no network; no other
 *   process in sight; no right at all; limits of memory, processor, file size, time and output; gone with whoever started it.
 * - `one-way`: the same, and a network in which there is nothing but a way to one address, the vault's.
 * - `networked`: the same with all of the network, where such a way can't be made.
 * - `limited`: the system gives us no namespaces. The limits, and that it can gain no right and outlive nobody.
 * - `none`: the system has nothing of the kind: time and output are bounded, and the environment is empty.
 */
import { accessSync, constants, mkdirSync, realpathSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { delimiter, join } from 'node:path';
import { runToEnd } from './tool-process.ts';
import type { ToolEnd } from './tool-process.ts';
import { INPUT_WITHIN, WALL_SCRIPT } from './wall-script.ts';
import { openWayDoor } from './way-door.ts';
import type { Way } from './way-door.ts';
import { ROOT } from '#host/process/built-code.mjs';
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
  /** What it has to reach, if anything: one address, or whatever it likes. */
  readonly reaches?: Way | 'anything';
  readonly limits: ToolLimits;
}

export interface Walls {
  /** What stands around a run, for its record. */
  word(ask?: Pick<ToolAsk, 'reaches'>): WallsWord;
  /** Rejects with the signal's reason when that ended it. */
  run(ask: ToolAsk): Promise<ToolEnd>;
}

type Kind = Exclude<WallsWord, 'networked' | 'one-way'>;

interface Standing {
  readonly kind: Kind;
  /** Whether a way to one address can be made. */
  readonly hasWay: boolean;
}

const MIB = 2 ** 20;
const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const RELAY = join(ROOT, 'src', 'host', 'walls', 'way-relay.ts');
const OPEN_FILES_MAX = 256;
const SHOWN_ANYWAY = ['/usr/', '/bin/', '/sbin/'];
const TRIED: ToolAsk = {
  program: 'true',
  args: () => [],
  limits: { memoryBytes: 256 * MIB, cpuSeconds: 10, wallMs: 30_000, outputBytes: MIB },
};
const ABSENT: ToolEnd = { end: 'absent', out: '', says: '' };

/**
 * The best that can be had here: each kind is tried with a program that does nothing, and so is the way that will be asked for. `folder` is ours alone, and
 * stays empty.
 */
export async function openWalls(
  folder: string,
  { signal, way }: { readonly signal?: AbortSignal; readonly way?: Way } = {},
): Promise<Walls> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const holds = async (standing: Standing, ask: ToolAsk): Promise<boolean> =>
    (await runWithin(standing, folder, ask, signal)).end === 'well';
  const open = { kind: 'sealed', hasWay: true } as const;
  if (way !== undefined && (await holds(open, { ...TRIED, reaches: way }).catch(noWay)))
    return wallsOf(open, folder, signal);
  for (const kind of ['sealed', 'limited'] as const)
    if (await holds({ kind, hasWay: false }, TRIED)) return wallsOf({ kind, hasWay: false }, folder, signal);
  return wallsOf({ kind: 'none', hasWay: false }, folder, signal);
}

/** Where not even a socket of ours can be made. */
function noWay(cause: unknown): false {
  if ((cause as NodeJS.ErrnoException).code === undefined) throw cause; // no error of the system: the signal's
  return false;
}

function wallsOf(standing: Standing, folder: string, signal: AbortSignal | undefined): Walls {
  const { kind, hasWay } = standing;
  return {
    word({ reaches } = {}) {
      if (kind !== 'sealed' || reaches === undefined) return kind;
      return hasWay && reaches !== 'anything' ? 'one-way' : 'networked';
    },
    run: (ask) => runWithin(standing, folder, ask, signal),
  };
}

async function runWithin(
  standing: Standing,
  folder: string,
  ask: ToolAsk,
  signal: AbortSignal | undefined,
): Promise<ToolEnd> {
  const program = programPath(ask.program);
  if (program === undefined) return ABSENT;
  const { kind, hasWay } = standing;
  const ending = signal === undefined ? {} : { signal };
  if (kind !== 'sealed' || !hasWay || ask.reaches === undefined || ask.reaches === 'anything')
    return runOnce(kind, folder, program, ask, ending);
  await using door = await openWayDoor(ask.reaches, folder);
  const words = wayWords(ask.reaches, door.socket);
  return await runOnce(kind, folder, program, ask, { words, ...ending });
}

interface Out {
  readonly signal?: AbortSignal;
  /** How the way out is made; all of the network is left where something has to be reached and this is not said. */
  readonly words?: readonly string[];
}

function runOnce(kind: Kind, folder: string, program: string, ask: ToolAsk, { words, signal }: Out): Promise<ToolEnd> {
  const { input, limits } = ask;
  const isSealed = kind === 'sealed';
  const run = [program, ...ask.args(isSealed ? INPUT_WITHIN : '/dev/fd/3')];
  const [file = program, ...args] = [...before(kind, folder, program, ask, words), ...run];
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

/** A name means this address within; an address is put there as it is. */
function wayWords({ host, port }: Way, socket: string): readonly string[] {
  const address = isIPv4(host) ? host : '127.0.0.1';
  return ['way', host, address, String(port), process.execPath, RELAY, socket];
}

/** What is run before the program, and then becomes it. */
function before(
  kind: Kind,
  folder: string,
  program: string,
  ask: ToolAsk,
  words: readonly string[] | undefined,
): readonly string[] {
  if (kind === 'none') return [];
  const within = kind === 'limited' ? ['--no-new-privs', '--'] : ['--', ...apart(folder, program, ask, words)];
  return [...mortal(ask.limits), ...within, ...limiting(ask.limits)];
}

/** Ends with whoever started it; and in time, should that one be gone before this was asked for. */
function mortal({ wallMs }: ToolLimits): readonly string[] {
  const withParent = ['setpriv', '--pdeathsig', 'KILL'];
  return [...withParent, '--', 'timeout', '--signal=KILL', String(Math.ceil(wallMs / 1000) + 1), ...withParent];
}

const SPACES = ['unshare', '--user', '--map-root-user', '--mount', '--pid', '--ipc', '--uts'];
const FIRST = ['--fork', '--kill-child', '--', 'sh', '-c', WALL_SCRIPT, 'walls'];

function apart(
  folder: string,
  program: string,
  { reads = [], writes = [], input, reaches }: ToolAsk,
  way: readonly string[] = [],
): readonly string[] {
  const isShown = SHOWN_ANYWAY.some((start) => program.startsWith(start));
  const isOpen = reaches !== undefined && way.length === 0;
  return [
    ...SPACES,
    ...(isOpen ? [] : ['--net']),
    ...FIRST,
    folder,
    ...(isShown ? [] : ['program', program]),
    ...reads.flatMap((path) => ['read', path]),
    ...writes.flatMap((path) => ['write', path]),
    ...(input === undefined ? [] : ['input']),
    ...(isOpen ? ['network'] : []),
    ...way,
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
