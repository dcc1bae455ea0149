/** Serves gates over a Unix socket. */
import { chmodSync } from 'node:fs';
import type { Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import { publish, socketPath, withdraw } from '#host/engine-socket/rendezvous.ts';
import type { Engine } from '#engine/engine.ts';
import { serveGate } from '#engine/served-gate.ts';
import { UNREAD_BYTES_MAX } from '#engine/wire.ts';
import type { Random } from '#ports/random.ts';
import { toBase64url } from '#std/bytes.ts';

const GATES_MAX = 64;
const SECRET_BYTES = 32;

export interface EngineServer {
  readonly path: string;
  /** Hangs up on every gate. */
  close(): Promise<void>;
}

/** Resolves when gates can connect. */
export async function serveEngine(engine: Engine, data: string, random: Random): Promise<EngineServer> {
  const secret = toBase64url(random.bytes(SECRET_BYTES));
  const path = socketPath(data);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    serveSocket(engine, secret, socket);
  });
  server.maxConnections = GATES_MAX;
  await listening(server, path);
  chmodSync(path, 0o600);
  publish(data, { socket: path, secret, pid: process.pid });
  return {
    path,
    async close() {
      withdraw(data);
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
}

function serveSocket(engine: Engine, secret: string, socket: Socket): void {
  const gate = serveGate(engine, secret, {
    send(bytes) {
      socket.write(bytes);
      if (socket.writableLength > UNREAD_BYTES_MAX) socket.destroy(); // it does not read; it may come back with its cursor
    },
    hangUp: () => socket.end(),
  });
  socket.on('data', (chunk: Buffer) => gate.receive(chunk));
  socket.on('error', () => socket.destroy());
  socket.once('close', () => gate.end());
}
