/**
 * The network's answer to an order to cut: which sessions' paths were taken away, when the kernel had committed it, and what its own listing
 * shows a while after: their marks are gone and what is quarantined is held.
 */
import { BY } from './findings.ts';
import type { DataOf } from '#model/events.ts';
import type { OpenPath } from '#model/network-state.ts';
import type { Cut, State } from '#model/state.ts';
import { DENIALS } from '#access/rules.ts';
import { quarantineSet } from '#plan/network/compile-policy.ts';
import { parseRules } from '#plan/network/nft/parse-rules.ts';
import type { ListedRules } from '#plan/network/nft/parse-rules.ts';
import type { Span } from '#plan/network/policy.ts';
import type { Point } from '#plan/network/span-set.ts';
import type { Clock } from '#ports/clock.ts';
import type { EngineClient } from '#ports/engine.ts';
import type { Warden } from '#ports/warden.ts';
import type { CutId, SessionId } from '#std/ids.ts';

const SESSIONS_NAMED_MAX = 500;
const ANSWERED_MAX = 2000;
/** An order that is older was given to another life of this gate and another state of the network. */
export const ANSWERED_WITHIN_MS = 10 * 60_000;

export interface Receipts {
  /** Orders to answer once the kernel has committed what follows from them; `closed` are the paths that were just taken away. */
  answer(orders: readonly Cut[], closed: readonly OpenPath[], committedAt: number): void;
  /** Orders in the state that this gate has not answered. */
  open(state: State): readonly Cut[];
  settled(): Promise<void>;
}

export interface ReceiptParts {
  readonly engine: EngineClient;
  readonly warden: Warden;
  readonly clock: Clock;
  readonly watchMs: number;
  readonly onTrouble: (what: string, error?: unknown) => void;
}

export function createReceipts({ engine, warden, clock, watchMs, onTrouble }: ReceiptParts): Receipts {
  const answered = new Set<CutId>();
  const onTheWay = new Set<Promise<void>>();

  async function probe(cut: Cut, closed: readonly OpenPath[], committedAt: number): Promise<void> {
    const paths = closed.filter(({ session }) => isOf(engine.state(), cut, session));
    const from = clock.now();
    await new Promise<void>((done) => void clock.atTime(from + watchMs, done));
    const at = clock.now();
    const parsed = parseListing(await warden.list(), at);
    const state = engine.state();
    const isGone = paths.every(({ id }) => parsed !== undefined && !parsed.grants.some((grant) => grant.id === id));
    const isHeld = holds(state, cut, parsed);
    const sessions = [...new Set(paths.map(({ session }) => session))];
    const receipt: DataOf<'cut.receipt'> = {
      gate: 'network',
      sessions: sessions.slice(0, SESSIONS_NAMED_MAX),
      sessionCount: sessions.length,
      orderedAt: cut.orderedAt,
      ms: Math.max(0, committedAt - cut.orderedAt),
      probe: {
        bytesStopped: isGone && isHeld !== false,
        accessRefused: isGone && isHeld !== false,
        watchedMs: Math.round(clock.now() - from),
        rule: ruleOf(parsed, isHeld),
      },
    };
    await engine.command({ kind: 'record-receipt', cut: cut.id, receipt }, BY);
  }

  return {
    answer(orders, closed, committedAt) {
      for (const cut of orders) {
        if (answered.has(cut.id)) continue;
        answered.add(cut.id);
        for (const id of answered) if (answered.size > ANSWERED_MAX) answered.delete(id);
        const told = probe(cut, closed, committedAt).catch((error: unknown) => {
          answered.delete(cut.id);
          onTrouble('a receipt was not recorded', error);
        });
        onTheWay.add(told);
        void told.finally(() => onTheWay.delete(told));
      }
    },
    open: (state) =>
      [...state.cuts.values()].filter(
        ({ id, orderedAt, receipts }) =>
          !answered.has(id) &&
          clock.now() - orderedAt < ANSWERED_WITHIN_MS &&
          !receipts.some(({ gate }) => gate === 'network'),
      ),
    async settled() {
      await Promise.all(onTheWay);
    },
  };
}

function parseListing(listing: string | undefined, at: number): ListedRules | undefined {
  const parsed = listing === undefined ? undefined : parseRules(listing, at);
  return parsed?.kind === 'rules' ? parsed.rules : undefined;
}

/** A session that has closed since was cut by this order if it had a path under it. */
function isOf(state: State, cut: Cut, session: SessionId): boolean {
  const known = state.sessions.get(session);
  return known === undefined || known.cutOrdered === cut.id;
}

/** `undefined` when the order has nothing to do with a quarantine. */
function holds(state: State, cut: Cut, listed: ListedRules | undefined): boolean | undefined {
  const quarantine = state.network.quarantines.find((held) => held.cut === cut.id);
  if (quarantine === undefined) return undefined;
  if (listed === undefined) return false;
  const { v4, v6 } = quarantineSet(state, quarantine);
  return isWithin(v4, new Set(listed.quarantined4)) && isWithin(v6, new Set(listed.quarantined6));
}

function isWithin<N extends Point>(spans: readonly Span<N>[], held: ReadonlySet<N>): boolean {
  return spans.every(({ first, last }) => held.has(first) && held.has(last));
}

function ruleOf(parsed: ListedRules | undefined, isHeld: boolean | undefined): string {
  if (parsed === undefined) return 'network-not-guarded';
  return isHeld === undefined ? 'path-closed' : DENIALS.quarantined.id;
}
