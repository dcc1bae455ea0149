/** A way to a vault that stops carrying after so many bytes, so that a test holds a client in the middle of its work for as long as it likes. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

export interface StallingProxy {
  readonly port: number;
  /** What clients have sent so far. */
  sentBytes(): number;
  /** Resolves when nothing more is carried. */
  readonly stalled: Promise<void>;
  /** Carries everything from now on; whoever was held is let go. */
  release(): void;
  close(): Promise<void>;
}

export async function openStallingProxy(target: number, stallsAfterBytes: number): Promise<StallingProxy> {
  const { promise: stalled, resolve: stall } = Promise.withResolvers<void>();
  const sockets = new Set<Socket>();
  let [sent, limit] = [0, stallsAfterBytes];

  const server = createServer((client) => {
    const vault = connect(target, '127.0.0.1');
    for (const socket of [client, vault]) {
      sockets.add(socket);
      socket.on('error', () => undefined); // a client that was killed
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        vault.destroy();
      });
    }
    vault.pipe(client);
    client.on('data', (bytes) => {
      sent += bytes.length;
      if (sent < limit) return void vault.write(bytes);
      client.pause();
      stall();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port, // it listens on TCP
    sentBytes: () => sent,
    stalled,
    release() {
      limit = Infinity;
      for (const socket of sockets) socket.destroy();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
