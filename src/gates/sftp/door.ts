/**
 * What both transports share once they know whose credential it is: the session is decided and recorded first, and only then
 * does a conversation begin. The session and the conversation end together, whichever ends first.
 */
import type { Duplex } from 'node:stream';
import type { Because } from '#model/events.ts';
import type { Clock } from '#ports/clock.ts';
import type { EngineClient } from '#ports/engine.ts';
import type { FileService } from '#ports/files.ts';
import type { LiveSession, SessionRegistry } from '#ports/sessions.ts';
import type { CredentialId, PersonId } from '#std/ids.ts';
import { isRefused, type Refused } from '#std/refused.ts';
import { Conversation, type ConversationOptions } from '#gates/sftp/conversation.ts';
import type { GateLimits } from '#gates/sftp/limits.ts';
import { factorOf } from '#gates/sftp/signin.ts';

export interface SftpParts {
  readonly engine: EngineClient;
  readonly registry: SessionRegistry;
  readonly files: FileService;
  readonly clock: Clock;
  /** Something went wrong that nobody waits for: a record that failed, a client that broke the protocol. */
  readonly onTrouble?: (what: string, error?: unknown) => void;
}

export interface Visitor {
  readonly person: PersonId;
  readonly credential: CredentialId;
  readonly from: string;
  readonly client: string;
}

export interface Talk {
  readonly session: LiveSession;
  readonly conversation: Conversation;
}

/** Asks the registry. After this resolves with a session, `session.opened` is durable. */
export async function openSession(
  parts: SftpParts,
  visitor: Visitor,
  limits: GateLimits,
): Promise<LiveSession | Refused> {
  const factorAt = factorOf(parts.engine.state(), visitor.person, parts.clock.now());
  return parts.registry.open({
    gate: 'sftp',
    ...visitor,
    ...(factorAt === undefined ? {} : { factorAt }),
    until: parts.clock.now() + limits.sessionMs,
  });
}

/**
 * Holds the conversation over `stream`. `destroy` must stop all bytes of this session at once; the registry calls it on
 * a cut, before anything is recorded.
 */
export function converse(
  parts: SftpParts,
  session: LiveSession,
  stream: Duplex,
  limits: GateLimits,
  transport: { readonly destroy: () => void } & Pick<ConversationOptions, 'isFed' | 'isCongested'>,
): Conversation {
  let ended: Because | undefined;
  const destroy = (because: Because): void => {
    ended ??= because;
    transport.destroy();
    conversation.lost();
  };
  const { person, from, factorAt } = session;
  const actor = {
    person,
    session: session.id,
    gate: 'sftp' as const,
    ...(from === undefined ? {} : { from }),
    ...(factorAt === undefined ? {} : { factorAt }),
  };
  const conversation = new Conversation({
    stream,
    session,
    pace: limits.pace,
    speaker: {
      files: parts.files,
      engine: parts.engine,
      clock: parts.clock,
      actor,
      guard: (needs) => session.attach(destroy, needs),
    },
    ...(transport.isFed === undefined ? {} : { isFed: transport.isFed }),
    ...(transport.isCongested === undefined ? {} : { isCongested: transport.isCongested }),
    onViolation: (why) => parts.onTrouble?.(`a client broke the SFTP protocol: ${why}`),
  });
  const detach = session.attach(destroy);
  const stopIdling = watchIdle(parts.clock, session, conversation, limits.idleMs, () => destroy('idle'));
  void conversation.over.then(async (failures) => {
    stopIdling();
    detach();
    for (const failure of failures) parts.onTrouble?.('an open file could not be settled', failure);
    await session
      .close(ended ?? 'disconnected')
      .catch((error: unknown) => parts.onTrouble?.('the end of a session was not recorded', error));
  });
  return conversation;
}

const IDLE_CHECKS = 10;

function watchIdle(
  clock: Clock,
  session: LiveSession,
  conversation: Conversation,
  idleMs: number,
  end: () => void,
): () => void {
  const since = { at: clock.monotonic(), bytes: session.bytesIn + session.bytesOut };
  const timer = setInterval(
    () => {
      const bytes = session.bytesIn + session.bytesOut;
      if (bytes !== since.bytes || conversation.isActive) Object.assign(since, { at: clock.monotonic(), bytes });
      else if (clock.monotonic() - since.at >= idleMs) end();
    },
    Math.max(idleMs / IDLE_CHECKS, 10),
  );
  timer.unref();
  return () => clearInterval(timer);
}

export function isSession(value: LiveSession | Refused): value is LiveSession {
  return !isRefused(value);
}
