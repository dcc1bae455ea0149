/**
 * The other transport: OpenSSH's sshd holds the connection and hands each SFTP channel to this Unix socket through a small
 * relay. The socket and the folder around it are open to nobody but the account that sshd runs sessions as; whoever reaches it
 * speaks for every key, so its modes are checked at start.
 *
 *   relay: `sftp 1 CREDENTIAL ADDRESS\n`   answer: `ok\n` and then SFTP both ways, or `no SENTENCE\n`
 *   sshd:  `keys 1 FINGERPRINT\n`          answer: authorized_keys lines, none or one, and the end
 */
import { chmodSync, mkdirSync, statSync, unlinkSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { isId } from '#std/ids.ts';
import { Fault, isRefused } from '#std/refused.ts';
import { converse, openSession, type SftpParts, type Visitor } from '#gates/sftp/door.ts';
import { GATE_LIMITS, type GateLimits } from '#gates/sftp/limits.ts';
import { recordRefusal } from '#gates/sftp/refusal-record.ts';
import { sentence } from '#gates/sftp/refusals.ts';
import { answerCredential, answerKey } from '#gates/sftp/signin.ts';

const FIRST_LINE_BYTES_MAX = 300;
const OTHERS = 0o007;

export interface RelayDoor {
  readonly socketPath: string;
  readonly connections: number;
  /** sshd has turned a key away by itself; its log says which, and from where. */
  turnedAway(key: { readonly fingerprint: string; readonly from: string }): Promise<void>;
  close(): Promise<void>;
}

export interface RelayDoorOptions {
  readonly socketPath: string;
  /** 0o600 when sshd's sessions run as this very account, 0o660 when they run as one of its group. */
  readonly mode?: 0o600 | 0o660;
  /** The command that sshd is to run for a credential. */
  readonly relayCommand: (credential: string) => string;
  readonly limits?: Partial<GateLimits>;
}

export async function openRelayDoor(parts: SftpParts, options: RelayDoorOptions): Promise<RelayDoor> {
  const limits: GateLimits = { ...GATE_LIMITS, ...options.limits };
  const sockets = new Map<Socket, Promise<unknown>>();
  const server = createServer((socket) => {
    if (sockets.size >= limits.connectionsMax) {
      socket.destroy();
      return;
    }
    sockets.set(
      socket,
      answer(parts, options, limits, socket)
        .catch((error: unknown) => {
          parts.onTrouble?.('a relayed session failed', error);
          socket.destroy();
        })
        .finally(() => sockets.delete(socket)),
    );
  });
  await listen(server, options.socketPath, options.mode ?? 0o600);
  return {
    socketPath: options.socketPath,
    get connections() {
      return sockets.size;
    },
    async turnedAway({ fingerprint, from }) {
      const key = answerKey(parts.engine.state(), fingerprint, parts.clock.now());
      if (key.kind === 'known') await recordRefusal(parts, { from, why: 'bad-signature' });
      else
        await recordRefusal(parts, { from, why: key.why, ...(key.person === undefined ? {} : { person: key.person }) });
    },
    async close() {
      server.close();
      const over = [...sockets.values()];
      for (const socket of sockets.keys()) socket.destroy();
      await Promise.all(over);
    },
  };
}

async function answer(parts: SftpParts, options: RelayDoorOptions, limits: GateLimits, socket: Socket): Promise<void> {
  socket.on('error', () => socket.destroy());
  const line = await firstLine(socket, limits.handshakeMs);
  const [verb, version, ...rest] = line?.split(' ') ?? [];
  if (version === '1' && verb === 'keys') socket.end(keyLines(parts, options, rest[0] ?? ''));
  else if (version === '1' && verb === 'sftp') await serve(parts, limits, socket, rest);
  else socket.destroy();
}

/** `restrict` switches off forwarding, terminals and the rest; the command is the only thing this key can start. */
function keyLines(parts: SftpParts, options: RelayDoorOptions, fingerprint: string): string {
  const key = answerKey(parts.engine.state(), fingerprint, parts.clock.now());
  return key.kind === 'known' ? `restrict,command="${options.relayCommand(key.credential)}" ${key.line}\n` : '';
}

async function serve(
  parts: SftpParts,
  limits: GateLimits,
  socket: Socket,
  [id, from = '']: readonly string[],
): Promise<void> {
  const credential = isId('credential', id) ? parts.engine.state().credentials.get(id) : undefined;
  const key =
    credential === undefined ? undefined : answerCredential(parts.engine.state(), credential, parts.clock.now());
  if (credential === undefined || key?.kind !== 'known') {
    const why = key?.kind === 'refused' ? key.why : 'unknown-key';
    await recordRefusal(parts, { from, why, ...(credential === undefined ? {} : { person: credential.person }) });
    socket.end(`no This key is not let in. [${why}]\n`);
    return;
  }
  const visitor: Visitor = { person: key.person, credential: key.credential, from, client: 'sshd' };
  const session = await openSession(parts, visitor, limits);
  if (isRefused(session)) {
    await recordRefusal(parts, { from, person: key.person, why: session.code });
    socket.end(`no ${sentence(session)}\n`);
    return;
  }
  if (socket.destroyed) return session.close('disconnected');
  socket.write('ok\n');
  await converse(parts, session, socket, limits, { destroy: () => socket.destroy() }).over;
  socket.destroy();
}

/** Undefined when none came in time. What follows the line stays in the socket. */
function firstLine(socket: Socket, withinMs: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    let held = Buffer.alloc(0);
    const done = (line: string | undefined): void => {
      clearTimeout(timer);
      socket.removeListener('data', onData);
      socket.removeListener('close', onClose);
      socket.pause();
      resolve(line);
    };
    const onClose = (): void => done(undefined);
    const onData = (chunk: Buffer): void => {
      held = Buffer.concat([held, chunk]);
      const end = held.indexOf(0x0a);
      if (end < 0 && held.length <= FIRST_LINE_BYTES_MAX) return;
      if (end < 0 || end > FIRST_LINE_BYTES_MAX) return done(undefined);
      done(held.toString('latin1', 0, end));
      if (end + 1 < held.length) socket.unshift(held.subarray(end + 1));
      return undefined;
    };
    const timer = setTimeout(onClose, withinMs);
    socket.on('data', onData);
    socket.once('close', onClose);
  });
}

/** A stale socket of a dead process is replaced; the folder is made for the owner alone when it is not there. */
async function listen(server: Server, path: string, mode: number): Promise<void> {
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true, mode: mode === 0o600 ? 0o700 : 0o750 });
  if (statSync(folder).mode & OTHERS)
    throw new Fault('relay-folder-open', `${folder} can be reached by others; run: chmod o-rwx ${folder}`);
  try {
    unlinkSync(path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  chmodSync(path, mode);
}
