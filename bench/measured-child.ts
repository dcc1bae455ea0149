/** Runs a program and measures it from outside: wall time, processor time of it and its children, most memory it held. Linux only. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface Measured {
  readonly wallS: number;
  readonly cpuS: number;
  readonly peakMb: number;
}

const TICKS_PER_S = 100;
/** The kernel keeps the high-water mark; only what is added in the last moments can be missed. */
const LOOK_MS = 10;

export interface Program {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

export async function measured({ command: [name = '', ...args], env, cwd }: Program): Promise<Measured> {
  const cpuBefore = childrenCpuS();
  const begun = performance.now();
  const child = spawn(name, args, {
    env: { PATH: process.env['PATH'], ...env },
    ...(cwd === undefined ? {} : { cwd }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [peakKb, said] = [0, ''];
  const listen = (text: Buffer): void => void (said = (said + text.toString()).slice(-2000));
  child.stdout.on('data', listen);
  child.stderr.on('data', listen);
  const look = setInterval(() => (peakKb = Math.max(peakKb, highWaterKb(child.pid ?? 0))), LOOK_MS);
  const status = await new Promise((done, failed) => child.on('close', done).on('error', failed));
  clearInterval(look);
  if (status !== 0) throw new Error(`${[name, ...args].join(' ')} ended with ${String(status)}: ${said}`);
  return {
    wallS: (performance.now() - begun) / 1000,
    cpuS: childrenCpuS() - cpuBefore,
    peakMb: (peakKb * 1024) / 1e6,
  };
}

/** Processor time of every child that was waited for. */
function childrenCpuS(): number {
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[13]) + Number(fields[14])) / TICKS_PER_S;
}

function highWaterKb(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0; // it ended between two looks
  }
}
