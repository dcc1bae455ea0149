/** Cuts: orders to end access on every gate, and the receipts that come back. */
import type { CutScope } from '#model/events.ts';
import { unknown } from '#model/refusals.ts';
import { aboutOfScope } from '#model/ending.ts';
import { withoutPathsOf } from '#model/opening.ts';
import { withoutToken } from '#model/session.ts';
import type { Cut, Session, State } from '#model/state.ts';
import { CUTS_KEPT } from '#model/state.ts';
import { decided, draft, present } from '#model/transition.ts';
import type { Deciders, Evolvers } from '#model/transition.ts';
import { alreadyDone } from '#model/refusals.ts';
import { canonicalAddress } from '#std/address.ts';
import { assert } from '#std/assert.ts';
import type { CutId } from '#std/ids.ts';

/** Whether a live session falls under a cut. */
export function covers(scope: CutScope, session: Session): boolean {
  switch (scope.kind) {
    case 'person':
      return session.person === scope.person;
    case 'engagement':
      // A session without an engagement may have been let in by this one: it is decided anew, not cut.
      return session.engagement === scope.engagement;
    case 'project':
      return session.project === scope.project;
    case 'credential':
      return scope.sessions?.includes(session.id) ?? session.credential === scope.credential;
    case 'session':
      return session.id === scope.session;
    case 'host':
      return scope.sessions?.includes(session.id) === true || comesFrom(scope.addresses, session);
  }
}

export function comesFrom(addresses: readonly string[], { from }: Session): boolean {
  return from !== undefined && isOneOf(addresses, from);
}

/** However an address is written. */
export function isOneOf(addresses: readonly string[], from: string): boolean {
  const canonical = canonicalAddress(from) ?? from;
  return addresses.some((address) => (canonicalAddress(address) ?? address) === canonical);
}

export const cutEvolve = {
  'cut.ordered': (state, entry) => {
    const id = entry.about.cut;
    assert(id !== undefined, 'cut.ordered names its cut');
    const { scope, because, reason } = entry.data;
    const { stream } = entry;
    const cut = present<Cut>({
      id,
      scope,
      because,
      reason,
      orderedAt: entry.at,
      orderedBy: entry.by.person,
      stream,
      receipts: [],
    });
    return stopped({ ...state, cuts: kept(state.cuts.set(id, cut)) }, id, scope);
  },
  'cut.receipt': (state, entry, index) => {
    const cut = entry.about.cut === undefined ? undefined : state.cuts.get(entry.about.cut);
    if (cut === undefined) return state; // older than the cuts kept: the ledger has it
    const receipts = [...cut.receipts, { ...entry.data, at: entry.at, index }];
    return { ...state, cuts: state.cuts.set(cut.id, { ...cut, receipts }) };
  },
} satisfies Evolvers;

/** Covered sessions decide nothing from this moment on; their cookies name nobody. */
function stopped(state: State, cut: CutId, scope: CutScope): State {
  let next = state;
  for (const session of state.sessions.values()) {
    if (session.cutOrdered !== undefined || !covers(scope, session)) continue;
    const sessions = next.sessions.set(session.id, { ...session, cutOrdered: cut });
    next = withoutPathsOf({ ...next, sessions, index: withoutToken(next, session) }, session.id);
  }
  return next;
}

function kept(cuts: State['cuts']): State['cuts'] {
  if (cuts.size <= CUTS_KEPT) return cuts;
  let oldest: Cut | undefined;
  for (const cut of cuts.values()) if (oldest === undefined || cut.orderedAt < oldest.orderedAt) oldest = cut;
  return oldest === undefined ? cuts : cuts.delete(oldest.id);
}

export const cutDecide = {
  'record-receipt': (state, command, asked) => {
    const cut = state.cuts.get(command.cut);
    if (cut === undefined) return unknown('cut');
    const { receipt } = command;
    const isRepeat = cut.receipts.some(
      (other) => other.gate === receipt.gate && other.sessions.join() === receipt.sessions.join(),
    );
    if (isRepeat) return alreadyDone('This receipt was recorded already.');
    const about = aboutOfScope(cut.scope);
    return decided(draft(asked, 'cut.receipt', cut.stream, { cut: cut.id, ...about, gate: receipt.gate }, receipt));
  },
} satisfies Deciders;
