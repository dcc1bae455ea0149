/**
 * A real store of objects for tests: Ceph's gateway as Debian packages it, with a monitor and a daemon that keeps objects in memory, in a network namespace of
 * its own. A relay in this process leads to it, and is where a test cuts the network.
 */
import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, openSync, closeSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { openS3Client } from '#vault/store/s3-client.ts';
import type { S3Client } from '#vault/store/s3-client.ts';
import type { S3Place } from '#vault/store/s3-place.ts';
import { PASSWORD } from '../test-repository.ts';
import { until } from '../../until.ts';

const run = promisify(execFile);
const COMMAND_MS_MAX = 60_000;

export interface ObjectGateway {
  readonly endpoint: string;
  readonly folder: string;
  readonly credentialFile: string;
  /** A bucket of its own, with versions and locks unless said otherwise. */
  bucket(options?: { readonly locks?: boolean }): Promise<string>;
  place(bucket: string, more?: Partial<S3Place>): S3Place;
  client(bucket: string): S3Client;
  /** Every connection is cut after so many bytes of answers or questions; undefined: none. */
  cutAfter(bytes: (() => number) | undefined): void;
  readonly cuts: number;
  close(): Promise<void>;
}

export async function startObjectGateway(): Promise<ObjectGateway> {
  const folder = mkdtempSync(join(tmpdir(), 'picturelock-objects-'));
  const space = `plobj-${process.pid}-${randomBytes(3).toString('hex')}`;
  const children: ChildProcess[] = [];
  const closers: (() => Promise<void> | void)[] = [];
  try {
    await run('ip', ['netns', 'add', space]);
    closers.push(async () => void (await run('ip', ['netns', 'delete', space])));
    await run('ip', ['-n', space, 'link', 'set', 'lo', 'up']);
    const socket = await startDaemons(folder, space, children);
    const relay = await startRelay(socket);
    closers.push(relay.close);
    return describe(folder, relay, () => stop(folder, children, closers));
  } catch (cause) {
    await stop(folder, children, closers);
    throw cause;
  }
}

/** Stock restic, which knows nothing of locks: it reads the repository of nightjar in a bucket without writing a lock. */
export async function resticOn(
  { endpoint, folder, credentialFile }: ObjectGateway,
  bucket: string,
  ...args: readonly string[]
): Promise<string> {
  const [access, secret] = (readFileSync(credentialFile, 'utf8').split('\n')[0] ?? '').split(':');
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    RESTIC_PASSWORD: PASSWORD,
    AWS_ACCESS_KEY_ID: access,
    AWS_SECRET_ACCESS_KEY: secret,
    AWS_DEFAULT_REGION: 'default',
  };
  const where = ['-r', `s3:${endpoint}/${bucket}/nightjar`, '--no-lock', '--no-cache'];
  return (await run('restic', [...where, ...args], { env, timeout: 60_000 })).stdout;
}

async function stop(
  folder: string,
  children: readonly ChildProcess[],
  closers: readonly (() => Promise<void> | void)[],
) {
  const gone = children.map(
    (child) => new Promise((done) => child.exitCode ?? child.signalCode ?? child.once('exit', done)),
  );
  for (const child of children) child.kill('SIGKILL');
  await Promise.all(
    children.map((child, i) => (child.exitCode === null && child.signalCode === null ? gone[i] : undefined)),
  );
  for (const close of closers.toReversed()) await close();
  rmSync(folder, { recursive: true, force: true });
}

async function startDaemons(folder: string, space: string, children: ChildProcess[]): Promise<string> {
  for (const name of ['mon', 'osd', 'run', 'log']) mkdirSync(join(folder, name));
  const fsid = randomUUID();
  const settings = join(folder, 'ceph.conf');
  writeFileSync(settings, settingsText(folder, fsid));
  const keyring = join(folder, 'keyring');
  const within = (command: string, ...args: readonly string[]) =>
    run('ip', ['netns', 'exec', space, command, '-c', settings, ...args], { timeout: COMMAND_MS_MAX });
  const serve = (command: string, ...args: readonly string[]): void => {
    const said = openSync(join(folder, 'log', `${basename(command)}.out`), 'a');
    const words = ['netns', 'exec', space, 'setpriv', '--pdeathsig', 'KILL', command, ...args];
    children.push(spawn('ip', words, { stdio: ['ignore', said, said] }));
    closeSync(said);
  };
  writeFileSync(keyring, keyringText(), { mode: 0o600 });
  const map = join(folder, 'monmap');
  await run('monmaptool', ['--create', '--fsid', fsid, '--addv', 'a', '[v2:127.0.0.1:3300]', map]);
  await within('ceph-mon', '--mkfs', '-i', 'a', '--monmap', map, '--keyring', keyring);
  serve('ceph-mon', '-c', settings, '-i', 'a', '-f');
  await within('ceph', 'osd', 'create');
  await within('ceph-osd', '-i', '0', '--mkfs', '--osd-uuid', randomUUID());
  serve('ceph-osd', '-c', settings, '-i', '0', '-f');
  serve('radosgw', '-c', settings, '-n', 'client.rgw', '-f');
  const socket = join(folder, 'run', 'relay.sock');
  serve(process.execPath, join(import.meta.dirname, 'namespace-relay.ts'), socket);
  await until(() => answers(socket), 'the gateway answers', COMMAND_MS_MAX);
  const { access, secret } = keysOf(folder);
  await within(
    'radosgw-admin',
    'user',
    'create',
    '--uid',
    'facility',
    '--display-name',
    'facility',
    '--access-key',
    access,
    '--secret-key',
    secret,
  );
  return socket;
}

/** Writes the key pair down where a place names it. */
function keysOf(folder: string): { readonly access: string; readonly secret: string } {
  const [access, secret] = [randomBytes(10).toString('hex'), randomBytes(20).toString('hex')];
  writeFileSync(join(folder, 'credential'), `${access}:${secret}\nregion=default\n`, { mode: 0o600 });
  return { access, secret };
}

function answers(socket: string): Promise<boolean> {
  return new Promise((done) => {
    const asked = connect(socket);
    asked.once('error', () => done(false));
    asked.once('close', () => done(false));
    asked.once('data', (chunk: Buffer) => {
      done(chunk.toString('latin1').startsWith('HTTP/1.1 200'));
      asked.destroy();
    });
    asked.write('GET / HTTP/1.1\r\nHost: objects\r\nConnection: close\r\n\r\n');
  });
}

/** Ceph's own form of a key: type, time, length, 16 bytes. */
function keyringText(): string {
  const key = (): string => {
    const head = Buffer.alloc(12);
    head.writeUInt16LE(1, 0);
    head.writeUInt16LE(16, 10);
    return Buffer.concat([head, randomBytes(16)]).toString('base64');
  };
  return ['mon.', 'client.admin', 'client.rgw', 'osd.0']
    .map((name) => `[${name}]\nkey = ${key()}\ncaps mon = "allow *"\ncaps osd = "allow *"\ncaps mgr = "allow *"\n`)
    .join('');
}

function settingsText(folder: string, fsid: string): string {
  return `[global]
fsid = ${fsid}
mon host = [v2:127.0.0.1:3300/0]
public addr = 127.0.0.1
keyring = ${folder}/keyring
run dir = ${folder}/run
admin socket = ${folder}/run/$name.asok
pid file = ${folder}/run/$name.pid
log file = ${folder}/log/$name.log
crash dir = ${folder}/log
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon data avail crit = 0
mon data avail warn = 0
paxos propose interval = 0.05
paxos min wait = 0.01
[mon]
mon data = ${folder}/mon
mon initial members = a
[osd]
osd data = ${folder}/osd
osd objectstore = memstore
memstore device bytes = 1073741824
[client.rgw]
rgw data = ${folder}/run
rgw frontends = beast endpoint=127.0.0.1:7480
rgw thread pool size = 32
`;
}

interface Relay {
  readonly port: number;
  cut: (() => number) | undefined;
  cuts: number;
  close(): Promise<void>;
}

async function startRelay(socket: string): Promise<Relay> {
  const open = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(socket);
    let left = relay.cut?.() ?? Infinity;
    const pass = (from: Socket, to: Socket): void => {
      open.add(from);
      from.once('close', () => open.delete(from));
      from.on('error', () => to.destroy());
      from.once('close', () => to.destroy());
      from.on('data', (chunk: Buffer) => {
        const some = chunk.subarray(0, Math.min(left, chunk.length));
        left -= chunk.length;
        if (some.length > 0 && !to.destroyed && !to.write(some)) {
          from.pause();
          to.once('drain', () => from.resume());
        }
        if (left > 0) return;
        relay.cuts += 1;
        near.resetAndDestroy();
        far.destroy();
      });
    };
    pass(near, far);
    pass(far, near);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const relay: Relay = {
    port: (server.address() as AddressInfo).port, // it listens on TCP
    cut: undefined,
    cuts: 0,
    async close() {
      for (const one of open) one.destroy();
      await new Promise((done) => server.close(done));
    },
  };
  return relay;
}

function describe(folder: string, relay: Relay, close: () => Promise<void>): ObjectGateway {
  const endpoint = `http://127.0.0.1:${relay.port}`;
  const credentialFile = join(folder, 'credential');
  const place = (bucket: string, more: Partial<S3Place> = {}): S3Place => ({
    endpoint,
    bucket,
    prefix: 'facility/nightjar',
    credentialFile,
    locksFolder: join(folder, 'locks', bucket),
    lockDays: 30,
    ...more,
  });
  return {
    endpoint,
    folder,
    credentialFile,
    place,
    client: (bucket) => openS3Client(place(bucket)),
    async bucket({ locks = true } = {}) {
      const name = `bucket-${randomBytes(5).toString('hex')}`;
      const client = openS3Client(place(name));
      const headers = locks ? { 'x-amz-bucket-object-lock-enabled': 'true' } : {};
      const made = await client.ask({ method: 'PUT', headers });
      client.close();
      if (made.status !== 200)
        throw new Error(`${made.status} ${made.code}: ${readFileSync(join(folder, 'log', 'radosgw.out'), 'utf8')}`);
      return name;
    },
    cutAfter: (bytes) => void (relay.cut = bytes),
    get cuts() {
      return relay.cuts;
    },
    close,
  };
}
