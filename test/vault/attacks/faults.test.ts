/** A full disk, and requests that are slow, cut off, too long or no HTTP at all: nothing acknowledged is lost, nothing half is ever seen. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
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
import { expectAll, headers, live, prepared, storeUntilGone } from './doomed-vault.ts';
import { basic, enrol, serveTestVault, sha256 } from './served-vault.ts';
import { until } from '../../until.ts';

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
