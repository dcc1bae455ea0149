/**
 * Ending a connection so that nothing more arrives. Closing a socket lets the kernel deliver what it still holds: megabytes, for a slow
 * reader long after the cut. A reset throws that away. Under TLS the reset has to reach the TCP socket beneath, which
 * the server's `connection` event showed; sockets that cannot be reset (a Unix socket) are destroyed.
 */
import type { Socket } from 'node:net';

/** TCP sockets of listeners that told us, by the client's end. They leave when they close, so the listener's own limit bounds them. */
const beneath = new Map<string, Socket>();

/** For a listener's `connection` event; needed under TLS only. */
export function rememberSocket(socket: Socket): void {
  const key = endsOf(socket);
  beneath.set(key, socket);
  socket.once('close', () => {
    if (beneath.get(key) === socket) beneath.delete(key);
  });
}

export function sever(socket: Socket | null | undefined): void {
  if (socket === null || socket === undefined) return;
  const tcp = beneath.get(endsOf(socket)) ?? socket;
  if (!tcp.destroyed) reset(tcp);
  socket.destroy();
}

/** A request or response, and its connection. */
export function cut(message: { destroy(): unknown }, socket: Socket | null | undefined): void {
  sever(socket);
  message.destroy();
}

function reset(socket: Socket): void {
  // Whoever holds the socket hears of it through its close; without a listener the error would end the process.
  socket.on('error', () => undefined);
  try {
    socket.resetAndDestroy();
  } catch {
    socket.destroy(); // Not TCP: there is nothing to reset.
  }
}

function endsOf({ remoteAddress, remotePort, localPort }: Socket): string {
  return `${remoteAddress ?? ''} ${remotePort ?? 0} ${localPort ?? 0}`;
}
