/** What of a quarantine the packet filter does not hold, and what to do: a quarantine that is only on paper says so. */
import type { Quarantine } from '#model/network-state.ts';
import type { Host, State } from '#model/state.ts';
import { quarantineSet } from '#plan/network/compile-policy.ts';

export interface Unheld {
  readonly says: string;
  readonly next: string;
}

const NAMED_MAX = 5;

/** Sessions and credentials are ended all the same: this is about packets. */
export function unheld(state: State, quarantine: Quarantine): Unheld | undefined {
  const { scope } = quarantine;
  if (state.network.mode === 'off') {
    return {
      says: 'The network is in mode off: no rules are loaded, so nothing drops the packets of this quarantine. Sessions and credentials end all the same.',
      next: 'Switch the mode to observe: a quarantine is enforced in every mode but off. Until then, pull the cable or close the switch port.',
    };
  }
  const bare = [...(state.hosts.values() as Iterable<Host>)].filter(
    (host) => host.addresses.length === 0 && isWithin(host, scope),
  );
  if (bare.length === 0) return nothing(state, quarantine);
  const names = bare
    .slice(0, NAMED_MAX)
    .map(({ name }) => name)
    .join(', ');
  const more = bare.length > NAMED_MAX ? ` and ${bare.length - NAMED_MAX} more` : '';
  return {
    says: `${names}${more} has no address in the model, so there is nothing for the packet filter to drop.`,
    next: 'Give it the address that it uses (the neighbours under Drift & devices show it), or pull its cable.',
  };
}

/** Nobody's machine and nobody's seat: the order reached sessions and credentials only. */
function nothing(state: State, quarantine: Quarantine): Unheld | undefined {
  const { v4, v6 } = quarantineSet(state, quarantine);
  if (v4.length + v6.length > 0) return undefined;
  const whose = quarantine.scope.kind === 'person' ? 'is owned by this person' : 'carries this project alone';
  return {
    says: `No machine of the model ${whose}, and no path was open: the packet filter has nothing to drop. Sessions and credentials end all the same.`,
    next: 'Put the machines that they work at into quarantine by name.',
  };
}

function isWithin({ id, owner, projects }: Host, scope: Quarantine['scope']): boolean {
  switch (scope.kind) {
    case 'host':
      return id === scope.host;
    case 'person':
      return owner === scope.person;
    case 'project':
      return projects?.length === 1 && projects[0] === scope.project;
  }
}
