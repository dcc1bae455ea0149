/**
 * The bolt: a small root process beside the vault whose verb is *lock until*. It has no verb to unlock: a file's flag comes off by itself when
 * the newest renewal left it out and the time that the bolt wrote down has passed by the bolt's own clock. Silence frees nothing: a vault that is
 * not heard removes nothing either, so a flag that came off meanwhile would serve only whoever silenced it. The one exception is a file that is of
 * no use any more: when its bytes do not hash to its name, which the bolt reads for itself, it is let go of, so that the right bytes can take its
 * place. A vault that was taken over can lock more, for longer, and be rid of what was damaged already; nothing else.
 */
import { chmodSync, chownSync, closeSync, constants, lstatSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { dirname } from 'node:path';
import { openBoltBook } from '#host/vault/bolt/bolt-book.ts';
import type { BoltBook } from '#host/vault/bolt/bolt-book.ts';
import { boltRequest, REQUEST_BYTES_MAX } from '#host/vault/bolt/bolt-request.ts';
import type { BoltAnswer, BoltRequest } from '#host/vault/bolt/bolt-request.ts';
import { clearIfDamaged, setFlag } from '#host/vault/bolt/immutable-flag.ts';
import { lineSplitter } from '#host/vault/lines.ts';
import type { ClockReading } from '#vault/server/vault-clock.ts';
import { Fault } from '#std/refused.ts';

const CONNECTIONS_MAX = 4;
const RELEASE_EVERY_MS = 10 * 60_000;
/** Paths in one call of `chattr`. */
const TOGETHER_MAX = 200;

export interface BoltSettings {
  readonly socket: string;
  /** The vault's folder; whoever owns it is the vault. */
  readonly vault: string;
  /** Where the bolt keeps its table: root's alone. */
  readonly folder: string;
  read(): ClockReading;
  onTrouble(what: string, cause?: unknown): void;
}

export interface RunningBolt {
  readonly book: BoltBook;
  /** Takes the flag off what was left out and is over; how many. Also by itself, every few minutes. */
  release(): Promise<number>;
  close(): Promise<void>;
}

type LockOne = Extract<BoltRequest, { path: string; forMs: number }>;
type LockAll = Extract<BoltRequest, { except: unknown }>;
type LockFree = Extract<BoltRequest, { paths: unknown }>;
type LetGo = Extract<BoltRequest, { verb: 'let-go-damaged' }>;
interface Waiting {
  readonly request: LockOne;
  readonly done: (answer: BoltAnswer) => void;
}

export async function startBolt(settings: BoltSettings): Promise<RunningBolt> {
  const { uid } = lstatSync(settings.vault);
  const root = openSync(settings.vault, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  mkdirSync(settings.folder, { recursive: true, mode: 0o700 });
  const book = await openBoltBook(settings.folder, settings.read);
  const inTurn = oneAtATime();
  const lockOne = together(root, uid, book, inTurn);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    converse(socket, (request) => {
      if (request.verb === 'let-go-damaged') return letGo(root, uid, book, request);
      if ('paths' in request) return lockFree(book, lockOne, request);
      return 'path' in request ? lockOne(request) : inTurn(() => lockAll(book, request));
    });
  });
  server.maxConnections = CONNECTIONS_MAX;
  await listen(server, settings.socket, uid);

  async function release(): Promise<number> {
    const over = await book.over();
    let freed = 0;
    for (let from = 0; from < over.length; from += TOGETHER_MAX)
      freed += await inTurn(() => releaseSome(over.slice(from, from + TOGETHER_MAX)));
    return freed;
  }

  /** Those that somebody locked meanwhile stay locked: whoever asks takes turns with this. */
  async function releaseSome(paths: readonly string[]): Promise<number> {
    const { at, doubt } = await book.clock.now();
    if (doubt !== undefined) return 0;
    const some = paths.filter((path) => !book.isKept(path) && (book.untilOf(path) ?? Infinity) <= at);
    if (some.length === 0) return 0;
    await setFlag(root, uid, some, false);
    await book.write([{ released: some }]);
    return some.length;
  }

  async function round(): Promise<void> {
    await release().catch((cause: unknown) => settings.onTrouble('could not release', cause));
    await book.fold().catch((cause: unknown) => settings.onTrouble('could not fold the table', cause));
  }

  const timer = setInterval(() => void round(), RELEASE_EVERY_MS);
  async function shut(): Promise<void> {
    clearInterval(timer);
    for (const socket of sockets) socket.destroy();
    await new Promise((done) => server.close(done));
    rmSync(settings.socket, { force: true });
    await book.close();
    closeSync(root);
  }

  let shutting: Promise<void> | undefined;
  return { book, release, close: () => (shutting ??= shut()) };
}

type InTurn = <T>(act: () => Promise<T>) => Promise<T>;

/** What sets flags and what takes them off does it one after the other. */
function oneAtATime(): InTurn {
  let newest: Promise<unknown> = Promise.resolve();
  return (act) => {
    const done = newest.then(act);
    newest = done.catch(() => undefined);
    return done;
  };
}

/** Requests that wait together are written, synced and locked together. */
function together(
  root: number,
  uid: number,
  book: BoltBook,
  inTurn: InTurn,
): (request: LockOne) => Promise<BoltAnswer> {
  const waiting: Waiting[] = [];
  let isRunning = false;

  async function drain(): Promise<void> {
    isRunning = true;
    while (waiting.length > 0) {
      const some = waiting.splice(0, TOGETHER_MAX);
      if (some.length > 1 && (await inTurn(() => lock(some)))) continue;
      for (const one of some) await inTurn(() => lock([one], true));
    }
    isRunning = false;
  }

  /** The flag first: a line says of a file that it is immutable only when it is. A flag without a line is set again by the next try. */
  async function lock(some: readonly Waiting[], isLast = false): Promise<boolean> {
    try {
      const { at } = await book.clock.now();
      await setFlag(
        root,
        uid,
        some.map(({ request }) => request.path),
        true,
      );
      await book.write(some.map(({ request: { path, forMs } }) => ({ path, until: at + forMs })));
      for (const { request, done } of some) done({ n: request.n });
      return true;
    } catch (cause) {
      if (isLast) for (const { request, done } of some) done(faultOf(request.n, cause));
      return false;
    }
  }

  return (request) =>
    new Promise((done) => {
      waiting.push({ request, done });
      if (!isRunning) void drain();
    });
}

/** Written down before the flag comes off: nothing was ever let go of without a line. */
async function letGo(root: number, uid: number, book: BoltBook, { n, path }: LetGo): Promise<BoltAnswer> {
  try {
    await clearIfDamaged(root, uid, path, (sha256) => book.write([{ damaged: path, sha256 }]));
    return { n };
  } catch (cause) {
    return faultOf(n, cause);
  }
}

async function lockAll(book: BoltBook, { n, except, forMs }: LockAll): Promise<BoltAnswer> {
  try {
    await book.write([{ except, until: (await book.clock.now()).at + forMs }]);
    return { n };
  } catch (cause) {
    return faultOf(n, cause);
  }
}

/** Where no file can be locked at all that is a fault, and not a long list. */
async function lockFree(
  book: BoltBook,
  lockOne: (request: LockOne) => Promise<BoltAnswer>,
  { n, paths, forMs }: LockFree,
): Promise<BoltAnswer> {
  const free = paths.filter((path) => !book.isKept(path));
  const answers = await Promise.all(free.map((path) => lockOne({ n, verb: 'lock-until', path, forMs })));
  const faults = answers.flatMap(({ fault }) => fault ?? []);
  const [first] = faults;
  if (first !== undefined && faults.length === free.length && faults.every(({ code }) => code === 'no-immutable-flag'))
    return { n, fault: first };
  return { n, unlocked: free.filter((_, i) => answers[i]?.fault !== undefined) };
}

function faultOf(n: number, cause: unknown): BoltAnswer {
  const code = cause instanceof Fault ? cause.code : 'bolt-failed';
  return { n, fault: { code, says: cause instanceof Error ? cause.message : String(cause) } };
}

function converse(socket: Socket, act: (request: BoltRequest) => Promise<BoltAnswer>): void {
  const split = lineSplitter(REQUEST_BYTES_MAX);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    try {
      for (const line of split(chunk))
        void act(boltRequest.parse(JSON.parse(line))).then((answer) => socket.write(`${JSON.stringify(answer)}\n`));
    } catch {
      socket.destroy(); // it asks for something else than to lock
    }
  });
}

/** Only the vault's account and root can ask. */
async function listen(server: ReturnType<typeof createServer>, path: string, uid: number): Promise<void> {
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const { uid: owner, mode } = lstatSync(folder);
  if (owner !== 0 || (mode & 0o022) !== 0)
    throw new Fault('socket-exposed', `Others than root can write ${folder}: choose another folder for the socket.`);
  rmSync(path, { force: true });
  const before = process.umask(0o177);
  try {
    await new Promise<void>((done, failed) => server.once('error', failed).listen(path, done));
  } finally {
    process.umask(before);
  }
  chmodSync(path, 0o600);
  chownSync(path, uid, 0);
}
