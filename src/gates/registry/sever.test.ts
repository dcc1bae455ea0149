/** A slow client over TCP and over TLS: after the cut, what the server's kernel still held doesn't arrive. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { connect as connectTcp } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { rememberSocket, sever } from '#gates/registry/sever.ts';

const BLOCK = Buffer.alloc(1 << 20);
/** More than a receiving kernel and a stream hold between them on loopback; far less than what a sender's kernel would still give. */
const HELD_BY_CLIENT_BYTES_MAX = 1 << 20;

for (const secure of [false, true]) {
  test(`a reset over ${secure ? 'TLS' : 'TCP'} throws away what is on its way`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'picturelock-sever-'));
    const flooded = Promise.withResolvers<ServerResponse>();
    const serve = (_: unknown, response: ServerResponse): void => flood(response, () => flooded.resolve(response));
    const server = secure ? createHttpsServer(certificate(folder), serve) : createHttpServer(serve);
    if (secure) server.on('connection', rememberSocket);
    await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as AddressInfo; // listening on TCP
    const client: Socket = secure
      ? connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
      : connectTcp(port, '127.0.0.1');
    client.once(secure ? 'secureConnect' : 'connect', () => client.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n'));
    client.once('readable', () => undefined); // nothing is read: the kernels fill up
    const response = await flooded.promise;
    sever(response.socket);
    assert.equal(response.destroyed || response.socket?.destroyed === true || response.socket === null, true);
    let after = 0;
    client.on('data', (chunk) => (after += chunk.length));
    client.on('error', () => undefined);
    client.resume();
    await new Promise((done) => client.once('close', done));
    assert.ok(after <= HELD_BY_CLIENT_BYTES_MAX, `${after} bytes arrived after the cut`);
    await new Promise((done) => void server.close(done));
    rmSync(folder, { recursive: true });
  });
}

/** Writes until the kernels on both sides take no more, then calls back. */
function flood(response: ServerResponse, full: () => void): void {
  response.on('error', () => undefined);
  response.writeHead(200);
  const more = (): void => {
    let isTaken = true;
    while (isTaken && !response.destroyed) isTaken = response.write(BLOCK);
    const timer = setTimeout(full, 150);
    response.once('drain', () => {
      clearTimeout(timer);
      more();
    });
  };
  more();
}

function certificate(folder: string) {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-days', '2', '-nodes', '-subj', '/CN=localhost'];
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-keyout', key, '-out', cert, ...subject],
    { stdio: 'ignore' },
  );
  return { key: readFileSync(key), cert: readFileSync(cert) };
}
