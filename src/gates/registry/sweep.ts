/** The slow pass that finds whatever was missed, and what an earlier run left behind. */
import type { Shape } from '#gates/registry/coverage.ts';
import type { Deadlines } from '#gates/registry/deadlines.ts';
import type { Endings } from '#gates/registry/endings.ts';
import { closingOf } from '#gates/registry/endings.ts';
import type { Judge } from '#gates/registry/judge.ts';
import type { Orders } from '#gates/registry/orders.ts';
import type { Outbox } from '#gates/registry/outbox.ts';
import type { Roll } from '#gates/registry/roll.ts';
import type { Gate } from '#model/events.ts';
import type { State } from '#model/state.ts';
import type { Clock } from '#ports/clock.ts';
import type { EngineClient } from '#ports/engine.ts';
import type { SessionRegistry } from '#ports/sessions.ts';
import type { SessionId } from '#std/ids.ts';

export interface SweepParts {
  readonly engine: EngineClient;
  readonly clock: Clock;
  readonly gate: Gate;
  readonly shape: Shape;
  readonly sweepMs: number;
  readonly roll: Roll;
  readonly deadlines: Deadlines;
  readonly outbox: Outbox;
  readonly endings: Endings;
  readonly judge: Judge;
  readonly orders: Orders;
  readonly adopt: SessionRegistry['adopt'];
}

/** Heals at once, then sweeps every `sweepMs`; the result stops it. */
export function startSweep(parts: SweepParts): () => void {
  const { engine, clock, shape, sweepMs, deadlines, outbox, endings, judge } = parts;
  let cancel = arm();
  heal(parts, engine.state());

  function arm(): () => void {
    return clock.atTime(clock.now() + sweepMs, sweep);
  }

  function sweep(): void {
    deadlines.runDue();
    if (!judge.isLeased()) {
      if (shape !== 'path') endings.endAll('lease');
    } else {
      judge.decideAll(engine.state());
      outbox.flush();
      if (outbox.waiting === 0) heal(parts, engine.state());
    }
    cancel = arm();
  }

  return () => cancel();
}

/** What an earlier run left: connections that died with it, cookies past their end, paths that stand, orders that nobody answered. */
function heal({ clock, gate, shape, roll, outbox, orders, adopt }: SweepParts, state: State): void {
  // What was severed ahead of its entries is told when they come, and then under its order.
  if (orders.isAhead) return;
  for (const stored of state.sessions.values()) {
    if (stored.gate !== gate || roll.live.has(stored.id) || isTold(stored.id)) continue;
    if (shape === 'connection') void outbox.post(closingOf(stored.id, 'gate-restarted'));
    else if (stored.until <= clock.now())
      void outbox.post(closingOf(stored.id, shape === 'path' ? 'clock' : 'absolute-limit'));
    else if (shape === 'path' && stored.cutOrdered === undefined) adopt(stored.id);
  }
  for (const cut of state.cuts.values())
    if (!cut.receipts.some((receipt) => receipt.gate === gate)) orders.answer(cut, state);

  /** Its closing is on the way. */
  function isTold(id: SessionId): boolean {
    return outbox.waiting > 0 && roll.hasEnded(id);
  }
}
