/** Slow, silent and too many clients; pages with their policy. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadPages } from '#gates/portal/pages.ts';
import { openPortalServer } from '#gates/portal/server.ts';
import type { PortalServer } from '#gates/portal/server.ts';
import { refused } from '#std/refused.ts';

const LIMITS = { headersMs: 200, silenceMs: 400, smallRequestMs: 200, connectionsPerAddress: 5 };

let folder: string;
let server: PortalServer;
const open: Socket[] = [];

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'picturelock-pages-'));
  mkdirSync(join(folder, 'assets'));
  writeFileSync(
    join(folder, 'index.html'),
    '<meta name="csp-nonce" content="__CSP_NONCE__"><script nonce="__CSP_NONCE__"></script>',
  );
  writeFileSync(join(folder, 'assets', 'main-AbCd1234.js'), `export const text = '${'x'.repeat(2000)}';`);
  server = await openPortalServer({ host: '127.0.0.1', port: 0, limits: LIMITS });
  const never = refused('signed-out', 'You are not signed in.');
  server.serve({
    api: { fetch: async (request) => new Response(await request.text()) },
    log: {
      log: {
        entryBytes: noBytes,
        checkpoint: async () => undefined,
        policy: async () => undefined,
        proof: async () => undefined,
        logFile: async () => undefined,
      },
      rights: async () => never,
      origin: () => 'test',
    },
    pages: await loadPages(folder),
    onFault: (error) => assert.fail(String(error)),
  });
});

after(async () => {
  for (const socket of open) socket.destroy();
  await server.close();
  rmSync(folder, { recursive: true });
});

async function noBytes(): Promise<Uint8Array> {
  return new Uint8Array(0);
}

/** Resolves with what came when the server has closed the connection. */
async function closing(bytes: string): Promise<string> {
  const socket = connect(server.port, '127.0.0.1');
  open.push(socket);
  let text = '';
  socket.on('data', (chunk) => (text += chunk.toString('latin1')));
  socket.on('error', () => undefined);
  socket.write(bytes);
  await once(socket, 'close');
  return text;
}

const HOST = () => `Host: localhost:${server.port}\r\n`;

test('headers that never end, bodies that never come and silence are cut off', { timeout: 10_000 }, async () => {
  assert.equal(await closing(`GET /api/v1/status HTTP/1.1\r\n${HOST()}X-Slow: `), '');
  assert.doesNotMatch(await closing(`POST /api/v1/x HTTP/1.1\r\n${HOST()}Content-Length: 100\r\n\r\n{`), /200 OK/);
  assert.match(await closing('no request at all\r\n\r\n'), /^HTTP\/1\.1 400 /);
});

test('a connection that a browser opened ahead is closed without a word, which it would take for an answer', async () => {
  assert.equal(await closing(''), '');
});

test('one address gets so many connections and no more', { timeout: 10_000 }, async () => {
  const sockets = Array.from({ length: LIMITS.connectionsPerAddress + 3 }, () => connect(server.port, '127.0.0.1'));
  const closed = sockets.map((socket) => once(socket, 'close').catch(() => undefined));
  for (const socket of sockets) socket.on('error', () => undefined);
  await Promise.race(closed);
  for (const socket of sockets) socket.destroy();
  await Promise.all(closed);
});

function get(path: string, headers: Readonly<Record<string, string>> = {}) {
  return closing(
    [
      `GET ${path} HTTP/1.1`,
      `Host: localhost:${server.port}`,
      'Connection: close',
      ...Object.entries(headers).map((pair) => pair.join(': ')),
      '',
      '',
    ].join('\r\n'),
  );
}

test('each page has a nonce of its own in its policy and its tags, and nothing unsafe', async () => {
  const pages = [await get('/'), await get('/projects/nightjar?tab=people')];
  const nonces = pages.map((page) => {
    const nonce = /script-src 'self' 'nonce-([\w-]{24})'/.exec(page)?.[1] ?? '';
    assert.equal(page.split(nonce).length - 1, 4, 'twice in the policy, once in each tag');
    assert.doesNotMatch(page, /unsafe|__CSP_NONCE__/);
    assert.match(page, /cache-control: no-store/i);
    return nonce;
  });
  assert.notEqual(nonces[0], nonces[1]);
});

test('assets with a hash in their name are kept for ever, unknown ones are not the page', async () => {
  assert.match(await get('/assets/main-AbCd1234.js'), /immutable/);
  assert.match(await get('/assets/main-AbCd1234.js', { 'accept-encoding': 'gzip' }), /content-encoding: gzip/);
  assert.match(await get('/assets/other.js'), /^HTTP\/1\.1 404 /);
  assert.match(await get('/../../etc/passwd.txt'), /^HTTP\/1\.1 404 /);
  assert.match(await get('/%2e%2e/%2e%2e/etc/passwd.txt'), /^HTTP\/1\.1 404 /);
});
