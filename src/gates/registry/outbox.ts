/**
 * Facts that have to reach the ledger although the engine may be gone just now: closings and receipts. They are told in order; what
 * the engine cannot take waits, bounded, for its recovery. What no longer fits is dropped and reported: the sweep finds
 * sessions that the state still shows open and closes them again.
 */
import type { Command } from '#model/commands.ts';
import type { By } from '#model/events.ts';
import type { EngineClient } from '#ports/engine.ts';
import { Fault } from '#std/refused.ts';

const WAITING_MAX = 20_000;
/** Commands on their way at once: enough to share synced writes, few enough for the engine's queue. */
const AT_ONCE_MAX = 256;

export interface Outbox {
  /** Resolves when the command is recorded, refused as already done, or left waiting for the engine's recovery. */
  post(command: Command): Promise<void>;
  /** Tells again what waits; called when the engine is back, and by the sweep. */
  flush(): void;
  readonly waiting: number;
}

interface Letter {
  readonly command: Command;
  readonly done: () => void;
}

export function createOutbox(engine: EngineClient, by: By, fault: (error: unknown) => void): Outbox {
  let waiting: Letter[] = [];
  let onTheWay = 0;
  let isLost = false;

  async function send(letter: Letter): Promise<void> {
    onTheWay += 1;
    try {
      const outcome = await engine.command(letter.command, by);
      if (outcome.kind === 'refused' && !EXPECTED.has(outcome.code))
        fault(new Fault(outcome.code, `${letter.command.kind}: ${outcome.message}`));
    } catch (error) {
      isLost = true;
      if (error instanceof Fault) keep(letter.command);
      else fault(error);
    } finally {
      onTheWay -= 1;
      letter.done();
      pump();
    }
  }

  function keep(command: Command): void {
    if (waiting.length >= WAITING_MAX) fault(new Fault('outbox-full', `${command.kind} cannot wait for the engine`));
    else waiting.push({ command, done: () => undefined });
  }

  function pump(): void {
    while (!isLost && onTheWay < AT_ONCE_MAX && waiting.length > 0) {
      const letter = waiting.shift();
      if (letter !== undefined) void send(letter);
    }
    if (isLost) for (const letter of waiting) letter.done();
  }

  return {
    post(command) {
      if (waiting.length >= WAITING_MAX) {
        fault(new Fault('outbox-full', `${command.kind} cannot wait for the engine`));
        return Promise.resolve();
      }
      return new Promise((done) => {
        waiting.push({ command, done });
        pump();
      });
    },
    flush() {
      isLost = false;
      pump();
    },
    get waiting() {
      return waiting.length + onTheWay;
    },
  };
}

/** Somebody else closed it first, or a repeat after an unknown outcome. */
const EXPECTED = new Set(['already-done', 'session-ended']);
