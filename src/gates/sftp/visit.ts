/**
 * One SSH connection to the embedded transport: greeted, signed in with a public key, given SFTP channels, ended. The
 * socket is ours: whatever ends the visit destroys it, and nothing waits for a polite goodbye.
 */
import type { Socket } from 'node:net';
import type { AuthContext, Connection, PublicKeyAuthContext, ServerChannel, Session } from 'ssh2';
import { sever } from '#gates/registry/sever.ts';
import ssh2 from 'ssh2';
import { isRefused } from '#std/refused.ts';
import type { Attempts } from '#gates/sftp/attempts.ts';
import type { Conversation } from '#gates/sftp/conversation.ts';
import { converse, openSession, type SftpParts, type Visitor } from '#gates/sftp/door.ts';
import { fingerprintOf } from '#gates/sftp/host-key.ts';
import type { GateLimits } from '#gates/sftp/limits.ts';
import type { RefusalRecord } from '#gates/sftp/refusal-record.ts';
import { sentence } from '#gates/sftp/refusals.ts';
import { answerKey, type KeyAnswer } from '#gates/sftp/signin.ts';

const CLIENT_CHARS_MAX = 200;
const FACTOR_CHARS_MAX = 40;
/** SSH's own window is 2 MiB; a client that sends far more than it was allowed is cut off. */
const UNREAD_BYTES_MAX = 4 * 1024 * 1024;

export interface VisitOptions {
  readonly parts: SftpParts;
  readonly socket: Socket;
  readonly from: string;
  readonly limits: GateLimits;
  readonly attempts: Attempts;
  readonly refusals: RefusalRecord;
}

type Known = Extract<KeyAnswer, { kind: 'known' }>;
/** Accepts the subsystem request and gives its raw channel. */
type AcceptChannel = () => ServerChannel;

export class Visit {
  readonly from: string;
  /** Resolves when the socket is gone and every file is settled. */
  readonly over: Promise<void>;
  readonly #options: VisitOptions;
  readonly #conversations = new Set<Conversation>();
  readonly #settled: Promise<unknown>[] = [];
  #channels = 0;
  #tries = 0;
  #client = '';
  #known: Known | undefined;
  #deadline: NodeJS.Timeout;

  constructor(options: VisitOptions) {
    const { socket, limits } = options;
    this.#options = options;
    this.from = options.from;
    this.#deadline = setTimeout(() => socket.destroy(), limits.handshakeMs);
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    this.over = closed.then(() => this.#settle());
    socket.on('drain', () => this.#conversations.forEach((talk) => talk.drained()));
  }

  /** The client has said which software it is. */
  meet(client: Connection, software: string): void {
    this.#client = software.replace(/[^\x21-\x7e]/g, '').slice(0, CLIENT_CHARS_MAX);
    client.on('error', () => this.#options.socket.destroy());
    client.on('authentication', (context) => void this.#signIn(context));
    client.on('session', (accept, reject) => this.#offer(accept, reject));
  }

  end(): Promise<void> {
    this.#options.socket.destroy();
    return this.over;
  }

  async #settle(): Promise<void> {
    clearTimeout(this.#deadline);
    for (const talk of this.#conversations) talk.lost();
    await Promise.all(this.#settled);
  }

  async #signIn(context: AuthContext): Promise<void> {
    if (context.method !== 'publickey') {
      // Clients ask with `none` what is offered; whatever else is not a key was a try.
      if (context.method !== 'none') await this.#refuse(context, { kind: 'refused', why: 'method-not-offered' });
      else context.reject(['publickey']);
      return;
    }
    const answer = this.#answer(context);
    if (answer.kind === 'refused') return this.#refuse(context, answer);
    if (context.signature !== undefined) {
      this.#known = answer;
      this.#options.attempts.succeeded(this.from);
    }
    context.accept();
  }

  #answer(context: PublicKeyAuthContext): KeyAnswer {
    const { parts } = this.#options;
    const answer = answerKey(parts.engine.state(), fingerprintOf(context.key.data), parts.clock.now());
    if (answer.kind === 'refused' || context.signature === undefined) return answer;
    return isSigned(answer, context) ? answer : { kind: 'refused', why: 'bad-signature' };
  }

  async #refuse(context: AuthContext, answer: Extract<KeyAnswer, { kind: 'refused' }>): Promise<void> {
    const { attempts, limits, socket, refusals } = this.#options;
    attempts.failed(this.from);
    this.#tries += 1;
    const { why, person, credential } = answer;
    const factor = context.method === 'publickey' ? 'ssh-key' : `ssh-${context.method}`.slice(0, FACTOR_CHARS_MAX);
    await refusals.record({ from: this.from, with: factor, why, person, credential });
    if (this.#tries >= limits.triesMax) socket.destroy();
    else context.reject(['publickey']);
  }

  #offer(accept: () => Session, reject: () => boolean | void): void {
    if (this.#channels >= this.#options.limits.channelsMax) {
      reject();
      return;
    }
    this.#channels += 1;
    const session = accept();
    session.once('close', () => this.#closed());
    session.on('subsystem', (take: unknown, refuse: unknown, info: { readonly name: string }) => {
      // ssh2 gives a raw channel for a subsystem as long as nobody listens to its own 'sftp' event; its types do not know it.
      // Taken at once: clients send their greeting along with the request, and it waits in the channel until somebody listens.
      if (info.name === 'sftp') void this.#open((take as AcceptChannel)());
      else (refuse as (() => void) | undefined)?.();
    });
  }

  /** A connection without a channel does not stay: its time starts again. */
  #closed(): void {
    this.#channels -= 1;
    if (this.#channels === 0) this.#deadline.refresh();
  }

  async #open(channel: ServerChannel): Promise<void> {
    const { parts, limits, socket, refusals } = this.#options;
    const known = this.#known;
    channel.on('error', () => socket.destroy());
    if (known === undefined || socket.destroyed) return;
    const visitor: Visitor = {
      person: known.person,
      credential: known.credential,
      from: this.from,
      client: this.#client,
    };
    try {
      const session = await openSession(parts, visitor, limits);
      if (isRefused(session)) {
        await refusals.record({
          from: this.from,
          person: known.person,
          credential: known.credential,
          why: session.code,
        });
        return sayNo(channel, sentence(session));
      }
      if (socket.destroyed) return await session.close('disconnected');
      this.#talk(channel, session);
    } catch (error) {
      parts.onTrouble?.('a session could not be opened', error);
      socket.destroy();
    }
  }

  #talk(channel: ServerChannel, session: Parameters<typeof converse>[1]): void {
    const { parts, limits, socket } = this.#options;
    clearTimeout(this.#deadline);
    const talk = converse(parts, session, channel, limits, {
      destroy: () => sever(socket),
      isCongested: () => {
        if (channel.readableLength > UNREAD_BYTES_MAX) socket.destroy();
        return socket.writableLength > limits.queuedBytesMax;
      },
    });
    this.#conversations.add(talk);
    this.#settled.push(talk.over);
    void talk.over.then(() => this.#conversations.delete(talk));
  }
}

function isSigned(known: Known, context: PublicKeyAuthContext): boolean {
  const key = ssh2.utils.parseKey(known.line);
  if (key instanceof Error || context.signature === undefined || context.blob === undefined) return false;
  if (key.type === 'ssh-rsa' && context.hashAlgo === undefined) return false; // an RSA signature over SHA-1
  return key.verify(context.blob, context.signature, context.hashAlgo) === true;
}

/** Told on the error channel, which clients show to people; then the channel ends. */
function sayNo(channel: ServerChannel, why: string): void {
  channel.stderr.write(`picturelock: ${why}\n`);
  channel.exit(1);
  channel.end();
}
