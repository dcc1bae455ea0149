/**
 * Looks every minute whether something about backups needs a look, and records what began and what is over; the entries are told like every other one. It
 * runs beside the senders, so that it says what a dead backup service does not.
 */
import type { Command } from '#model/commands.ts';
import type { By } from '#model/events.ts';
import { MINUTE_MS } from '#model/limits.ts';
import type { State } from '#model/state.ts';
import { troubleNews } from '#plan/alerts/trouble-news.ts';
import type { Seen } from '#plan/alerts/trouble-news.ts';
import type { Trouble } from '#plan/backup/troubles.ts';
import type { Clock } from '#ports/clock.ts';
import type { EngineClient } from '#ports/engine.ts';

const BY: By = { service: 'gate-alerts' };
const LOOK_EVERY_MS = MINUTE_MS;

export interface TroubleWatchParts {
  readonly engine: Pick<EngineClient, 'state' | 'command'>;
  readonly clock: Clock;
  readonly lookEveryMs?: number;
  /** What `backup status` would say. */
  troubles(state: State, at: number): readonly Trouble[];
  onTrouble(what: string, cause: unknown): void;
}

export interface TroubleWatch {
  /** Looks now. */
  look(): Promise<void>;
  close(): Promise<void>;
}

export function watchTroubles(parts: TroubleWatchParts): TroubleWatch {
  const { engine, clock, lookEveryMs = LOOK_EVERY_MS, onTrouble } = parts;
  let seen: Seen = new Map();
  let running: Promise<void> = Promise.resolve();
  let isClosed = false;

  async function compare(): Promise<void> {
    const state = engine.state();
    if (isClosed || state.facility === undefined || state.alerts.ways.isEmpty()) return;
    const at = clock.now();
    const news = troubleNews(state, parts.troubles(state, at), seen, at);
    ({ seen } = news);
    for (const one of news.over) await record({ kind: 'end-trouble', code: one.code, ...aboutOf(one) });
    for (const one of news.begun)
      await record({ kind: 'note-trouble', code: one.code, weight: one.weight, ...aboutOf(one) });
  }

  /** A refusal means that it is so already, or that the next look does it. */
  async function record(command: Command): Promise<void> {
    if (!isClosed) await engine.command(command, BY);
  }

  function look(): Promise<void> {
    running = running.then(compare).catch((cause: unknown) => {
      if (!isClosed) onTrouble('what needs a look could not be recorded', cause);
    });
    return running;
  }

  const timer = setInterval(() => void look(), lookEveryMs);
  return {
    look,
    async close() {
      isClosed = true;
      clearInterval(timer);
      await running;
    },
  };
}

function aboutOf({ project, vault }: Pick<Trouble, 'project' | 'vault'>): Pick<Trouble, 'project' | 'vault'> {
  return { ...(project === undefined ? {} : { project }), ...(vault === undefined ? {} : { vault }) };
}
