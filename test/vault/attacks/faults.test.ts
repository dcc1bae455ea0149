/** Kills, a full disk, and requests that are slow, cut off, too long or no HTTP at all: nothing acknowledged is lost, nothing half is ever seen. */
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { basic, enrol, serveTestVault, sha256, tokenOf } from './served-vault.ts';
import { hashOfToken, openClientBook } from '#host/vault/client-book.ts';
import { until } from '../../until.ts';
import { openVault } from '#vault/server/vault.ts';
import { readMachineClock } from '#host/vault/machine-clock.ts';

const CHILD = join(import.meta.dirname, 'vault-child.ts');
/** More with `PICTURELOCK_KILLS=200`. */
const KILLS = Number(process.env['PICTURELOCK_KILLS'] ?? 3);
const headers = { authorization: basic('edit') };

interface Life {
  readonly child: ChildProcess;
  readonly url: string;
  readonly ended: Promise<number | null>;
}

async function live(folder: string, freeBytesMin = 0): Promise<Life> {
  const child = spawn(process.execPath, [CHILD, folder, String(freeBytesMin)], {
    stdio: ['ignore', 'pipe', 'ignore'],
    // One thread for files: calls are counted thread by thread.
    env: { ...process.env, UV_THREADPOOL_SIZE: '1' },
  });
  const ended = new Promise<number | null>((done) => child.once('close', done));
  const port = await new Promise<string>((done, failed) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      const said = /ready (\d+)/.exec(chunk.toString('utf8'))?.[1];
      if (said !== undefined) done(said);
    });
    void ended.then(() => failed(new Error('the vault did not start')));
  });
  return { child, url: `http://127.0.0.1:${port}/edit`, ended };
}

async function prepared(folder: string): Promise<void> {
  const client = { name: 'edit', quotaBytes: 1 << 30, lockDays: 30, reads: true };
  openClientBook(folder).add({ ...client, tokenSha256: hashOfToken(tokenOf('edit')) });
  const vault = await openVault({ folder, read: readMachineClock, freeBytesMin: 0 });
  const config = async function* () {
    yield Buffer.from('config');
  };
  await vault.accept(client, 'config', '', config(), 6);
  await vault.close();
}

/** Stores until it is gone; the names that were acknowledged. */
async function storeUntilGone(url: string, acked: Map<string, number>): Promise<void> {
  for (;;) {
    const body = randomBytes(1 + Math.floor(Math.random() * 60_000));
    const name = sha256(body);
    const answer = await fetch(`${url}/data/${name}`, { method: 'POST', headers, body }).catch(() => undefined);
    if (answer === undefined) return;
    if (answer.status === 200) acked.set(name, body.length);
    else if (answer.status !== 507) throw new Error(`${answer.status} ${await answer.text()}`);
    if (answer.status === 507) return;
  }
}

async function expectAll(url: string, acked: ReadonlyMap<string, number>): Promise<void> {
  const accept = 'application/vnd.x.restic.rest.v2';
  const listed = await fetch(`${url}/data/`, { headers: { ...headers, accept } });
  const rows = (await listed.json()) as readonly { name: string; size: number }[]; // our own server's
  const sizes = new Map(rows.map(({ name, size }) => [name, size]));
  for (const [name, size] of acked) assert.equal(sizes.get(name), size, `${name} was acknowledged`);
  for (const { name } of rows) {
    const bytes = await (await fetch(`${url}/data/${name}`, { headers })).bytes();
    assert.equal(sha256(bytes), name, 'nothing that is listed is anything else than its name says');
  }
}

test(`killed ${KILLS} times while four clients store: every acknowledged object is there, whole`, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'picturelock-kill-'));
  const acked = new Map<string, number>();
  try {
    await prepared(folder);
    for (let i = 0; i < KILLS; i += 1) {
      const life = await live(folder);
      const storing = Promise.all(Array.from({ length: 4 }, () => storeUntilGone(life.url, acked)));
      const enough = acked.size + 3 + i * 2;
      while (acked.size < enough) await new Promise((done) => setImmediate(done));
      life.child.kill('SIGKILL');
      await Promise.all([storing, life.ended]);
    }
    const last = await live(folder);
    await expectAll(last.url, acked);
    last.child.kill('SIGKILL');
    await last.ended;
    const vault = await openVault({ folder, read: readMachineClock });
    assert.deepEqual(vault.found.missing, []);
    assert.deepEqual(vault.found.foreign, []);
    await vault.close();
    const left = readdirSync(join(folder, 'repositories'), { recursive: true, encoding: 'utf8' });
    assert.deepEqual(
      left.filter((name) => name.endsWith('.part')),
      [],
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

const hasStrace = process.getuid?.() === 0 && spawnSync('strace', ['-V']).status === 0;
/** Of one object: its bytes synced, its name made, the folder synced, the part removed, the journal's line synced. */
const STAGES = ['fsync,fdatasync 1', 'link,linkat 1', 'fsync,fdatasync 2', 'unlink,unlinkat 1', 'fsync,fdatasync 3'];

/** Resolves when every thread is held. */
async function attach(child: ChildProcess, calls: string, when: string): Promise<void> {
  const inject = `inject=${calls}:signal=SIGKILL:when=${when}`;
  const args = ['-f', '-p', String(child.pid), '-e', `trace=${calls}`, '-e', inject];
  const strace = spawn('strace', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  await new Promise<void>((done, failed) => {
    strace.stderr.on('data', (chunk: Buffer) => (chunk.includes('attached') ? done() : undefined));
    strace.once('error', failed);
  });
}

/** Dies at this stage of storing one object; what is there after a new start. */
async function dieAt(stage: string, folder: string, acked: Map<string, number>): Promise<void> {
  const [calls = '', when = ''] = stage.split(' ');
  const life = await live(folder);
  await attach(life.child, calls, when);
  const body = randomBytes(50_000);
  const name = sha256(body);
  const sent = { method: 'POST', headers, body };
  const answer = await fetch(`${life.url}/data/${name}`, sent).catch(() => undefined);
  life.child.kill('SIGKILL');
  await life.ended;
  assert.equal(answer, undefined, 'it died before it answered');
  const after = await live(folder);
  await expectAll(after.url, acked);
  const again = await fetch(`${after.url}/data/${name}`, sent);
  assert.ok(again.status === 200 || again.status === 403, 'sent again it is taken, or it was taken');
  acked.set(name, body.length);
  await expectAll(after.url, acked);
  after.child.kill('SIGKILL');
  await after.ended;
}

const stagesNeed = hasStrace ? undefined : 'needs root and strace';
test('killed at each stage of one object: it is there whole, or not at all', { skip: stagesNeed }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'picturelock-stage-'));
  const acked = new Map<string, number>();
  try {
    await prepared(folder);
    for (const stage of STAGES) await t.test(stage, () => dieAt(stage, folder, acked));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test(
  'a full disk: 507, nothing half, all that was acknowledged is there, and with room it goes on',
  {
    skip: process.getuid?.() === 0 ? undefined : 'needs root to mount a small disk',
  },
  async () => {
    const home = mkdtempSync(join(tmpdir(), 'picturelock-full-'));
    const mount = join(home, 'mount');
    mkdirSync(mount);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', mount]);
    const acked = new Map<string, number>();
    try {
      const folder = join(mount, 'vault');
      await prepared(folder);
      for (const reserve of [1 << 20, 0]) {
        const life = await live(folder, reserve);
        await Promise.all(Array.from({ length: 4 }, () => storeUntilGone(life.url, acked)));
        await expectAll(life.url, acked).catch((cause: unknown) => {
          // With no reserve the journal itself may meet the full disk; then the vault ends, and the next start shows what holds.
          if (reserve !== 0) throw cause;
        });
        life.child.kill('SIGKILL');
        await life.ended;
      }
      execFileSync('mount', ['-o', 'remount,size=30m', mount]);
      const after = await live(folder);
      await expectAll(after.url, acked);
      const body = randomBytes(100_000);
      const more = await fetch(`${after.url}/data/${sha256(body)}`, { method: 'POST', headers, body });
      assert.equal(more.status, 200);
      after.child.kill('SIGKILL');
      await after.ended;
    } finally {
      execFileSync('umount', ['-l', mount]);
      rmSync(home, { recursive: true, force: true });
    }
  },
);

/** Fills the disk to its last page, then gives `pages` of them back. */
function fillBut(mount: string, pages: number): void {
  const filler = openSync(join(mount, 'filler'), 'w');
  const page = Buffer.alloc(4096, 1);
  try {
    let size = 0;
    for (;;) size += writeSync(filler, page);
  } catch (cause) {
    assert.equal((cause as NodeJS.ErrnoException).code, 'ENOSPC');
    ftruncateSync(filler, Math.max(0, fstatSync(filler).size - pages * 4096));
  } finally {
    closeSync(filler);
  }
}

test(
  'a disk full to its last page: whoever meets it first, object, journal or clock, says 507; reading goes on, and so does storing with room',
  { skip: process.getuid?.() === 0 ? undefined : 'needs root to mount a small disk' },
  async () => {
    const home = mkdtempSync(join(tmpdir(), 'picturelock-page-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', home]);
    const world = await serveTestVault([{}], { folder: join(home, 'vault') });
    try {
      await enrol(world);
      const acked = [await world.put('data', 'the first')];
      for (let pages = 0; pages < 16; pages += 1) {
        fillBut(home, pages);
        for (let status = 200, i = 0; status === 200; i += 1) {
          const stored = await world.put('data', `${pages} ${i}`);
          ({ status } = stored);
          if (status === 200) acked.push(stored);
          else assert.equal(status, 507);
        }
        world.pass(120_000); // the clock wants to be saved, and cannot
        assert.equal((await world.ask('GET', `edit/data/${acked.at(-1)?.name}`)).status, 200);
        rmSync(join(home, 'filler'));
        const more = await world.put('data', `with room ${pages}`);
        assert.equal(more.status, 200);
        acked.push(more);
      }
      await world.again();
      assert.deepEqual(world.service.vault.found.missing, []);
      assert.deepEqual(world.service.vault.found.foreign, []);
      for (const { name } of acked) assert.ok(world.service.vault.holdings.readable('edit', 'data', name));
      const litter = readdirSync(world.root).filter((name) => name.startsWith('clock.json.'));
      assert.deepEqual(litter, []);
    } finally {
      await world.close();
      execFileSync('umount', ['-l', home]);
      rmSync(home, { recursive: true, force: true });
    }
  },
);

test('two vaults do not serve one folder', async () => {
  const world = await serveTestVault();
  try {
    await assert.rejects(
      live(world.root).catch(() => Promise.reject(new Error('refused'))),
      /refused/,
    );
  } finally {
    await world.close();
  }
});

/** Sends raw bytes; what came back until the other end closed, or the connection was quiet. */
function raw(port: number, text: string, isCutOff = false): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let heard = '';
  return new Promise((done) => {
    socket.on('data', (chunk: Buffer) => {
      heard += chunk.toString('latin1');
      if (!isCutOff) socket.end();
    });
    socket.once('close', () => done(heard));
    socket.once('error', () => done(heard));
    socket.write(text, () => {
      if (isCutOff) socket.destroy();
    });
  });
}

const NAME = sha256('picture');
const head = (length: string, type = 'data'): string =>
  `POST /edit/${type}/${NAME} HTTP/1.1\r\nHost: v\r\nAuthorization: ${basic('edit')}\r\n${length}\r\n\r\n`;

const HOSTILE: readonly (readonly [string, string, RegExp])[] = [
  ['longer than it may be', head('Content-Length: 999999999'), /^HTTP\/1.1 413/],
  ['of no stated length', head('Transfer-Encoding: chunked'), /^HTTP\/1.1 403/],
  ['of a length that is no number', head('Content-Length: -5'), /^HTTP\/1.1 400/],
  ['of two lengths', head('Content-Length: 7\r\nContent-Length: 9'), /^HTTP\/1.1 400/],
  ['of a length and chunks', head('Content-Length: 7\r\nTransfer-Encoding: chunked'), /^HTTP\/1.1 40[03]/],
  ['not HTTP at all', '\u0000\u0001\u0002 hello\r\n\r\n', /^HTTP\/1.1 400/],
  ['with endless headers', `GET /edit/config HTTP/1.1\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`, /^HTTP\/1.1 431/],
  [
    'for a path that leads out',
    `GET /edit/data/..%2f..%2fjournal.jsonl HTTP/1.1\r\nHost: v\r\nAuthorization: ${basic('edit')}\r\n\r\n`,
    /^HTTP\/1.1 404/,
  ],
  ['without a name', 'GET /edit/config HTTP/1.1\r\nHost: v\r\n\r\n', /^HTTP\/1.1 401/],
];

test('hostile requests are refused by name, and the vault serves on', async (t) => {
  const world = await serveTestVault();
  try {
    await enrol(world);
    for (const [what, text, answer] of HOSTILE)
      await t.test(what, async () => assert.match(await raw(world.service.port, text), answer));
    await t.test('cut off in the middle', async () => {
      await raw(world.service.port, `${head('Content-Length: 700000')}${'x'.repeat(300_000)}`, true);
      assert.equal((await world.ask('HEAD', `edit/data/${NAME}`)).status, 404);
    });
    await t.test('slow ones of one client leave room for another request of somebody else', async () => {
      const slow = Array.from({ length: 70 }, () => connect(world.service.port, '127.0.0.1'));
      for (const socket of slow) socket.on('error', () => undefined).write(`${head('Content-Length: 700000')}x`);
      const busy = await Promise.race(
        slow.map((socket) => new Promise<string>((done) => socket.once('data', (chunk) => done(String(chunk))))),
      );
      assert.match(busy, /503/);
      assert.equal((await world.ask('GET', 'edit/config', { client: 'nobody' })).status, 401);
      for (const socket of slow) socket.destroy();
    });
    await until(async () => (await world.put('data', 'picture')).status === 200, 'the slow ones are forgotten');
    assert.equal(world.service.vault.holdings.bytesOf('edit'), 'config'.length + 'picture'.length);
  } finally {
    await world.close();
  }
});
