/**
 * Tells what waits. What that is follows from the state, so a restart loses nothing and begins where it was; a message that was taken while its record was
 * lost goes out again, with the same `upTo`. Each way is on its own: one that fails is tried again after a time that doubles up to an hour, and its failure is
 * an entry and stands on Today.
 */
import type { Sender } from './sender.ts';
import type { Command } from '#model/commands.ts';
import type { By } from '#model/events.ts';
import { HOUR_MS, MINUTE_MS } from '#model/limits.ts';
import { alertMessage } from '#plan/alerts/alert-message.ts';
import type { AlertMessage } from '#plan/alerts/alert-message.ts';
import type { Clock } from '#ports/clock.ts';
import type { EngineClient } from '#ports/engine.ts';
import { backOff } from '#std/back-off.ts';
import { Fault } from '#std/refused.ts';

const BY: By = { service: 'gate-alerts' };
/** What happens together is told together. */
const GATHER_MS = 2000;
const AGAIN_MS = MINUTE_MS;
const AGAIN_MS_MAX = HOUR_MS;
/** The engine was away: look again. */
const ENGINE_AGAIN_MS = 5000;

export interface AlertsParts {
  readonly engine: EngineClient;
  readonly clock: Clock;
  readonly senders: readonly Sender[];
  readonly gatherMs?: number;
  readonly againMs?: number;
  readonly onTrouble: (what: string, cause: unknown) => void;
}

export interface Alerts {
  close(): Promise<void>;
}

/** Records which ways there are; none when `senders` is empty. */
export async function levelWays(engine: EngineClient, senders: readonly Pick<Sender, 'way' | 'to'>[]): Promise<void> {
  const ways = senders.map(({ way, to }) => ({ way, to: to.slice(0, 300) }));
  await engine.command({ kind: 'set-alert-ways', ways }, BY); // refused when that is so already
}

export async function startAlerts(parts: AlertsParts): Promise<Alerts> {
  const { engine, senders, onTrouble } = parts;
  const stopping = new AbortController();
  const lanes = senders.map((sender) => createLane(parts, sender, stopping.signal));
  let ways: Promise<void> | undefined;

  /** A facility that is not founded yet has no ledger of its own to say it in. */
  function level(): Promise<void> {
    if (engine.state().facility === undefined) return Promise.resolve();
    ways ??= levelWays(engine, senders).catch((cause: unknown) => {
      ways = undefined;
      onTrouble('the ways of alerts could not be recorded', cause);
    });
    return ways;
  }

  const stopFollowing = engine.subscribe((placed) => {
    void level();
    const isTest = placed.some(({ entry }) => entry.kind === 'alert.test-asked');
    for (const lane of lanes) {
      if (isTest) lane.tryNow();
      else lane.look();
    }
  });
  await level();
  for (const lane of lanes) lane.look();
  return {
    async close() {
      stopping.abort();
      stopFollowing();
      await Promise.all(lanes.map((lane) => lane.close()));
    },
  };
}

interface Lane {
  look(): void;
  /** Somebody wants to know whether it works: no pause of earlier failures is kept. */
  tryNow(): void;
  close(): Promise<void>;
}

function createLane(parts: AlertsParts, sender: Sender, signal: AbortSignal): Lane {
  const { engine, clock, gatherMs = GATHER_MS, againMs = AGAIN_MS, onTrouble } = parts;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let tries = 0;
  /** Taken by the receiver; what is missing is its record alone. */
  let taken: AlertMessage | undefined;

  function look(): void {
    if (signal.aborted || running !== undefined || timer !== undefined) return;
    if (alertMessage(engine.state(), sender.way, clock.now()) !== undefined) wait(gatherMs);
  }

  function wait(ms: number): void {
    timer = setTimeout(() => {
      timer = undefined;
      running = tell()
        .catch((cause: unknown) => {
          if (signal.aborted) return undefined;
          onTrouble('an alert could not be recorded', cause);
          return ENGINE_AGAIN_MS;
        })
        .then((pauseMs) => {
          running = undefined;
          if (signal.aborted) return;
          if (pauseMs === undefined) look();
          else wait(pauseMs);
        });
    }, ms);
  }

  /** How long to wait before the next try; undefined when it was told, or there is nothing to tell. */
  async function tell(): Promise<number | undefined> {
    const message = taken ?? alertMessage(engine.state(), sender.way, clock.now());
    if (message === undefined) return undefined;
    if (taken === undefined) {
      try {
        await sender.send(`${JSON.stringify(message)}\n`, signal);
      } catch (cause) {
        return failed(cause);
      }
    }
    taken = message;
    const { upTo, alerts, dropped } = message;
    await record({ kind: 'record-alert-sent', way: sender.way, upTo, matters: alerts.length, dropped });
    [taken, tries] = [undefined, 0];
    return undefined;
  }

  /** Of many failures in a row, the first, second, fourth, eighth ... is an entry. */
  async function failed(cause: unknown): Promise<number> {
    if (signal.aborted) throw cause;
    tries += 1;
    onTrouble(`an alert was not taken (${sender.way}), and is sent again`, cause);
    const code = cause instanceof Fault ? cause.code : 'fault';
    if (Number.isInteger(Math.log2(tries)))
      await record({ kind: 'record-alert-failure', way: sender.way, code, tries });
    return backOff(tries, againMs, AGAIN_MS_MAX);
  }

  /** A refusal means that the way is gone or that it was recorded before. */
  async function record(command: Command): Promise<void> {
    await engine.command(command, BY);
  }

  return {
    look,
    tryNow() {
      tries = 0;
      if (signal.aborted || running !== undefined) return;
      clearTimeout(timer);
      wait(0);
    },
    async close() {
      clearTimeout(timer);
      await running;
    },
  };
}
