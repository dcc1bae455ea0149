/** What the registry makes of new entries: orders are answered, renewals reach who is live, and what may take access away is decided anew. */
import type { Endings } from '#gates/registry/endings.ts';
import type { Judge } from '#gates/registry/judge.ts';
import type { Live } from '#gates/registry/live.ts';
import { orderIn } from '#gates/registry/orders.ts';
import type { Orders } from '#gates/registry/orders.ts';
import type { Roll } from '#gates/registry/roll.ts';
import type { Because, Placed } from '#model/events.ts';
import type { Cut, State } from '#model/state.ts';
import type { SessionId } from '#std/ids.ts';

export interface FollowingParts {
  readonly sessionMsMax: number;
  readonly roll: Roll;
  readonly judge: Judge;
  readonly endings: Endings;
  readonly orders: Orders;
}

/** A listener for the engine's entries. */
export function createFollowing({ sessionMsMax, roll, judge, endings, orders }: FollowingParts) {
  function follow(placed: readonly Placed[], state: State): void {
    const ordered: Cut[] = [];
    let isDecidable = false;
    for (const one of placed) {
      const { entry } = one;
      const order = orderIn(one);
      if (order !== undefined) ordered.push(order);
      else if (entry.kind === 'session.closed') severClosed(entry.about.session, entry.data.because);
      else if (entry.kind === 'session.renewed' || entry.kind === 'signin.stepped-up')
        renew(state, entry.about.session);
      else isDecidable ||= !IRRELEVANT.test(entry.kind);
    }
    for (const order of ordered) orders.answer(order, state);
    if (isDecidable) judge.decideAll(state);
  }

  /** Closed by somebody else (signing out through the API): what is attached dies; the entry is there already. */
  function severClosed(id: SessionId | undefined, because: Because): void {
    const session = liveOf(id);
    if (session !== undefined) endings.sever(session, because);
  }

  function renew(state: State, id: SessionId | undefined): void {
    const session = liveOf(id);
    const stored = id === undefined ? undefined : state.sessions.get(id);
    if (session === undefined || stored === undefined) return;
    if (stored.tokenHash !== undefined) session.tokenHash = stored.tokenHash;
    if (stored.factorAt !== undefined) session.factorAt = stored.factorAt;
    if (stored.credential !== undefined) session.credential = stored.credential;
    session.until = Math.min(stored.until, stored.openedAt + sessionMsMax);
    if (judge.hold(session, state, session.id) !== undefined) void endings.end(session, 'rights-changed');
  }

  function liveOf(id: SessionId | undefined): Live | undefined {
    return id === undefined ? undefined : roll.live.get(id);
  }

  return follow;
}

/** Entries that cannot take access away. */
const IRRELEVANT =
  /^(session|signin|cut|engine|ledger|request|invitation|recovery|review|exception|person\.(added|renamed|warned)|engagement\.(given|warned))/;
