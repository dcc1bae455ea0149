/** Bodies read from the bare connection: every byte once and in order, nothing beyond, and nothing into memory that is no longer lent. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import type { IncomingMessage, RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { bareBody } from '#gates/portal/bulk/bare-body.ts';

const folder = mkdtempSync(join(tmpdir(), 'picturelock-bare-'));
after(() => rmSync(folder, { recursive: true }));
const [certPath, keyPath] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
const subject = ['-nodes', '-days', '2', '-subj', '/CN=127.0.0.1', '-keyout', keyPath, '-out', certPath];
execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', ...subject], {
  stdio: 'ignore',
});
const tls = { cert: readFileSync(certPath), key: readFileSync(keyPath) };

type Kind = 'tcp' | 'tls';
const KINDS: readonly Kind[] = ['tcp', 'tls'];

/** Bytes that come with the head are the request's only when its event is over. */
function later(serve: RequestListener): RequestListener {
  return (request, response) => void setImmediate(() => serve(request, response));
}

/** One server, one client's connection to it. */
async function between(kind: Kind, serve: RequestListener, speak: (socket: Socket) => Promise<void>): Promise<void> {
  const server = kind === 'tcp' ? createHttpServer(later(serve)) : createHttpsServer(tls, later(serve));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo; // a TCP server has a port
  const to = { port, host: '127.0.0.1' };
  const socket = kind === 'tcp' ? connect(to) : connectTls({ ...to, rejectUnauthorized: false });
  socket.on('error', () => undefined);
  try {
    await new Promise<void>((done) => socket.once(kind === 'tcp' ? 'connect' : 'secureConnect', done));
    await speak(socket);
  } finally {
    socket.destroy();
    server.closeAllConnections();
    await new Promise<void>((done) => server.close(() => done()));
  }
}

function head(sizeBytes: number): string {
  return `PUT / HTTP/1.1\r\nhost: a\r\ncontent-length: ${sizeBytes}\r\n\r\n`;
}

/** Bytes that the parser took before, which are the request's. */
function early(request: IncomingMessage): Buffer {
  const found: Buffer[] = [];
  for (let bytes: unknown = request.read(); bytes instanceof Buffer; bytes = request.read()) found.push(bytes);
  return Buffer.concat(found);
}

async function send(socket: Socket, bytes: Uint8Array): Promise<void> {
  await new Promise((done) => socket.write(bytes, done));
}

for (const kind of KINDS) {
  test(`${kind}: a body comes whole, whatever the pieces, and with pauses`, { timeout: 10_000 }, async () => {
    const body = randomBytes(3_000_000);
    const got = Promise.withResolvers<Buffer>();
    let held = 0;
    const serve: RequestListener = (request, response) => {
      const parts = [early(request)];
      let left = body.byteLength - (parts[0]?.byteLength ?? 0);
      const memory = Buffer.alloc(100_000);
      const bare = bareBody(request, left, {
        room: () => memory,
        filled: (count) => {
          parts.push(Buffer.from(memory.subarray(0, count)));
          left -= count;
          if (left === 0) got.resolve(Buffer.concat(parts));
          if (parts.length % 5 !== 0) return true;
          held += 1;
          setTimeout(() => bare?.resume(), 1);
          return false;
        },
      });
      assert.ok(bare, 'this Node has what it takes');
      void got.promise.then(() => response.setHeader('connection', 'close').end('thanks'));
    };
    await between(kind, serve, async (socket) => {
      await send(socket, Buffer.from(head(body.byteLength)));
      for (let at = 0, step = 1; at < body.byteLength; at += step, step = (step * 7) % 400_009)
        await send(socket, body.subarray(at, at + step));
      assert.ok((await got.promise).equals(body));
      assert.ok(held > 0);
      const answer = Buffer.concat(await socket.toArray()).toString();
      assert.match(answer, /^HTTP\/1\.1 200 OK\r\n[^]*thanks$/);
    });
  });

  test(`${kind}: what follows the body, or comes after leaving, touches no memory of the taker`, async () => {
    const body = randomBytes(300_000);
    const over = Promise.withResolvers<Buffer>();
    const drained = Promise.withResolvers<void>();
    const memory = Buffer.alloc(1_000_000);
    const serve: RequestListener = (request) => {
      let at = early(request).copy(memory);
      const bare = bareBody(request, 2 * body.byteLength - at, {
        room: () => memory.subarray(at),
        filled: (count) => {
          at += count;
          if (at >= 100_000) {
            bare?.leave();
            over.resolve(Buffer.from(memory));
          }
          return true;
        },
      });
      assert.ok(bare);
      request.socket.once('close', () => drained.resolve());
    };
    await between(kind, serve, async (socket) => {
      await send(socket, Buffer.from(head(2 * body.byteLength)));
      await send(socket, body);
      const atLeaving = await over.promise;
      await send(socket, randomBytes(2_000_000));
      socket.end();
      await drained.promise;
      assert.ok(memory.equals(atLeaving));
      assert.ok(memory.subarray(0, 100_000).equals(body.subarray(0, 100_000)));
    });
  });

  test(`${kind}: the taker hears of no byte beyond the body`, async () => {
    const body = randomBytes(2_000_000);
    const took = Promise.withResolvers<number>();
    const serve: RequestListener = (request, response) => {
      const memory = Buffer.alloc(100_000);
      let sum = early(request).byteLength;
      const bare = bareBody(request, body.byteLength - sum, {
        room: () => memory,
        filled: (count) => {
          sum += count;
          if (sum === body.byteLength)
            response.setHeader('connection', 'close').end('ok', () => setImmediate(() => took.resolve(sum)));
          return true;
        },
      });
      assert.ok(bare);
    };
    await between(kind, serve, async (socket) => {
      await send(socket, Buffer.from(head(body.byteLength)));
      await send(socket, Buffer.concat([body, Buffer.from(head(3)), randomBytes(100_000)]));
      assert.equal(await took.promise, body.byteLength);
    });
  });
}
