/**
 * The life of one process under the supervisor: told to begin, says where it listens, runs until it is told to stop or its supervisor is
 * gone. An error that nobody caught ends it: the ledger is intact, and the supervisor starts it anew.
 */
import type { FromChild } from './messages.ts';
import { toChild } from './messages.ts';
import { createLog } from './log.ts';
import type { Logger } from './log.ts';
import type { Role, Settings } from './settings.ts';
import { Fault } from '#std/refused.ts';

export interface Running {
  readonly address?: string;
  readonly notes?: Readonly<Record<string, string>>;
  /** Resolves when it cannot go on. */
  readonly failed?: Promise<unknown>;
  close(): Promise<void>;
}

export type Start = (settings: Settings, log: Logger) => Promise<Running>;

const CLOSE_MS_MAX = 8_000;
const EXIT_FAILED = 1;

export function runChild(role: Role, start: Start): void {
  const log = createLog(role);
  let running: Promise<Running> | undefined;
  let isStopping = false;

  async function begin(settings: Settings): Promise<void> {
    try {
      running = start(settings, log);
      const { address, notes, failed } = await running;
      say({
        kind: 'listening',
        ...(address === undefined ? {} : { address }),
        ...(notes === undefined ? {} : { notes }),
      });
      void failed?.then((cause) => die(cause));
    } catch (cause) {
      running = undefined;
      die(cause);
    }
  }

  function die(cause: unknown): void {
    if (isStopping) return;
    isStopping = true;
    log.fatal({ err: cause }, 'cannot go on');
    const { code, message, retry } = asFault(cause);
    say({ kind: 'failed', code, message, retry });
    void shut(EXIT_FAILED);
  }

  async function shut(exitCode: number): Promise<void> {
    isStopping = true;
    const timer = setTimeout(() => process.exit(EXIT_FAILED), CLOSE_MS_MAX);
    try {
      await (await running)?.close();
    } catch (error) {
      log.error({ err: error }, 'did not close cleanly');
    }
    clearTimeout(timer);
    process.exit(exitCode);
  }

  process.on('message', (message) => {
    const heard = toChild.parse(message);
    if (heard.kind === 'stop') void (isStopping ? undefined : shut(0));
    else void begin(heard.settings as Settings); // made by parseSettings in the supervisor
  });
  process.on('disconnect', () => void (isStopping ? undefined : shut(0)));
  // The supervisor decides the order in which processes stop.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'a bug');
    process.exit(EXIT_FAILED);
  });
}

/** What an operator can put right is said in a sentence. */
function asFault(cause: unknown): Fault {
  if (cause instanceof Fault) return cause;
  const { code, address, port } = cause as {
    readonly code?: string;
    readonly address?: string;
    readonly port?: number;
  }; // an error of Node's
  if (code === 'EADDRINUSE')
    return new Fault('address-taken', `Something else listens on ${address}:${port}: choose another address.`, {
      retry: true,
    });
  if (code === 'EACCES' && port !== undefined)
    return new Fault(
      'address-forbidden',
      `This account may not listen on ${address}:${port}: choose a port above 1023.`,
    );
  if (code === 'EADDRNOTAVAIL') return new Fault('address-unknown', `This machine has no address ${address}.`);
  return new Fault('fault', String(cause), { retry: true });
}

function say(message: FromChild): void {
  if (process.connected) process.send?.(message);
}
