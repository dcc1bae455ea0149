import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { request } from 'node:https';
import type { RequestOptions } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { openPortalServer } from '#gates/portal/server.ts';
import { openLocalTls } from '#host/tls/local-authority.ts';

const DAY_MS = 86_400_000;
const NAMES = ['localhost', 'portal.harbour.example', '127.0.0.1'];

let folder: string;
before(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'picturelock-tls-')), 'keys');
});
after(() => rmSync(join(folder, '..'), { recursive: true, force: true }));

function get(
  options: RequestOptions,
): Promise<{ readonly status: number | undefined; readonly headers: Readonly<Record<string, unknown>> }> {
  return new Promise((done, failed) => {
    const sent = request({ ...options, agent: false }, (response) => {
      response.resume();
      done({ status: response.statusCode, headers: response.headers });
    });
    sent.on('error', failed);
    sent.end();
  });
}

test('keys are for their owner only, and the leaf is for the names', async () => {
  const tls = await openLocalTls(folder, NAMES, Date.now());
  const leaf = new X509Certificate(tls.cert);
  const root = new X509Certificate(readFileSync(tls.authorityPath));
  assert.ok(leaf.verify(root.publicKey));
  assert.equal(root.ca, true);
  assert.equal(leaf.ca, false);
  assert.ok(NAMES.every((name) => (leaf.checkHost(name) ?? leaf.checkIP(name)) !== undefined));
  for (const name of ['authority.key', 'portal.key']) assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600);
  assert.equal(statSync(folder).mode & 0o777, 0o700);
});

test('a leaf stays until its renewal is due, or a name is missing; the root stays', async () => {
  const now = Date.now();
  const first = await openLocalTls(folder, NAMES, now);
  assert.equal((await openLocalTls(folder, NAMES, now + 59 * DAY_MS)).cert, first.cert);
  const renewed = await openLocalTls(folder, NAMES, now + 61 * DAY_MS);
  assert.notEqual(renewed.cert, first.cert);
  assert.ok(renewed.expiresAt > first.expiresAt);
  const wider = await openLocalTls(folder, [...NAMES, 'nas.harbour.example'], now + 61 * DAY_MS);
  assert.ok(new X509Certificate(wider.cert).checkHost('nas.harbour.example') !== undefined);
  const rootOf = (cert: string) => cert.slice(cert.lastIndexOf('-----BEGIN'));
  assert.equal(rootOf(wider.cert), rootOf(first.cert));
});

test('while the root’s key is away the leaf goes on, and a renewal says what it needs', async () => {
  const now = Date.now();
  const leaf = await openLocalTls(folder, NAMES, now);
  renameSync(join(folder, 'authority.key'), join(folder, 'away'));
  assert.equal((await openLocalTls(folder, NAMES, now)).cert, leaf.cert);
  await assert.rejects(openLocalTls(folder, NAMES, now + 61 * DAY_MS), { code: 'authority-key-away' });
  renameSync(join(folder, 'away'), join(folder, 'authority.key'));
});

test('a key that others can read is refused', async () => {
  const path = join(folder, 'portal.key');
  chmodSync(path, 0o644);
  await assert.rejects(openLocalTls(folder, NAMES, Date.now()), { code: 'key-exposed' });
  chmodSync(path, 0o600);
});

test('the portal serves TLS 1.2 and 1.3 with strong ciphers only, with HSTS, and takes a renewed leaf without a restart', async () => {
  const now = Date.now();
  const tls = await openLocalTls(folder, NAMES, now);
  const server = await openPortalServer({ host: '127.0.0.1', port: 0, tls });
  try {
    const ca = readFileSync(tls.authorityPath);
    const { port } = server;
    assert.equal(server.origin, `https://localhost:${port}`);
    const answer = await get({ host: 'localhost', port, ca, path: '/api/v1/status', family: 4 });
    assert.equal(answer.status, 503);
    assert.match(String(answer.headers['strict-transport-security']), /max-age=31536000/);
    for (const weak of [
      { minVersion: 'TLSv1', maxVersion: 'TLSv1.1' },
      { maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA' },
      { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' },
    ] as const) {
      await assert.rejects(get({ host: 'localhost', port, ca, path: '/', family: 4, ...weak }), JSON.stringify(weak));
    }
    assert.equal((await get({ host: 'localhost', port, ca, path: '/', family: 4, maxVersion: 'TLSv1.2' })).status, 503);
    server.renewTls(await openLocalTls(folder, [...NAMES, 'new.harbour.example'], now));
    assert.notEqual(await serialAt(port, ca), new X509Certificate(tls.cert).serialNumber);
  } finally {
    await server.close();
  }
});

function serialAt(port: number, ca: Buffer): Promise<string> {
  return new Promise((done, failed) => {
    const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca }, () => {
      done(socket.getPeerCertificate().serialNumber);
      socket.destroy();
    });
    socket.on('error', failed);
  });
}
