/** The far end of the one way out of walls: a socket that leads to one address and to no other. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { joined } from './joined.ts';

export interface Way {
  /** A name, or an IPv4 address. */
  readonly host: string;
  readonly port: number;
}

const CONNECTIONS_MAX = 64;

export interface WayDoor extends AsyncDisposable {
  readonly socket: string;
}

/** The kernel takes no longer path of a socket. */
const PATH_BYTES_MAX = 107;

/** In a folder of its own beside `near`; in the system's for short-lived files where that path is too long. */
export async function openWayDoor({ host, port }: Way, near: string): Promise<WayDoor> {
  const beside = `${near}-way-`;
  const isLong = Buffer.byteLength(join(`${beside}123456`, 'door')) > PATH_BYTES_MAX;
  const folder = mkdtempSync(isLong ? join(tmpdir(), 'picturelock-way-') : beside);
  const socket = join(folder, 'door');
  const open = new Set<{ destroy(): void }>();
  const server = createServer((near) => {
    open.add(near);
    near.once('close', () => open.delete(near));
    joined(near, { host, port });
  });
  server.maxConnections = CONNECTIONS_MAX;
  server.listen(socket);
  await once(server, 'listening');
  return {
    socket,
    async [Symbol.asyncDispose]() {
      for (const one of open) one.destroy();
      server.close();
      await once(server, 'close');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
