/** The machines of a lab at work: serves, tries and streams inside their namespaces, all by one program (prober.c, which says the protocol). */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openPrograms } from '#host/nft/programs.ts';
import { ROOT } from '#host/process/built-code.mjs';
import { Fault } from '#std/refused.ts';

const run = promisify(execFile);
const SOURCE = join(ROOT, 'src', 'host', 'lab', 'prober.c');
const COMPILE_MS_MAX = 60_000;
const LINE_CHARS_MAX = 1 << 20;

export interface Try {
  readonly machine: number;
  readonly from: string;
  readonly to: string;
  readonly protocol: 'tcp' | 'udp' | 'icmp';
  readonly port: number;
  readonly withinMs: number;
}

export interface Tried {
  /** `open`, `timeout`, or the error's name. */
  readonly outcome: string;
  /** Number of the machine that answered; `undefined` for nobody, and for an echo reply, which does not say. */
  readonly by: number | undefined;
  /** Its first packet arrived at a machine, whether or not an answer came back. */
  readonly arrived: boolean;
}

export interface StreamEnd {
  /** Wall clock in ms with fractions: when the kernel had the last byte, and when the end was seen. 0 when none came. */
  readonly lastAt: number;
  readonly endedAt: number;
  readonly bytes: number;
  /** `closed` when it was stopped here. */
  readonly outcome: string;
}

export interface LabStream {
  readonly ended: Promise<StreamEnd>;
  stop(): void;
}

export interface Prober {
  /** Resolves when every machine serves every port. */
  serve(machines: readonly number[], ports: readonly number[]): Promise<void>;
  try(asked: Try): Promise<Tried>;
  /** Resolves when the first byte has come back; faults when none does. */
  stream(from: Omit<Try, 'withinMs' | 'protocol'>, options?: { readonly isPushed?: boolean }): Promise<LabStream>;
  close(): Promise<void>;
}

interface Waiting {
  tried?: (tried: Tried) => void;
  began?: () => void;
  ended?: (end: StreamEnd) => void;
  readonly failed: (fault: Fault) => void;
}

/**
 * `namespaces`: their names; a machine's number is its place among them. The gateway's is the one behind the last: it serves, and as everything
 * passes it, nothing that arrives there counts as arrived.
 */
export async function openProber(folder: string, namespaces: readonly string[], gateway?: string): Promise<Prober> {
  const child = openPrograms().start(await installProber(folder), []);
  const waiting = new Map<number, Waiting>();
  const arrived = new Set<number>();
  let serving = 0;
  let onServing = (): void => undefined;
  let [last, said, rest] = [0, '', ''];
  const gone = new Promise<void>((done) => child.once('exit', () => done()));

  function order(line: string): void {
    child.stdin.write(`${line}\n`);
  }

  function hear(line: string): void {
    const [kind, first = '', second = '', third = '', fourth = '', fifth = ''] = line.split(' ');
    const n = Number(first);
    const one = waiting.get(n);
    if (kind === 's') {
      serving -= 1;
      if (serving === 0) onServing();
    } else if (kind === 'a') arrived.add(n);
    else if (kind === 'b') one?.began?.();
    else if (kind === 'r') {
      waiting.delete(n);
      const by = Number(third);
      one?.tried?.({ outcome: second, by: by < 0 ? undefined : by, arrived: arrived.delete(n) });
    } else if (kind === 'e') {
      waiting.delete(n);
      const [lastAt, endedAt] = [Number(second) / 1e6, Number(third) / 1e6];
      one?.ended?.({ lastAt, endedAt, bytes: Number(fourth), outcome: fifth });
    }
  }

  child.stdin.on('error', () => undefined);
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString('utf8')).slice(-2000)));
  child.stdout.setEncoding('latin1');
  child.stdout.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = (lines.pop() ?? '').slice(0, LINE_CHARS_MAX);
    for (const line of lines) hear(line);
  });
  let fault: Fault | undefined;
  let onFault: ((fault: Fault) => void) | undefined;
  void gone.then(() => {
    fault = new Fault('prober-gone', `The lab's machines ended by themselves: ${said}`);
    onFault?.(fault);
    for (const one of waiting.values()) one.failed(fault);
    waiting.clear();
  });

  function wait(n: number, one: Waiting): void {
    if (fault !== undefined) one.failed(fault);
    else waiting.set(n, one);
  }
  for (const name of namespaces) order(`ns ${name}`);
  if (gateway !== undefined) order(`gateway ${gateway}`);

  return {
    async serve(machines, ports) {
      serving = machines.length * ports.length;
      if (serving === 0) return;
      const done = Promise.withResolvers<void>();
      [onServing, onFault] = [done.resolve, done.reject];
      for (const machine of machines) for (const port of ports) order(`serve ${machine} ${port}`);
      await done.promise;
    },
    try({ machine, from, to, protocol, port, withinMs }) {
      last += 1;
      const n = last;
      return new Promise<Tried>((resolve, reject) => {
        wait(n, { tried: resolve, failed: reject });
        order(`${protocol} ${n} ${machine} ${from} ${to} ${port} ${withinMs}`);
      });
    },
    async stream({ machine, from, to, port }, { isPushed = false } = {}) {
      last += 1;
      const n = last;
      const began = Promise.withResolvers<void>();
      const ended = new Promise<StreamEnd>((resolve, reject) =>
        wait(n, { began: began.resolve, ended: resolve, failed: reject }),
      );
      order(`${isPushed ? 'push' : 'echo'} ${n} ${machine} ${from} ${to} ${port}`);
      const never = ended.then(({ outcome }) => {
        throw new Fault('no-stream', `The stream to ${to} port ${port} never began: ${outcome}`);
      });
      never.catch(() => undefined); // it ends some time, and then nobody waits for its beginning
      await Promise.race([began.promise, never]);
      return { ended, stop: () => order(`stop ${n}`) };
    },
    async close() {
      child.stdin.end();
      await gone;
    },
  };
}

/** The name holds the hash of the source, so an old one is never run by a new version. */
async function installProber(folder: string): Promise<string> {
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const hash = createHash('sha256').update(readFileSync(SOURCE)).digest('hex').slice(0, 12);
  const path = join(folder, `picturelock-prober-${hash}`);
  if (existsSync(path)) return path;
  const made = `${path}.${process.pid}.new`;
  try {
    await run('cc', ['-O2', '-Wall', '-o', made, SOURCE], { timeout: COMPILE_MS_MAX });
  } catch (cause) {
    throw new Fault('prober-not-compiled', 'The lab needs a C compiler (Debian: gcc, libc6-dev).', { cause });
  }
  renameSync(made, path);
  return path;
}
