/** I3: nothing starts from lower trust to higher, but for the classes that are declared for it. */
import type { Crossing } from '#plan/network/invariants/ground.ts';
import { isContent, isFromBroker, isFromManagement } from '#plan/network/invariants/ground.ts';
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
  const isBrokered = isFromBroker(crossing) && from.kinds.has('dmz');
  if (rule.kind === 'exposure') return to.kinds.has('dmz');
  if (rule.kind === 'path') return isBrokered || isFromManagement(crossing);
  switch (rule.flow.class) {
    case 'core-service':
      return to.kinds.has('core') && rule.service.plane === 'data';
    case 'admin':
      return isFromManagement(crossing);
    case 'broker':
      return isBrokered && !isContent(to);
    case 'standard':
    case 'proxy':
    case 'pull':
    case 'share':
      return false;
  }
}
