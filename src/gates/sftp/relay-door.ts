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
import type { Conversation } from '#gates/sftp/conversation.ts';
import { converse, openSession, type SftpParts, type Visitor } from '#gates/sftp/door.ts';
import { FirstLine } from '#gates/sftp/first-line.ts';
import { GATE_LIMITS, type GateLimits } from '#gates/sftp/limits.ts';
import { RefusalRecord } from '#gates/sftp/refusal-record.ts';
import { sentence } from '#gates/sftp/refusals.ts';
import { takeOver, type RelaySocket } from '#gates/sftp/relay-socket.ts';
import { answerCredential, answerKey } from '#gates/sftp/signin.ts';

const OTHERS = 0o007;

export interface TurnedAway {
  readonly from: string;
  /** SSH's own name: `publickey`, `password`; absent when a connection ended without a key. */
  readonly method?: string;
  readonly fingerprint?: string;
}

export interface RelayDoor {
  readonly socketPath: string;
  readonly connections: number;
  /** sshd has turned somebody away by itself; its log says with which key or method, and from where. */
  turnedAway(tried: TurnedAway): Promise<void>;
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
  const refusals = new RefusalRecord(parts, limits);
  const server = createServer({ pauseOnConnect: true }, (accepted) => {
    if (sockets.size >= limits.connectionsMax) {
      accepted.destroy();
      return;
    }
    const firstLine = new FirstLine();
    const relay = takeOver(accepted, firstLine);
    const { socket } = relay;
    sockets.set(
      socket,
      answer({ parts, options, limits, refusals }, relay, firstLine)
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
    async turnedAway({ from, method, fingerprint }) {
      if (method === undefined) return refusals.record({ from, with: 'ssh', why: 'no-key-shown' });
      if (fingerprint === undefined) return refusals.record({ from, with: `ssh-${method}`, why: 'method-not-offered' });
      const key = answerKey(parts.engine.state(), fingerprint, parts.clock.now());
      if (key.kind === 'known') return refusals.record({ from, why: 'bad-signature' });
      const { why, person, credential } = key;
      return refusals.record({ from, why, person, credential });
    },
    async close() {
      server.close();
      const over = [...sockets.values()];
      for (const socket of sockets.keys()) socket.destroy();
      await Promise.all(over);
    },
  };
}

/** What one open door answers with. */
interface Desk {
  readonly parts: SftpParts;
  readonly options: RelayDoorOptions;
  readonly limits: GateLimits;
  readonly refusals: RefusalRecord;
}

async function answer(desk: Desk, relay: RelaySocket, firstLine: FirstLine): Promise<void> {
  const { socket } = relay;
  const { parts, options, limits } = desk;
  socket.on('error', () => socket.destroy());
  const line = await firstLine.from(socket, limits.handshakeMs);
  const [verb, version, ...rest] = line?.split(' ') ?? [];
  if (version === '1' && verb === 'keys') socket.end(keyLines(parts, options, rest[0] ?? ''));
  else if (version === '1' && verb === 'sftp') {
    const conversation = await serve(desk, socket, rest);
    if (conversation === undefined) return;
    relay.listenWith(conversation);
    conversation.receive(firstLine.rest);
    await conversation.over;
    socket.destroy();
  } else socket.destroy();
}

/** `restrict` switches off forwarding, terminals and the rest; the command is the only thing this key can start. */
function keyLines(parts: SftpParts, options: RelayDoorOptions, fingerprint: string): string {
  const key = answerKey(parts.engine.state(), fingerprint, parts.clock.now());
  return key.kind === 'known' ? `restrict,command="${options.relayCommand(key.credential)}" ${key.line}\n` : '';
}

/** The conversation, once the gate has said ok; undefined when it has said no, or nobody is there any more. */
async function serve(
  { parts, limits, refusals }: Desk,
  socket: Socket,
  [id, from = '']: readonly string[],
): Promise<Conversation | undefined> {
  const credential = isId('credential', id) ? parts.engine.state().credentials.get(id) : undefined;
  const key =
    credential === undefined ? undefined : answerCredential(parts.engine.state(), credential, parts.clock.now());
  if (credential === undefined || key?.kind !== 'known') {
    const why = key?.kind === 'refused' ? key.why : 'unknown-key';
    await refusals.record({ from, why, person: credential?.person, credential: credential?.id });
    socket.end(`no This key is not let in. [${why}]\n`);
    return undefined;
  }
  const visitor: Visitor = { person: key.person, credential: key.credential, from, client: 'sshd' };
  const session = await openSession(parts, visitor, limits);
  if (isRefused(session)) {
    await refusals.record({ from, person: key.person, credential: key.credential, why: session.code });
    socket.end(`no ${sentence(session)}\n`);
    return undefined;
  }
  if (socket.destroyed) {
    await session.close('disconnected');
    return undefined;
  }
  socket.write('ok\n');
  return converse(parts, session, socket, limits, { destroy: () => socket.destroy(), isFed: true });
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
