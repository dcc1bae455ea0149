/**
 * 1,000 live sessions on two gates, all moving bytes, ended by one command: from the moment the engine accepted it to the last byte at each
 * client. Engine, portal, SFTP gate and both kinds of clients are processes of their own on this machine.
 *
 * The clients read as fast as bytes come, so both of the machine's processors are busy when the order is given. The scene is played twice: on
 * loopback as it is, and in a network namespace whose sockets receive into 16 KiB and send from at most 256 KiB, about what a
 * connection across a real network has; the latter only where the machine allows one.
 *
 * The last byte is timed where the client takes it, so what waited in its kernel, and its own turn on processors that it shares with the
 * gates, are in the figure; when the gate had reset its last socket is the row of the receipts.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { z } from 'zod';
import type { BenchRow } from './bench.ts';
import { percentile } from './bench.ts';

const LAST_BYTE_MS_BAR = 250;
const SESSIONS = 1000;
const SMALL_BUFFERS =
  'ip link set lo up && echo "4096 8192 16384" > /proc/sys/net/ipv4/tcp_rmem && echo "4096 16384 262144" > /proc/sys/net/ipv4/tcp_wmem && exec "$0" "$@"';

const scene = z.object({
  portalMs: z.array(z.number()),
  sftpMs: z.array(z.number()),
  bytesPerSecond: z.number(),
  stillOpen: z.number(),
  receiptMs: z.array(z.number()),
  proven: z.boolean(),
});
type Scene = z.infer<typeof scene>;

export async function run(): Promise<readonly BenchRow[]> {
  const plain = await play([]);
  if (plain === undefined) throw new Error('the scene of the cut did not play');
  const unshare = ['unshare', ...(process.getuid?.() === 0 ? ['-n'] : ['-rn'])];
  const small = await play([...unshare, 'sh', '-c', SMALL_BUFFERS]);
  return [...rowsOf(plain, 'loopback as it is'), ...(small === undefined ? [] : rowsOf(small, 'small socket buffers'))];
}

function rowsOf(played: Scene, where: string): readonly BenchRow[] {
  const all = [...played.portalMs, ...played.sftpMs];
  const [lower, higher] = ['lower', 'higher'] as const;
  const atMost = (name: string, ms: number): BenchRow =>
    row(`${name}, ${where}`, ms, 'ms', `<= ${LAST_BYTE_MS_BAR}`, lower, ms <= LAST_BYTE_MS_BAR);
  const told = (name: string, ms: number): BenchRow => row(`${name}, ${where}`, ms, 'ms', 'none', lower, true);
  const { bytesPerSecond, stillOpen, proven } = played;
  return [
    row(`live sessions, ${where}`, all.length, 'sessions', `${SESSIONS}`, higher, all.length >= SESSIONS),
    row(`bytes moving before the order, ${where}`, bytesPerSecond / 1e6, 'MB/s', '> 0', higher, bytesPerSecond > 0),
    told('order to last byte at the client, p50', percentile(all, 0.5)),
    atMost('order to last byte at the client, p99', percentile(all, 0.99)),
    told('order to last byte, portal, worst', Math.max(...played.portalMs)),
    told('order to last byte, SFTP, worst', Math.max(...played.sftpMs)),
    atMost('order to last socket gone, by the receipts', Math.max(...played.receiptMs)),
    row(`connections still open one second later, ${where}`, stillOpen, 'connections', '0', lower, stillOpen === 0),
    row(`receipts proved by probe, ${where}`, proven ? 1 : 0, 'yes/no', '1', higher, proven),
  ];
}

function row(
  name: string,
  value: number,
  unit: string,
  bar: string,
  better: BenchRow['better'],
  holds: boolean,
): BenchRow {
  return { name, value, unit, bar, better, holds };
}

/** Undefined when it could not be played this way. */
async function play(prefix: readonly string[]): Promise<Scene | undefined> {
  const [program = process.execPath, ...args] = [
    ...prefix,
    process.execPath,
    join(import.meta.dirname, 'cut-scene.ts'),
  ];
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const parts: Buffer[] = [];
  child.stdout.on('data', (part: Buffer) => parts.push(part));
  const code = await new Promise<number | null>((done) => {
    child.once('error', () => done(null));
    child.once('close', done);
  });
  const last = Buffer.concat(parts).toString('utf8').trim().split('\n').at(-1) ?? '';
  return code === 0 ? scene.parse(JSON.parse(last)) : undefined;
}
