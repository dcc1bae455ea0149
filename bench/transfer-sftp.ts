/**
 * Large files with the stock OpenSSH client (aes128-gcm): our gate through sshd and relay, and through embedded ssh2, with decisions, ledger
 * entries and hashes on, beside OpenSSH's own internal-sftp on the same memory-backed storage, in the same run, A B C B C A C A B, medians.
 * One client with one large file, eight clients with an eighth each. Needs root, because sshd does.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { foundFacility, newId } from '#engine/test-founding.ts';
import { openHostEngine } from '#host/engine/open-engine.ts';
import { serveEngine } from '#host/engine-socket/server.ts';
import { createRandom } from '#host/random.ts';
import type { EngineClient } from '#ports/engine.ts';
import { freePort } from '../test/free-port.ts';
import type { BenchRow } from './bench.ts';
import { median } from './bench.ts';
import { memoryToucher } from './touched-memory.ts';

const MIB = 2 ** 20;
/** Set `PICTURELOCK_BENCH_MIB` for a quick look; the published figures are of 2 GiB. */
const SIZE_BYTES = Number(process.env['PICTURELOCK_BENCH_MIB'] ?? 2048) * MIB;
const ROUNDS = Number(process.env['PICTURELOCK_BENCH_ROUNDS'] ?? 3);
const CLIENTS = 8;
const DAY_MS = 86_400_000;
const MEMORY_BAR_MIB = 160;

/** Somewhere to send files to and get them from. */
interface Server {
  readonly name: string;
  readonly port: number;
  /** Where uploads go and where the files to read are, as the client names them. */
  readonly up: string;
  readonly down: string;
  discard(name: string): void;
}

interface Bench {
  readonly slow: string;
  readonly fast: string;
  readonly gatePid: number;
  readonly relayed: Server;
  readonly embedded: Server;
  readonly internal: Server;
}

export async function run(): Promise<BenchRow[]> {
  if (process.getuid?.() !== 0) throw new Error('this benchmark starts sshd, and only root can: run it as root');
  const slow = mkdtempSync(join(tmpdir(), 'picturelock-bench-'));
  const fast = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'picturelock-bench-'));
  const running: ChildProcess[] = [];
  const engine = await openHostEngine({ data: join(slow, 'data') });
  const server = await serveEngine(engine, join(slow, 'data'), createRandom());
  try {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(slow, 'key')]);
    const project = await populate(engine, slow);
    makeSources(fast);
    return await measure(await startAll(slow, fast, project, running));
  } finally {
    await Promise.all(running.map(stop));
    await server.close();
    await engine.close();
    for (const folder of [slow, fast]) rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(bench: Bench): Promise<BenchRow[]> {
  const { relayed, embedded, internal } = bench;
  const touch = memoryToucher(bench.fast, SIZE_BYTES);
  // As many clients at once as later, with small files: what is more after the large ones would be due to their size.
  for (const door of [embedded, relayed]) {
    await all(() => up(bench, door, 'small.mov'));
    await all(() => down(bench, door, 'small.mov'));
  }
  const quiet = peakMemory(bench.gatePid);
  const rows = [
    ...(await compare('down, 1 client', 0.9, 0.4, [relayed, embedded, internal], (server) =>
      down(bench, server, 'large.mov'),
    )),
    ...(await compare('down, 8 clients', 0.9, 0.4, [relayed, embedded, internal], (server) =>
      all(() => down(bench, server, 'eighth.mov')),
    )),
    ...(await compare('up, 1 client', 0.75, 0.45, [relayed, embedded, internal], async (server) => {
      await touch();
      return up(bench, server, 'large.mov');
    })),
    ...(await compare('up, 8 clients', 0.75, 0.45, [relayed, embedded, internal], async (server) => {
      await touch();
      return all(() => up(bench, server, 'eighth.mov'));
    })),
  ];
  const peak = peakMemory(bench.gatePid);
  return [
    ...rows,
    {
      name: 'sftp memory of the gate: peak after everything, beside after eight clients with 16 MiB files',
      value: peak,
      unit: 'MiB',
      peer: 'the same process before',
      peerValue: quiet,
      ratio: peak / quiet,
      bar: `<= ${MEMORY_BAR_MIB} MiB more, whatever the file size`,
      better: 'lower',
      holds: peak - quiet <= MEMORY_BAR_MIB,
    },
  ];
}

type Servers = readonly [relayed: Server, embedded: Server, internal: Server];

async function compare(
  what: string,
  relayBar: number,
  embeddedBar: number,
  servers: Servers,
  act: (server: Server) => Promise<number>,
): Promise<BenchRow[]> {
  const figures: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    // Another one goes first in each round.
    for (let turn = 0; turn < servers.length; turn += 1) {
      const i = (round + turn) % servers.length;
      const server = servers[i];
      if (server !== undefined) figures[i]?.push(SIZE_BYTES / MIB / (await act(server)));
    }
  }
  const [own, plain, peerValue] = [median(figures[0]), median(figures[1]), median(figures[2])];
  return [
    row(`sftp sshd + relay ${what}`, own, peerValue, relayBar),
    row(`sftp embedded ssh2 ${what}`, plain, peerValue, embeddedBar),
  ];
}

function row(name: string, value: number, peerValue: number, share: number): BenchRow {
  const ratio = value / peerValue;
  const peer = 'OpenSSH internal-sftp';
  return {
    name,
    value,
    unit: 'MiB/s',
    peer,
    peerValue,
    ratio,
    bar: `>= ${share} x ${peer}`,
    better: 'higher',
    holds: ratio >= share,
  };
}

// What is measured: each resolves to seconds.

function down(bench: Bench, server: Server, name: string): Promise<number> {
  return transfer(bench, server, [`get ${server.down}/${name} /dev/null`]);
}

let uploads = 0;

async function up(bench: Bench, server: Server, name: string): Promise<number> {
  uploads += 1;
  const target = `up-${uploads}.mov`;
  const seconds = await transfer(bench, server, [`put ${source(bench, name)} ${server.up}/${target}`]);
  server.discard(target);
  return seconds;
}

async function all(act: () => Promise<number>): Promise<number> {
  const started = performance.now();
  await Promise.all(Array.from({ length: CLIENTS }, act));
  return (performance.now() - started) / 1000;
}

async function transfer({ slow }: Bench, { port }: Server, batch: readonly string[]): Promise<number> {
  const options = [
    'BatchMode=yes',
    'IdentitiesOnly=yes',
    'StrictHostKeyChecking=no',
    `UserKnownHostsFile=${join(slow, 'known')}`,
    'LogLevel=ERROR',
    'Ciphers=aes128-gcm@openssh.com',
  ];
  const args = [
    '-F',
    '/dev/null',
    '-q',
    '-i',
    join(slow, 'key'),
    ...options.flatMap((option) => ['-o', option]),
    '-P',
    String(port),
    '-b',
    '-',
    `${userInfo().username}@127.0.0.1`,
  ];
  const started = performance.now();
  const child = spawn('/usr/bin/sftp', args, { stdio: ['pipe', 'ignore', 'inherit'] });
  child.stdin.end(`${batch.join('\n')}\n`);
  await new Promise<void>((resolve, reject) => {
    child
      .once('error', reject)
      .once('close', (code) =>
        code === 0 ? resolve() : reject(new Error(`sftp to port ${port} ended with ${code}: ${batch.join('; ')}`)),
      );
  });
  return (performance.now() - started) / 1000;
}

/** The most memory that the process has ever had, in MiB. */
function peakMemory(pid: number): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? Number.NaN) / 1024;
}

// What is set up.

function source({ fast }: Bench, name: string): string {
  return join(fast, 'www', name);
}

/** The files lie once in memory: both sides read the same ones, by hard links. */
function makeSources(fast: string): void {
  const folder = join(fast, 'www');
  mkdirSync(join(folder, 'put'), { recursive: true });
  const block = Buffer.alloc(MIB);
  for (const [name, sizeBytes] of [
    ['small.mov', 16 * MIB],
    ['large.mov', SIZE_BYTES],
    ['eighth.mov', SIZE_BYTES / CLIENTS],
  ] as const) {
    writeFileSync(join(folder, name), '');
    for (let at = 0; at < sizeBytes; at += MIB) {
      randomFillSync(block);
      if (at === 0) block.write('\0\0\0\x14ftypqt  ', 'latin1');
      writeFileSync(join(folder, name), block, { flag: 'a' });
    }
  }
}

async function startAll(slow: string, fast: string, project: string, running: ChildProcess[]): Promise<Bench> {
  const [relayPort, internalPort] = [await freePort(), await freePort()];
  const gate = spawn(
    process.execPath,
    [
      join(import.meta.dirname, 'transfer-sftp-gate.ts'),
      join(slow, 'data'),
      join(fast, 'workspaces'),
      String(relayPort),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  running.push(gate);
  const line = await new Promise<string>((resolve, reject) => {
    gate.stdout.setEncoding('utf8').once('data', resolve);
    gate.once('exit', () => reject(new Error('the gate did not start')));
  });
  running.push(startInternal(slow, internalPort));
  await Promise.all([relayPort, internalPort].map(listening));
  const workspaces = join(fast, 'workspaces');
  const ours = {
    up: '/alpha/incoming',
    down: '/alpha/media',
    discard: (name: string) => void execFileSync('find', [workspaces, '-name', name, '-delete']),
  };
  const bench: Bench = {
    slow,
    fast,
    gatePid: gate.pid ?? 0,
    relayed: { name: 'sshd + relay', port: relayPort, ...ours },
    embedded: { name: 'embedded ssh2', port: Number(line.split(' ')[1]), ...ours },
    internal: {
      name: 'internal-sftp',
      port: internalPort,
      up: join(fast, 'www', 'put'),
      down: join(fast, 'www'),
      discard: (name) => rmSync(join(fast, 'www', 'put', name)),
    },
  };
  seed(bench, project);
  return bench;
}

/** Files to read, put in place by copy: links to a file are refused by the gate. */
function seed({ fast }: Bench, project: string): void {
  const media = join(fast, 'workspaces', project, 'media');
  mkdirSync(media, { recursive: true });
  for (const name of ['small.mov', 'large.mov', 'eighth.mov'])
    execFileSync('cp', [join(fast, 'www', name), join(media, name)]);
}

/** The peer: the same OpenSSH, serving files by itself. */
function startInternal(slow: string, port: number): ChildProcess {
  const keys = join(slow, 'authorized_keys');
  writeFileSync(keys, readFileSync(join(slow, 'key.pub')), { mode: 0o600 });
  const config = join(slow, 'internal.conf');
  writeFileSync(
    config,
    [
      `ListenAddress 127.0.0.1:${port}`,
      `HostKey ${join(slow, 'data', 'keys', 'ssh-host-ed25519')}`,
      'PidFile none',
      `AuthorizedKeysFile ${keys}`,
      'StrictModes no',
      'PermitRootLogin prohibit-password',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'UsePAM no',
      'Subsystem sftp internal-sftp',
      'LogLevel ERROR',
      'MaxStartups 100',
    ].join('\n'),
  );
  return spawn('/usr/sbin/sshd', ['-D', '-e', '-f', config], { stdio: ['ignore', 'ignore', 'inherit'] });
}

async function populate(engine: EngineClient, slow: string): Promise<string> {
  const founded = await foundFacility(engine);
  const project = await founded.project('alpha');
  const { person } = await founded.engage('assistant-editor', [[project, DAY_MS]]);
  const [algorithm = '', blob = ''] = readFileSync(join(slow, 'key.pub'), 'utf8').split(' ');
  const fingerprint =
    execFileSync('ssh-keygen', ['-lf', join(slow, 'key.pub')], { encoding: 'utf8' }).split(' ')[1] ?? '';
  const what = { type: 'ssh-key' as const, algorithm, publicKey: `${algorithm} ${blob}`, fingerprint };
  const expiresAt = Date.now() + DAY_MS;
  await founded.act(
    { kind: 'add-credential', credential: newId('credential'), person, what, label: 'bench', expiresAt },
    { person },
  );
  return project;
}

const START_TRIES_MAX = 200;

async function listening(port: number): Promise<void> {
  for (let tries = 0; tries < START_TRIES_MAX; tries += 1) {
    try {
      execFileSync('ssh-keyscan', ['-T', '1', '-p', String(port), '127.0.0.1'], { stdio: 'ignore' });
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error(`nothing listens on port ${port}`);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}
