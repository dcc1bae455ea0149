/** I1: between every pair of zones, what no rule names is refused; and it is refused in fact, not on paper. */
import type { NetworkFinding, Quarantine } from '#model/network-state.ts';
import type { State } from '#model/state.ts';
import type { Crossing } from '#plan/network/invariants/ground.ts';
import { isAny } from '#plan/network/invariants/ground.ts';
import type { Breach, Invariant } from '#plan/network/invariants/invariant.ts';
import { named } from '#plan/network/invariants/invariant.ts';
import { unheld } from '#plan/network/unheld.ts';

export const defaultDeny: Invariant = {
  id: 'I1',
  controls: ['TS-2.4'],
  title: 'What no rule names is refused, in and out, between every pair of zones',
  asksForKinds: false,
  assumptions: [
    'The policy is a union of allowances: what no rule covers is refused, and an empty policy refuses all.',
  ],
  whole: (_ground, state) => enforcement(state),
  crossing: allowsAnything,
};

function* enforcement(state: State): Iterable<Breach> {
  const { zones, network } = state;
  if (zones.isEmpty()) {
    yield {
      tag: 'no-zones',
      isDoubt: true,
      isReported: true,
      says: 'No zone is declared, so there is nothing to be kept apart.',
      next: 'Declare the zones of the facility, or start from a preset.',
    };
  }
  const { mode, apply } = network;
  if (mode !== 'enforce') {
    yield {
      tag: 'mode',
      isReported: true,
      says: mode === 'off' ? 'No rules are loaded.' : `In mode ${mode}, what the rules refuse still passes.`,
      next: 'Switch enforcement to observe, warn, and then enforce.',
    };
  } else if (apply === undefined || apply.mode !== 'enforce') {
    yield {
      tag: 'not-applied',
      isDoubt: true,
      isReported: true,
      says: 'The gateway has not said yet that it enforces the rules.',
      next: 'See that the network gate and its warden run.',
    };
  } else if (apply.standing !== 'confirmed') {
    yield {
      tag: 'not-confirmed',
      isReported: true,
      says:
        apply.standing === 'unconfirmed' ? 'The newest rules wait to be kept.' : 'The newest rules were taken back.',
      next: apply.standing === 'unconfirmed' ? 'Keep these rules.' : 'Find out why, and apply them again.',
    };
  }
  for (const quarantine of network.quarantines.values() as Iterable<Quarantine>) {
    const gap = unheld(state, quarantine);
    if (gap !== undefined) yield { tag: `quarantine ${quarantine.id}`, isReported: true, ...gap };
  }
  for (const finding of network.findings.values() as Iterable<NetworkFinding>) {
    if (!['drift', 'enforcement-failed', 'rolled-back'].includes(finding.finding)) continue;
    yield { tag: finding.key, isReported: true, says: finding.says, next: finding.next };
  }
}

/** Every protocol and port from a whole zone to a whole zone makes "allow" the default between the two. */
function* allowsAnything(crossing: Crossing): Iterable<Breach> {
  const { rule, from, to } = crossing;
  if (rule.kind !== 'flow' || !rule.ports.some(({ protocol }) => protocol === 'any')) return;
  if (rule.flow.from.kind !== 'zone' || rule.flow.to.kind !== 'zone') return;
  if (to.kinds.has('internet') && isAny(from, ['guest', 'corporate'])) return; // what an office's connection is for
  yield {
    crossing,
    says: `${named(crossing)} lets everything from ${from.name} to ${to.name} pass, so nothing between them is refused.`,
    next: 'Name the services that are needed, or single hosts.',
  };
}
