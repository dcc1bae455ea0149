/**
 * Large files over TLS 1.3 with curl: our portal (decisions, ledger entries and hashes on) beside nginx (sendfile, DAV PUT) on the same
 * memory-backed storage, in the same run, A B A B, medians. One client with one large file, eight clients with an eighth each.
 */
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { randomFillSync } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { foundFacility, newId } from '#engine/test-founding.ts';
import { openHostEngine } from '#host/engine/open-engine.ts';
import { serveEngine } from '#host/engine-socket/server.ts';
import { roleFlags } from '#host/process/role-flags.ts';
import { createRandom } from '#host/random.ts';
import type { EngineClient } from '#ports/engine.ts';
import { freePort } from '../test/free-port.ts';
import type { BenchRow } from './bench.ts';
import { median } from './bench.ts';
import { certify } from './certificate.ts';
import { memoryToucher } from './touched-memory.ts';

const MIB = 2 ** 20;
/** Set `PICTURELOCK_BENCH_MIB` for a quick look; the published figures are of 2 GiB. */
const SIZE_BYTES = Number(process.env['PICTURELOCK_BENCH_MIB'] ?? 2048) * MIB;
const ROUNDS = Number(process.env['PICTURELOCK_BENCH_ROUNDS'] ?? 3);
const CLIENTS = 8;
const SHARE_BAR = 0.8;
const DAY_MS = 86_400_000;

interface Bench {
  /** Storage and sources, in memory when the machine has a memory file system. */
  readonly fast: string;
  readonly session: string;
  readonly gate: { readonly port: number; readonly pid: number };
  readonly nginx: { readonly port: number; readonly root: string };
}

export async function run(): Promise<BenchRow[]> {
  const slow = mkdtempSync(join(tmpdir(), 'picturelock-bench-'));
  const fast = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'picturelock-bench-'));
  const running: ChildProcess[] = [];
  const random = createRandom();
  const engine = await openHostEngine({ data: join(slow, 'data') });
  const server = await serveEngine(engine, join(slow, 'data'), random);
  try {
    const session = await populate(engine);
    makeSources(fast);
    certify(slow);
    const gate = await startGate(slow, fast, running);
    const nginx = await startNginx(slow, fast, running);
    return await measure({ fast, session, gate, nginx });
  } finally {
    await Promise.all(running.map(stop));
    await server.close();
    await engine.close();
    for (const folder of [slow, fast]) rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(bench: Bench): Promise<BenchRow[]> {
  const touch = memoryToucher(bench.fast, SIZE_BYTES);
  await upload(bench, 'small.mov', 'seed-small.mov');
  await download(bench, 'seed-small.mov');
  const quiet = peakMemory(bench.gate.pid);
  await upload(bench, 'large.mov', 'seed.mov');
  for (let i = 0; i < CLIENTS; i += 1) await upload(bench, 'eighth.mov', `seed-${i}.mov`);
  const rows = [
    await compare(
      'portal down, 1 client',
      'nginx',
      () => download(bench, 'seed.mov'),
      () => nginxDown(bench, 'large.mov'),
    ),
    await compare(
      'portal down, 8 clients',
      'nginx',
      () => downAll(bench),
      () => nginxDownAll(bench),
    ),
    await compare(
      'portal up, 1 client',
      'nginx DAV PUT',
      () => uploadOnce(bench),
      () => nginxUp(bench, 'large.mov', 'up.mov'),
      touch,
    ),
    await compare(
      'portal up, 8 clients',
      'nginx DAV PUT',
      () => upAll(bench),
      () => nginxUpAll(bench),
      touch,
    ),
  ];
  const peak = peakMemory(bench.gate.pid);
  const growth = peak / quiet;
  rows.push({
    name: 'portal memory: peak after everything, beside after one 16 MiB file',
    value: peak,
    unit: 'MiB',
    peer: 'the same process before',
    peerValue: quiet,
    ratio: growth,
    // Eight transfers at once may hold their buffers; a file's size may not show.
    bar: '<= 160 MiB more, whatever the file size',
    better: 'lower',
    holds: peak - quiet <= 160,
  });
  return rows;
}

async function compare(
  name: string,
  peer: string,
  ours: () => Promise<number>,
  theirs: () => Promise<number>,
  before: () => Promise<void> = async () => undefined,
): Promise<BenchRow> {
  const [own, other]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    await before();
    own.push(SIZE_BYTES / MIB / (await ours()));
    await before();
    other.push(SIZE_BYTES / MIB / (await theirs()));
  }
  const [value, peerValue] = [median(own), median(other)];
  const ratio = value / peerValue;
  return {
    name,
    value,
    unit: 'MiB/s',
    peer,
    peerValue,
    ratio,
    bar: `>= ${SHARE_BAR} x ${peer}`,
    better: 'higher',
    holds: ratio >= SHARE_BAR,
  };
}

// What is measured: each resolves to seconds.

function download({ gate, session }: Bench, name: string): Promise<number> {
  return timed(() =>
    curl([...asSession(session), '-o', '/dev/null', `https://127.0.0.1:${gate.port}/files/alpha/incoming/${name}`]),
  );
}

function downAll(bench: Bench): Promise<number> {
  return timed(() => eachClient((i) => download(bench, `seed-${i}.mov`)));
}

function nginxDown({ nginx }: Bench, name: string): Promise<number> {
  return timed(() => curl(['-o', '/dev/null', `https://127.0.0.1:${nginx.port}/${name}`]));
}

function nginxDownAll(bench: Bench): Promise<number> {
  return timed(() => eachClient(() => nginxDown(bench, 'eighth.mov')));
}

let uploads = 0;

async function uploadOnce(bench: Bench): Promise<number> {
  uploads += 1;
  const name = `up-${uploads}.mov`;
  const seconds = await upload(bench, 'large.mov', name);
  discard(bench, name);
  return seconds;
}

async function upAll(bench: Bench): Promise<number> {
  uploads += 1;
  const round = uploads;
  const seconds = await timed(() => eachClient((i) => upload(bench, 'eighth.mov', `up-${round}-${i}.mov`)));
  for (let i = 0; i < CLIENTS; i += 1) discard(bench, `up-${round}-${i}.mov`);
  return seconds;
}

/** Created and sent with tus: two requests, the second with all the bytes; it answers when the file is hashed, checked and in the ledger. */
function upload({ gate, session, fast }: Bench, source: string, name: string): Promise<number> {
  const origin = `https://127.0.0.1:${gate.port}`;
  const file = join(fast, 'www', source);
  const metadata = Object.entries({ project: 'alpha', path: 'incoming', filename: name }).map(
    ([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`,
  );
  return timed(async () => {
    const length = ['-H', `Upload-Length: ${sizeOf(file)}`, '-H', `Upload-Metadata: ${metadata.join(',')}`];
    const made = await curl([
      ...asSession(session),
      '-X',
      'POST',
      '-H',
      'Tus-Resumable: 1.0.0',
      ...length,
      '-D',
      '-',
      '-o',
      '/dev/null',
      `${origin}/uploads`,
    ]);
    const location = /^location: (.*)$/im.exec(made)?.[1]?.trim() ?? '';
    const headers = [
      '-H',
      'Tus-Resumable: 1.0.0',
      '-H',
      'Upload-Offset: 0',
      '-H',
      'Content-Type: application/offset+octet-stream',
      '-H',
      'Expect:',
    ];
    await curl([...asSession(session), '-X', 'PATCH', ...headers, '-T', file, `${origin}${location}`]);
  });
}

async function nginxUp({ nginx, fast }: Bench, source: string, name: string): Promise<number> {
  const seconds = await timed(() =>
    curl(['-H', 'Expect:', '-T', join(fast, 'www', source), `https://127.0.0.1:${nginx.port}/put/${name}`]),
  );
  rmSync(join(nginx.root, 'put', name), { force: true });
  return seconds;
}

function nginxUpAll(bench: Bench): Promise<number> {
  return timed(() => eachClient((i) => nginxUp(bench, 'eighth.mov', `up-${i}.mov`)));
}

function eachClient(act: (i: number) => Promise<number>): Promise<unknown> {
  return Promise.all(Array.from({ length: CLIENTS }, (_, i) => act(i)));
}

/** Frees the memory that a test file takes; the bin is not what is measured. */
function discard({ fast }: Bench, name: string): void {
  execFileSync('find', [join(fast, 'workspaces'), '-name', name, '-delete']);
}

async function timed(act: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await act();
  return (performance.now() - started) / 1000;
}

function asSession(session: string): readonly string[] {
  return ['-H', `Authorization: Session ${session}`];
}

function curl(args: readonly string[]): Promise<string> {
  const child = spawn('curl', ['-sS', '-k', '-f', '--tlsv1.3', '--http1.1', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  return new Promise((resolve, reject) => {
    child
      .once('error', reject)
      .once('close', (code) => (code === 0 ? resolve(output) : reject(new Error(`curl ended with ${code}`))));
  });
}

/** The most memory that the process has ever had, in MiB. */
function peakMemory(pid: number): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? Number.NaN) / 1024;
}

// What is set up.

function makeSources(fast: string): void {
  const folder = join(fast, 'www');
  mkdirSync(join(folder, 'put'), { recursive: true, mode: 0o755 });
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

function sizeOf(path: string): number {
  return Number(execFileSync('stat', ['-c', '%s', path], { encoding: 'utf8' }));
}

async function startGate(slow: string, fast: string, running: ChildProcess[]): Promise<Bench['gate']> {
  const args = [
    ...roleFlags('portal'),
    join(import.meta.dirname, 'transfer-portal-gate.ts'),
    join(slow, 'data'),
    join(fast, 'workspaces'),
    join(slow, 'cert.pem'),
    join(slow, 'key.pem'),
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  running.push(child);
  const port = await new Promise<number>((resolve, reject) => {
    child.stdout.setEncoding('utf8').once('data', (line: string) => resolve(Number(line.split(' ')[1])));
    child.once('exit', () => reject(new Error('the gate did not start')));
  });
  return { port, pid: child.pid ?? 0 };
}

async function startNginx(slow: string, fast: string, running: ChildProcess[]): Promise<Bench['nginx']> {
  const port = await freePort();
  const root = join(fast, 'www');
  const config = join(slow, 'nginx.conf');
  writeFileSync(config, nginxConfig(slow, fast, root, port));
  const child = spawn(
    existsSync('/usr/sbin/nginx') ? '/usr/sbin/nginx' : 'nginx',
    ['-e', join(slow, 'nginx.log'), '-c', config],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  running.push(child);
  await listening(port);
  return { port, root };
}

function nginxConfig(slow: string, fast: string, root: string, port: number): string {
  return `
daemon off; worker_processes auto; pid ${slow}/nginx.pid; error_log ${slow}/nginx.log;
${process.getuid?.() === 0 ? 'user root;' : ''}
events { worker_connections 256; }
http {
  access_log ${slow}/access.log; sendfile on; tcp_nopush on; client_max_body_size 0;
  client_body_temp_path ${fast}/nginx-body; proxy_temp_path ${slow}/p; fastcgi_temp_path ${slow}/f; uwsgi_temp_path ${slow}/u; scgi_temp_path ${slow}/s;
  server {
    listen 127.0.0.1:${port} ssl; ssl_certificate ${slow}/cert.pem; ssl_certificate_key ${slow}/key.pem; ssl_protocols TLSv1.3;
    root ${root};
    location /put/ { dav_methods PUT; }
  }
}
`;
}

async function listening(port: number): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    try {
      await curl(['-o', '/dev/null', '-r', '0-0', `https://127.0.0.1:${port}/small.mov`]);
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error('nginx did not start');
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}

async function populate(engine: EngineClient): Promise<string> {
  const { act, project, engage } = await foundFacility(engine);
  const alpha = await project('alpha');
  const { person } = await engage('editor', [[alpha, 90 * DAY_MS]]);
  const [session, now] = [newId('session'), Date.now()];
  await act(
    { kind: 'open-session', session, person, gate: 'portal', until: now + DAY_MS / 2, factorAt: now },
    { service: 'gate-portal' },
  );
  return session;
}
