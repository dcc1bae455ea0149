/**
 * Orders to cut. Each comes twice: alone, as soon as it is durable, and then among the entries of its command, with the state that follows from
 * them. What it covers is severed at the first; the second severs what came in between, tells the ledger and answers with a receipt.
 */
import type { Shape } from '#gates/registry/coverage.ts';
import { coverage } from '#gates/registry/coverage.ts';
import type { Endings } from '#gates/registry/endings.ts';
import { closingOf } from '#gates/registry/endings.ts';
import type { Attachment, Live } from '#gates/registry/live.ts';
import type { Outbox } from '#gates/registry/outbox.ts';
import type { Severed, Watch } from '#gates/registry/receipt.ts';
import { baselineOf, receiptOf, withSeen } from '#gates/registry/receipt.ts';
import { probeRefusal } from '#gates/registry/refusal-probe.ts';
import type { Roll } from '#gates/registry/roll.ts';
import type { Gate, Placed } from '#model/events.ts';
import type { Cut, Session, State } from '#model/state.ts';
import type { Clock } from '#ports/clock.ts';
import type { EngineClient } from '#ports/engine.ts';
import type { CutId, SessionId } from '#std/ids.ts';

/** Writes that were done before the cut are told to us up to so much later. */
const SETTLE_MS = 100;
/** Orders that were carried out and whose entries are still on their way; they follow at once, or with the engine's return. */
const AHEAD_MAX = 1024;
const NO_ATTACHMENTS: readonly Attachment[] = [];

export interface Orders {
  /** Carries out what is ordered, before anything else is done with it. */
  obey(ordered: readonly Placed[]): void;
  /** Answers an order once, however often it is seen. */
  answer(order: Cut, state: State): void;
  /** Carried out, and not answered yet. */
  readonly isAhead: boolean;
  /** Resolves when every receipt on the way is told. */
  settled(): Promise<void>;
}

export interface OrdersParts {
  readonly engine: EngineClient;
  readonly clock: Clock;
  readonly gate: Gate;
  readonly shape: Shape;
  readonly watchMs: number;
  readonly watch?: Watch;
  readonly roll: Roll;
  readonly endings: Endings;
  readonly outbox: Outbox;
}

/** What one pass ended: whole sessions, and sessions that live on without some of what was attached to them. */
interface Pass {
  readonly whole: readonly Live[];
  readonly part: readonly Live[];
  readonly severedAt: number;
}

export function createOrders(parts: OrdersParts): Orders {
  const { engine, clock, gate, shape, watchMs, watch, roll, endings, outbox } = parts;
  const ahead = new Map<CutId, Pass>();
  const answered = new Set<CutId>();
  const answering = new Set<Promise<void>>();

  function obey(ordered: readonly Placed[]): void {
    for (const order of ordered.map(orderIn)) {
      if (order === undefined || answered.has(order.id) || ahead.has(order.id) || ahead.size >= AHEAD_MAX) continue;
      ahead.set(order.id, severOrdered(order, engine.state()));
    }
  }

  /** One synchronous pass: nothing is written, awaited or decided until the last covered socket is gone. */
  function severOrdered({ scope, because, orderedAt }: Cut, state: State): Pass {
    const whole: Live[] = [];
    const part: Live[] = [];
    for (const session of roll.live.values()) {
      const covered = coverage(state, scope, session, shape, orderedAt);
      if (covered.kind === 'whole' && endings.sever(session, because)) whole.push(session);
      if (covered.kind !== 'part') continue;
      for (const attachment of covered.attachments) session.destroy(attachment, because);
      part.push(session);
    }
    return { whole, part, severedAt: clock.now() };
  }

  function answer(order: Cut, state: State): void {
    if (answered.has(order.id)) return;
    answered.add(order.id);
    const { whole, part, severedAt } = both(ahead.get(order.id), severOrdered(order, state));
    ahead.delete(order.id);
    const sessions = [...new Set([...whole, ...part])];
    const dormant = dormantIn(parts, order, state, sessions).map(({ id }) => id);
    const severed = {
      orderedAt: order.orderedAt,
      severedAt,
      sessions,
      earlier: earlierIn(parts, order, state),
      dormant,
    };
    for (const session of whole) if (session.recorded) void endings.tell(session, order.because, order.id);
    for (const id of dormant) void outbox.post(closingOf(id, order.because, order.id));
    const watched = probe(order, severed);
    answering.add(watched);
    void watched.finally(() => answering.delete(watched));
  }

  async function probe(order: Cut, severed: Severed): Promise<void> {
    const seen = watch === undefined ? undefined : await watch(idsOf(severed));
    await pause(SETTLE_MS);
    const [baseline, from] = [baselineOf(severed.sessions), clock.now()];
    await pause(watchMs);
    const refusal = probeRefusal(engine.state(), order.scope, clock.now());
    const own = receiptOf(gate, severed, baseline, refusal, clock.now() - from);
    const receipt = seen === undefined ? own : withSeen(own, seen);
    await outbox.post({ kind: 'record-receipt', cut: order.id, receipt });
  }

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => void clock.atTime(clock.now() + ms, resolve));
  }

  return {
    obey,
    answer,
    get isAhead() {
      return ahead.size > 0;
    },
    async settled() {
      await Promise.all(answering);
    },
  };
}

function idsOf({ sessions, earlier, dormant }: Severed): readonly SessionId[] {
  return [...[...sessions, ...earlier].map(({ id }) => id), ...dormant];
}

/** Ended by their own deadline just before an order about the same end. */
function earlierIn({ roll, shape }: OrdersParts, { scope, because, orderedAt }: Cut, state: State): readonly Live[] {
  if (because !== 'clock' && because !== 'credential-ended') return [];
  return roll
    .endedByClock(orderedAt)
    .filter((session) => coverage(state, scope, session, shape, orderedAt).kind === 'whole');
}

/** Sessions that the state shows for this gate, covered, and not held by this process. */
function dormantIn(
  { gate, shape, roll }: OrdersParts,
  { scope, orderedAt }: Cut,
  state: State,
  held: readonly Live[],
): readonly Session[] {
  const ids = new Set(held.map(({ id }) => id));
  return [...state.sessions.values()].filter(
    (stored) =>
      stored.gate === gate &&
      !ids.has(stored.id) &&
      !roll.live.has(stored.id) &&
      coverage(state, scope, { ...stored, attachments: NO_ATTACHMENTS }, shape, orderedAt).kind === 'whole',
  );
}

/** The later moment counts only when the later pass still found something. */
function both(first: Pass | undefined, second: Pass): Pass {
  if (first === undefined) return second;
  const whole = [...first.whole, ...second.whole];
  const part = [...first.part, ...second.part];
  const isMore = second.whole.length + second.part.length > 0;
  return { whole, part, severedAt: isMore ? second.severedAt : first.severedAt };
}

/** Undefined for any other entry. */
export function orderIn({ entry }: Placed): Cut | undefined {
  if (entry.kind !== 'cut.ordered' || entry.about.cut === undefined) return undefined;
  const { scope, because } = entry.data;
  return { id: entry.about.cut, scope, because, orderedAt: entry.at, stream: entry.stream, receipts: [] };
}
