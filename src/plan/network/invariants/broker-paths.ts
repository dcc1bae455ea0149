/** I7: a way from the broker to a seat exists only as the path of a live session, from one machine to one machine. */
import type { State } from '#model/state.ts';
import type { Crossing, Ground } from '#plan/network/invariants/ground.ts';
import { isContent, isFromBroker } from '#plan/network/invariants/ground.ts';
import type { Breach, Invariant } from '#plan/network/invariants/invariant.ts';
import { named } from '#plan/network/invariants/invariant.ts';

export const brokerPaths: Invariant = {
  id: 'I7',
  controls: ['TS-2.9', 'TS-6.1'],
  title: 'From the broker to a seat there is only the path of a live session, and it names both ends',
  asksForKinds: true,
  crossing: function* brokered(crossing: Crossing, _ground: Ground, state: State): Iterable<Breach> {
    const { rule, from, to } = crossing;
    if (!isContent(to)) return;
    if (rule.kind === 'path') yield* unproven(crossing, state);
    else if (rule.kind === 'flow' && (from.kinds.has('dmz') || isFromBroker(crossing))) {
      const next = 'Remove it: the broker opens a path for each session by itself.';
      yield { crossing, says: `${named(crossing)} stands open from the DMZ into ${to.name} without a session.`, next };
    }
  },
};

function* unproven(crossing: Crossing, { sessions }: State): Iterable<Breach> {
  const { rule, fromHosts, toHosts } = crossing;
  if (rule.kind !== 'path') return;
  const session = sessions.get(rule.path.session);
  const next = 'Close the path.';
  if (session === undefined || session.cutOrdered !== undefined) {
    yield { crossing, tag: 'session', says: `${named(crossing)} is open and its session has ended.`, next };
  } else if (rule.path.until > session.until) {
    yield { crossing, tag: 'longer', says: `${named(crossing)} outlives its session.`, next };
  }
  const isNamed = [fromHosts, toHosts].every((hosts) => hosts !== undefined && hosts.length > 0);
  const isMeant = rule.path.host === undefined || toHosts?.some(({ id }) => id === rule.path.host) === true;
  if (isNamed && isMeant) return;
  const says = `${named(crossing)} leads ${isNamed ? 'to another machine than it names' : 'between addresses that no declared host has'}.`;
  yield { crossing, tag: 'ends', says, next: 'Declare both machines as hosts, or close the path.' };
}
