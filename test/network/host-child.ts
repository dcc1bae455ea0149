/**
 * A machine in a namespace: serves echoes, opens streams and single connections, and says when the last byte came. Takes its orders over
 * the channel that it was started with.
 */
import { createSocket } from 'node:dgram';
import { connect, createServer } from 'node:net';
import type { HostAnswer, HostOrder } from './lab.ts';

const TICK_MS = 1;
const streams = new Map<number, { stop(): void }>();

function now(): number {
  return performance.timeOrigin + performance.now();
}

function say(answer: HostAnswer): void {
  process.send?.(answer);
}

function serve(n: number, port: number): void {
  const udp = createSocket({ type: 'udp6', ipv6Only: false });
  udp.on('message', (bytes, from) => udp.send(bytes, from.port, from.address));
  udp.bind(port);
  const server = createServer({ noDelay: true }, (socket) => {
    let pushing: NodeJS.Timeout | undefined;
    socket.on('data', (bytes) => {
      // `P` asks for bytes without asking again: what a server pushes.
      if (bytes[0] === 0x50 && pushing === undefined) pushing = setInterval(() => socket.write('p'), TICK_MS);
      else if (pushing === undefined) socket.write(bytes);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => clearInterval(pushing));
  });
  server.listen(port, '::', () => say({ n, kind: 'serving' }));
}

/** One open connection, a byte every millisecond, until it ends or is stopped. */
function stream(n: number, host: string, port: number, isPushed: boolean): void {
  const socket = connect({ host, port, noDelay: true });
  let [lastAt, bytes] = [0, 0];
  let error = '';
  let tick: NodeJS.Timeout | undefined;
  socket.on('connect', () => {
    if (isPushed) socket.write('P');
    else tick = setInterval(() => socket.write('x'), TICK_MS);
  });
  socket.on('data', (chunk) => {
    if (lastAt === 0) say({ n, kind: 'flowing' });
    lastAt = now();
    bytes += chunk.length;
  });
  socket.on('error', (cause: NodeJS.ErrnoException) => (error = cause.code ?? cause.message));
  socket.on('close', () => {
    clearInterval(tick);
    streams.delete(n);
    say({ n, kind: 'ended', lastAt, endedAt: now(), bytes, error });
  });
  streams.set(n, { stop: () => socket.destroy() });
}

function open(n: number, host: string, port: number, withinMs: number): void {
  const socket = connect({ host, port });
  const done = (outcome: string): void => {
    clearTimeout(timer);
    socket.destroy();
    say({ n, kind: 'tried', outcome });
  };
  const timer = setTimeout(() => done('timeout'), withinMs);
  socket.on('connect', () => done('open'));
  socket.on('error', (cause: NodeJS.ErrnoException) => done(cause.code ?? cause.message));
}

/** Datagrams of this size, each to be echoed; more than a link holds goes in fragments. */
function datagram(n: number, host: string, port: number, sizeBytes: number, withinMs: number): void {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  const done = (outcome: string): void => {
    clearTimeout(timer);
    socket.close();
    say({ n, kind: 'tried', outcome });
  };
  const timer = setTimeout(() => done('timeout'), withinMs);
  socket.on('message', (bytes) => done(bytes.length === sizeBytes ? 'open' : 'short'));
  socket.on('error', (cause: NodeJS.ErrnoException) => done(cause.code ?? cause.message));
  socket.connect(port, host, () => socket.send(Buffer.alloc(sizeBytes, 1)));
}

process.on('message', (raw) => {
  const order = raw as HostOrder; // from the test that started this process
  switch (order.kind) {
    case 'serve':
      return serve(order.n, order.port);
    case 'stream':
      return stream(order.n, order.host, order.port, order.isPushed);
    case 'stop':
      return streams.get(order.stream)?.stop();
    case 'open':
      return open(order.n, order.host, order.port, order.withinMs);
    case 'datagram':
      return datagram(order.n, order.host, order.port, order.sizeBytes, order.withinMs);
  }
});
process.on('disconnect', () => process.exit(0));
say({ n: 0, kind: 'ready' });
