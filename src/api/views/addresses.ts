/** Names for addresses: the host that holds one, else the zone that it lies in, else the internet. */
import { zoneOf } from '#access/address.ts';
import { zoneName } from '#api/views/network.ts';
import type { State } from '#model/state.ts';
import { addressPlan, isInternetZone } from '#plan/network/address-plan.ts';
import { addressSet, both, isNowhere } from '#plan/network/address-set.ts';
import { canonicalAddress } from '#std/address.ts';

export interface AddressNames {
  nameOf(address: string): string | undefined;
}

const compiled = new WeakMap<State['hosts'], ReadonlyMap<string, string>>();

export function addressNames(state: State): AddressNames {
  let hosts = compiled.get(state.hosts);
  if (hosts === undefined) compiled.set(state.hosts, (hosts = hostsByAddress(state)));
  const known = hosts;
  return {
    nameOf: (address) => {
      const host = known.get(canonicalAddress(address) ?? address);
      if (host !== undefined) return host;
      const zone = zoneOf(state, address);
      return zone === undefined ? outsideName(state, address) : zoneName(state, zone);
    },
  };
}

/** What no zone declares and a router carries is the internet, by the name of its zone. */
function outsideName({ zones }: State, address: string): string | undefined {
  if (isNowhere(both(addressSet(address), addressPlan(zones).internet))) return undefined;
  return zones.find(isInternetZone)?.name ?? 'the internet';
}

function hostsByAddress(state: State): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { name, addresses } of state.hosts.values())
    for (const address of addresses) found.set(canonicalAddress(address) ?? address, name);
  return found;
}
