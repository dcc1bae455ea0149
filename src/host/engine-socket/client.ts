/** A gate's connection to the engine: connects, beats, reconnects. */
import type { Socket } from 'node:net';
import { createConnection } from 'node:net';
import { lookUp } from '#host/engine-socket/rendezvous.ts';
import { modelRules } from '#engine/model-rules.ts';
import type { RemoteClient } from '#engine/remote-client.ts';
import { createRemoteClient } from '#engine/remote-client.ts';
import type { Rules } from '#engine/rules.ts';
import { BEAT_EVERY_MS } from '#engine/wire.ts';
import type { EngineClient } from '#ports/engine.ts';
import { Fault } from '#std/refused.ts';

const RECONNECT_AFTER_MS = 100;
const CONNECT_WITHIN_MS = 30_000;

export interface ConnectOptions {
  /** How long to wait for the engine at first. */
  readonly timeoutMs?: number;
  readonly rules?: Pick<Rules, 'empty' | 'evolve'>;
}

/** Resolves when the state is there and the lease is held; from then on it reconnects by itself until `close`. */
export async function connectEngine(data: string, options: ConnectOptions = {}): Promise<EngineClient> {
  let socket: Socket | undefined;
  let closed = false;
  let retry: NodeJS.Timeout | undefined;
  const remote = createRemoteClient({ rules: options.rules ?? modelRules, monotonic: () => performance.now(), close });
  const beat = setInterval(() => remote.tick(), BEAT_EVERY_MS);

  function connect(): void {
    const place = lookUp(data);
    if (place === undefined) return again();
    const fresh = createConnection(place.socket);
    socket = fresh;
    fresh.on('connect', () => remote.connected((bytes) => void fresh.write(bytes), place.secret));
    fresh.on('data', (chunk: Buffer) => remote.receive(chunk));
    fresh.on('error', () => fresh.destroy());
    fresh.once('close', () => {
      remote.disconnected();
      again();
    });
  }

  function again(): void {
    if (!closed) retry = setTimeout(connect, RECONNECT_AFTER_MS);
  }

  async function close(): Promise<void> {
    closed = true;
    clearInterval(beat);
    clearTimeout(retry);
    if (socket === undefined || socket.destroyed) return;
    const gone = new Promise((resolve) => socket?.once('close', resolve));
    socket.end();
    socket.destroySoon();
    await gone;
  }

  connect();
  await firstLease(remote, options.timeoutMs ?? CONNECT_WITHIN_MS).catch(async (cause: unknown) => {
    await close();
    throw cause;
  });
  return remote.client;
}

function firstLease(remote: RemoteClient, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = remote.client.onLease((held) => {
      if (!held) return;
      stop();
      clearTimeout(timer);
      resolve();
    });
    const timer = setTimeout(() => {
      stop();
      reject(new Fault('engine-lost', `the engine could not be reached within ${timeoutMs} ms`, { retry: true }));
    }, timeoutMs);
  });
}
