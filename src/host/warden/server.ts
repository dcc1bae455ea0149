/**
 * The warden's door: a Unix socket that only the gate's account may open, in a folder that only root can write, beneath folders that nobody
 * else can rename. So the kernel's own check at connect() says who speaks (Node gives no way to ask for SO_PEERCRED, and the mode asks the
 * same question earlier). Each connection may ask what `protocol.ts` lists; anything else ends it. What waits for an answer is counted: beyond
 * its share a connection is not read until answers have gone out.
 */
import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, realpathSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { dirname } from 'node:path';
import { MESSAGE_BYTES_MAX, request, weightOf } from './protocol.ts';
import type { Answer, Reply, Request } from './protocol.ts';
import type { Table } from './table.ts';
import { createDeframer, frameMessage } from '#engine/framing.ts';
import { readCounts, readFlows, readNeighbours } from '#host/nft/seen.ts';
import type { Programs } from '#host/nft/programs.ts';
import type { SeenFlow } from '#ports/warden.ts';
import { Fault } from '#std/refused.ts';

const CONNECTIONS_MAX = 4;
const UNREAD_BYTES_MAX = 64 << 20;
/** A connection that sends more than this in one breath, unread answers and all, is no gate. */
const UNDER_WAY_MAX = 256;
/** At these a connection is not read until some of it is answered. */
const READING_UNDER_WAY = 32;
const READING_BYTES = 2 * MESSAGE_BYTES_MAX;

export interface WardenServer {
  /** Tells every gate. */
  tell(event: Answer): void;
  close(): Promise<void>;
}

export interface Door {
  readonly path: string;
  /** Account that may connect, besides root. */
  readonly uid: number;
}

/** What the requests are about. */
export interface Served {
  readonly table: Table;
  readonly programs: Programs;
  /** Whether packets that the rules log are heard of right now. */
  readonly hears: () => boolean;
}

export async function serveWarden(served: Served, door: Door): Promise<WardenServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    serve(socket, (asked) => perform(served, asked));
  });
  server.maxConnections = CONNECTIONS_MAX;
  prepare(door.path);
  // Nobody can connect between the moment when the socket appears and the one when it has its owner.
  const before = process.umask(0o177);
  try {
    await listening(server, door.path);
  } finally {
    process.umask(before);
  }
  chmodSync(door.path, 0o600);
  chownSync(door.path, door.uid, 0);
  return {
    tell(event) {
      for (const socket of sockets) send(socket, event);
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
      rmSync(door.path, { force: true });
    },
  };
}

/** Others who could write the folder could put their own socket there. */
function prepare(path: string): void {
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const { uid, mode } = lstatSync(folder);
  if (uid !== 0 || (mode & 0o022) !== 0) throw exposed(folder);
  for (let above = realpathSync(folder); above !== '/'; above = dirname(above)) {
    const { uid: owner, mode: bits } = lstatSync(dirname(above));
    const isSticky = (bits & 0o1000) !== 0; // as /tmp: what is root's there only root renames
    if (owner !== 0 || ((bits & 0o022) !== 0 && !isSticky)) throw exposed(dirname(above));
  }
  if (existsSync(path)) rmSync(path);
}

function exposed(folder: string): Fault {
  return new Fault('socket-exposed', `Others than root can write ${folder}: choose another folder for the socket.`);
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
}

function serve(socket: Socket, act: (asked: Request) => Promise<Reply>): void {
  const deframer = createDeframer(MESSAGE_BYTES_MAX);
  let underWay = 0;
  let bytes = 0;
  const level = (): void => {
    if (underWay >= READING_UNDER_WAY || bytes > READING_BYTES) socket.pause();
    else if (socket.isPaused()) socket.resume();
  };
  const handle = (message: unknown): void => {
    const asked = request.parse(message);
    const weight = weightOf(asked);
    underWay += 1;
    bytes += weight;
    if (underWay > UNDER_WAY_MAX) throw new Fault('too-much', 'too many requests wait');
    act(asked)
      .then((reply) => {
        underWay -= 1;
        bytes -= weight;
        send(socket, reply);
        level();
      })
      .catch(() => socket.destroy()); // an answer that is too large ends its connection, not the warden
  };
  socket.on('data', (chunk: Buffer) => {
    try {
      for (const message of deframer.push(chunk)) handle(message);
      level();
    } catch {
      socket.destroy(); // it does not speak our language
    }
  });
  socket.on('error', () => socket.destroy());
}

function send(socket: Socket, message: Answer): void {
  if (socket.destroyed) return;
  socket.write(frameMessage(message, MESSAGE_BYTES_MAX));
  if (socket.writableLength > UNREAD_BYTES_MAX) socket.destroy(); // it does not read
}

async function perform(served: Served, asked: Request): Promise<Reply> {
  try {
    return await answerTo(served, asked);
  } catch (cause) {
    const { code, message, retry } =
      cause instanceof Fault ? cause : new Fault('warden-failed', String(cause).slice(0, 300), { retry: true });
    return { n: asked.n, fault: { code, message, retry } };
  }
}

async function answerTo(served: Served, asked: Request): Promise<Reply> {
  const { table, programs, hears } = served;
  const { n } = asked;
  switch (asked.verb) {
    case 'check':
      await table.check(asked.rules);
      return { n, done: true };
    case 'load':
      return { n, committed: { ms: await table.load(asked.rules, asked.askedAt, asked.confirmWithinMs) } };
    case 'status':
      return { n, status: await statusOf(served) };
    case 'confirm':
      await table.confirm();
      return { n, done: true };
    case 'roll-back':
      return { n, committed: { ms: await table.rollBack() } };
    case 'change':
      return { n, committed: { ms: await table.change(asked.change, asked.askedAt) } };
    case 'list':
      return { n, listing: (await table.list()) ?? null };
    case 'unload':
      await table.unload();
      return { n, done: true };
    case 'neighbours':
      return { n, neighbours: [...(await readNeighbours(programs))] };
    case 'flows':
      return { n, flows: await flowsSeen(programs), hears: hears() };
  }
}

async function statusOf({ table, programs }: Served): Promise<Extract<Reply, { readonly status: unknown }>['status']> {
  const { isPending } = await table.status();
  return { isPending, counts: (await readCounts(programs)) ?? null };
}

/** `null` where connection tracking cannot be listed: that is said to whoever asks, and stops nothing else. */
async function flowsSeen(programs: Programs): Promise<SeenFlow[] | null> {
  try {
    return [...(await readFlows(programs))];
  } catch (error) {
    if (error instanceof Fault) return null;
    throw error;
  }
}
