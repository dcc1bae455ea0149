/**
 * What the kernel says of the packet filter, while it says it: packets that our rules logged, and commits of other processes to our table. It is
 * started again when it dies; between the two nothing is heard, so whoever listens is told to look for itself.
 */
import type { Programs } from './programs.ts';
import { readHeader } from './packet-header.ts';
import { LOG_GROUP, LOG_PREFIX } from '#plan/network/nft/chains.ts';
import { TABLE } from '#plan/network/nft/rules.ts';
import type { Denial, ForeignChange } from '#ports/warden.ts';

const AGAIN_MS = 1000;
const LINE_CHARS_MAX = 4096;

export interface SentinelEvents {
  denied(denial: Denial): void;
  /** Somebody committed to our table; whoever calls knows its own processes. `lost` when it may have been heard incompletely. */
  committed(change: ForeignChange): void;
  lost(): void;
}

export interface Sentinel {
  /** Resolves when the kernel is being listened to. */
  readonly ready: Promise<void>;
  /** Right now. */
  readonly hears: boolean;
  close(): void;
}

export function startSentinel(programs: Programs, path: string, events: SentinelEvents): Sentinel {
  let child: ReturnType<Programs['start']> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;
  const ready = Promise.withResolvers<void>();

  function start(): void {
    const started = programs.start(path, [TABLE, String(LOG_GROUP)]);
    child = started;
    let rest = '';
    started.stdout.setEncoding('latin1');
    started.stdout.on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = (lines.pop() ?? '').slice(0, LINE_CHARS_MAX);
      for (const line of lines) hear(line);
    });
    started.stdin.on('error', () => undefined);
    started.stderr.resume();
    started.once('error', () => again());
    started.once('exit', () => again());
  }

  let hears = false;
  function again(): void {
    [child, hears] = [undefined, false];
    if (isClosed || timer !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
      if (!isClosed) start();
    }, AGAIN_MS);
  }

  let wasReady = false;
  function hear(line: string): void {
    if (line === 'ready') {
      if (wasReady) events.lost();
      [wasReady, hears] = [true, true];
      ready.resolve();
    } else if (line === 'o') events.lost();
    else if (line.startsWith('p ')) hearPacket(line);
    else if (line.startsWith('g ')) hearCommit(line);
  }

  function hearPacket(line: string): void {
    const match = /^p (\S+) ([0-9a-f]+) (.*)$/.exec(line);
    const [header, verdict] = [readHeader(Buffer.from(match?.[2] ?? '', 'hex')), verdictOf(match?.[3] ?? '')];
    if (match === null || header === undefined || verdict === undefined) return;
    const link = match[1] === '-' ? undefined : match[1];
    events.denied({ at: Date.now(), ...header, ...(link === undefined ? {} : { link }), verdict });
  }

  function hearCommit(line: string): void {
    const match = /^g (\d+) (\d+) ([01]) (.*)$/.exec(line);
    if (match?.[3] !== '1') return;
    const [generation, pid] = [Number(match[1]), Number(match[2])];
    events.committed({ at: Date.now(), generation, pid, process: match[4] ?? '' });
  }

  start();
  return {
    ready: ready.promise,
    get hears() {
      return hears;
    },
    close() {
      isClosed = true;
      clearTimeout(timer);
      child?.stdin.end();
      child?.kill('SIGTERM');
    },
  };
}

function verdictOf(prefix: string): Denial['verdict'] | undefined {
  const names = Object.keys(LOG_PREFIX) as readonly Denial['verdict'][]; // keys of that very table
  return names.find((name) => LOG_PREFIX[name].trim() === prefix.trim());
}
