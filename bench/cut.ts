/**
 * 1,000 live sessions on two gates, all moving bytes, ended by one command: from the moment the engine accepted it to the last byte at each
 * client. Engine, portal, SFTP gate and both kinds of clients are processes of their own on this machine.
 *
 * On loopback a kernel holds megabytes for each slow reader on both sides, more than a real network would: the receiver hands its share
 * out after any cut, and throwing the sender's share away costs half a millisecond of processor time a socket. So the scene is
 * played in a network namespace whose sockets receive into 16 KiB and send from at most 256 KiB, where the machine allows one;
 * the last row says whether it did.
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
  const inNamespace = await play([
    'unshare',
    ...(process.getuid?.() === 0 ? ['-n'] : ['-rn']),
    'sh',
    '-c',
    SMALL_BUFFERS,
  ]);
  const played = inNamespace ?? (await play([]));
  if (played === undefined) throw new Error('the scene of the cut did not play');
  const all = [...played.portalMs, ...played.sftpMs];
  const p99 = percentile(all, 0.99);
  return [
    row('live sessions moving bytes', all.length, 'sessions', `${SESSIONS}`, 'higher', all.length >= SESSIONS),
    row(
      'bytes moving before the order',
      played.bytesPerSecond / 1e6,
      'MB/s',
      '> 0',
      'higher',
      played.bytesPerSecond > 0,
    ),
    row('order to last byte at the client, p50', percentile(all, 0.5), 'ms', 'none', 'lower', true),
    row('order to last byte at the client, p99', p99, 'ms', `<= ${LAST_BYTE_MS_BAR}`, 'lower', p99 <= LAST_BYTE_MS_BAR),
    row('order to last byte, portal, worst', Math.max(...played.portalMs), 'ms', 'none', 'lower', true),
    row('order to last byte, SFTP, worst', Math.max(...played.sftpMs), 'ms', 'none', 'lower', true),
    row(
      'order to last socket gone, as the gates\u2019 receipts say',
      Math.max(...played.receiptMs),
      'ms',
      `<= ${LAST_BYTE_MS_BAR}`,
      'lower',
      Math.max(...played.receiptMs) <= LAST_BYTE_MS_BAR,
    ),
    row(
      'connections still open one second later',
      played.stillOpen,
      'connections',
      '0',
      'lower',
      played.stillOpen === 0,
    ),
    row(
      'receipts proved by probe (bytes stopped, access refused)',
      played.proven ? 1 : 0,
      'yes/no',
      '1',
      'higher',
      played.proven,
    ),
    row(
      'socket buffers of a real network (own namespace)',
      inNamespace === undefined ? 0 : 1,
      'yes/no',
      'none',
      'higher',
      true,
    ),
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
