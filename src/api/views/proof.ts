/** Invariants and what breaks them, as the API shows them. */
import type { InvariantStanding, InvariantView, PolicyTestView, ViolationView } from '#api/endpoints/network-views.ts';
import { hostName, ruleName, zoneName } from '#api/views/network.ts';
import { packetView } from '#api/views/packet.ts';
import { defined } from '#api/views/viewer.ts';
import type { State } from '#model/state.ts';
import type { KeptTest } from '#plan/facility-file/kept-tests.ts';
import type { InvariantReport } from '#plan/network/invariants.ts';
import type { Violation } from '#plan/network/invariants/invariant.ts';

const VIOLATIONS_SHOWN = 20;

export function invariantView(state: State, report: InvariantReport): InvariantView {
  const { id, title, controls, holdsUntil, violations, more } = report;
  return defined<InvariantView>({
    id,
    title,
    controls: [...controls],
    standing: standingOf(report),
    holdsUntil,
    violations: violations.slice(0, VIOLATIONS_SHOWN).map((violation) => violationView(state, violation)),
    more: more + Math.max(0, violations.length - VIOLATIONS_SHOWN),
  });
}

export function standingOf({ holds, violations }: Pick<InvariantReport, 'holds' | 'violations'>): InvariantStanding {
  if (holds === 'unknown') return 'unknown';
  if (!holds) return 'fails';
  return violations.length === 0 ? 'holds' : 'excepted';
}

export function violationView(state: State, violation: Violation): ViolationView {
  const { says, next, standing, rule, host, zone, packet, exceptedBy, breaksFrom } = violation;
  return defined<ViolationView>({
    says,
    next,
    standing,
    rule: rule === undefined ? undefined : { id: rule, name: ruleName(state, rule) ?? rule },
    host: host === undefined ? undefined : { id: host, name: hostName(state, host) },
    zone: zone === undefined ? undefined : { id: zone, name: zoneName(state, zone) },
    packet: packet === undefined ? undefined : packetView(state, packet),
    exceptedBy,
    breaksFrom,
  });
}

export function policyTestView(state: State, { packet, ...test }: KeptTest): PolicyTestView {
  return packet === undefined ? test : { ...test, packet: packetView(state, packet) };
}
