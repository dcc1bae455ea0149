/** I3: nothing starts from lower trust to higher, but for the classes that are declared for it. */
import type { Crossing } from '#plan/network/invariants/ground.ts';
import { isContent, isFromBroker, isFromManagement, serviceOf } from '#plan/network/invariants/ground.ts';
import type { Breach, Invariant } from '#plan/network/invariants/invariant.ts';
import { named } from '#plan/network/invariants/invariant.ts';

export const trust: Invariant = {
  id: 'I3',
  controls: ['TS-1.0', 'TS-2.5'],
  title: 'Nothing starts from lower trust to higher, except what is declared for a broker, a core service or a bastion',
  asksForKinds: true,
  crossing: function* upwards(crossing: Crossing): Iterable<Breach> {
    const { from, to } = crossing;
    if (from.trust >= to.trust || isDeclared(crossing)) return;
    yield {
      crossing,
      says: `${named(crossing)} starts at trust ${from.trust} and reaches trust ${to.trust}.`,
      next: `Let ${to.name} start it, or move the service to where both may reach it.`,
    };
  },
};

/** A class excuses only what it is for: a core service stands in the core, an admin comes from a bastion, a broker is a broker. */
function isDeclared(crossing: Crossing): boolean {
  const { rule, from, to } = crossing;
  switch (rule.kind) {
    case 'exposure':
      return to.kinds.has('dmz');
    case 'path':
      return isFromManagement(crossing) || (isFromBroker(crossing) && from.kinds.has('dmz'));
    case 'flow':
      break;
  }
  switch (rule.flow.class) {
    case 'core-service':
      return to.kinds.has('core') && serviceOf(rule)?.plane === 'data';
    case 'admin':
      return isFromManagement(crossing);
    case 'broker':
      return isFromBroker(crossing) && from.kinds.has('dmz') && !isContent(to);
    case 'standard':
    case 'proxy':
    case 'pull':
      return false;
  }
}
