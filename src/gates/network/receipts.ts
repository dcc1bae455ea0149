/**
 * The network's answer to an order to cut: which sessions' paths were taken away, when the kernel had committed it, and what its own listing
 * shows a while after: their marks are gone and what is quarantined is held.
 */
import { BY } from './findings.ts';
import type { DataOf } from '#model/events.ts';
import type { OpenPath, Quarantine } from '#model/network-state.ts';
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
  /** Orders in the state that this gate has not answered. While it is off it has nothing to say but of a quarantine, which it does not hold. */
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
    const isGone = parsed !== undefined && paths.every(({ id }) => !parsed.grants.some((grant) => grant.id === id));
    const held = heldBy(state, cut, parsed);
    const isStopped = isGone && held !== 'no' && held !== 'nothing' && (parsed.enforce || paths.length === 0);
    const sessions = [...new Set(paths.map(({ session }) => session))];
    const receipt: DataOf<'cut.receipt'> = {
      gate: 'network',
      sessions: sessions.slice(0, SESSIONS_NAMED_MAX),
      sessionCount: sessions.length,
      orderedAt: cut.orderedAt,
      ms: Math.max(0, committedAt - cut.orderedAt),
      probe: {
        bytesStopped: isStopped,
        accessRefused: isStopped,
        watchedMs: Math.round(clock.now() - from),
        rule: ruleOf(parsed, held, paths.length),
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
        (cut) =>
          !answered.has(cut.id) &&
          clock.now() - cut.orderedAt < ANSWERED_WITHIN_MS &&
          !cut.receipts.some(({ gate }) => gate === 'network') &&
          (state.network.mode !== 'off' || quarantineOf(state, cut) !== undefined),
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

type HeldBy = 'no-quarantine' | 'nothing' | 'yes' | 'no';

/** Whether the kernel holds what the order's quarantine is about; `nothing` when that is no address at all, which is no success. */
function heldBy(state: State, cut: Cut, listed: ListedRules | undefined): HeldBy {
  const quarantine = quarantineOf(state, cut);
  if (quarantine === undefined) return 'no-quarantine';
  const { v4, v6 } = quarantineSet(state, quarantine);
  if (v4.length + v6.length === 0) return 'nothing';
  if (listed === undefined) return 'no';
  return isWithin(v4, new Set(listed.quarantined4)) && isWithin(v6, new Set(listed.quarantined6)) ? 'yes' : 'no';
}

function quarantineOf({ network }: State, cut: Cut): Quarantine | undefined {
  return network.quarantines.find((held) => held.cut === cut.id);
}

function isWithin<N extends Point>(spans: readonly Span<N>[], held: ReadonlySet<N>): boolean {
  return spans.every(({ first, last }) => held.has(first) && held.has(last));
}

function ruleOf(parsed: ListedRules | undefined, held: HeldBy, pathCount: number): string {
  if (parsed === undefined) return 'network-not-guarded';
  if (held === 'nothing') return 'nothing-to-hold';
  if (held !== 'no-quarantine') return DENIALS.quarantined.id;
  if (pathCount === 0) return 'no-path';
  return parsed.enforce ? 'path-closed' : 'network-not-enforced';
}
