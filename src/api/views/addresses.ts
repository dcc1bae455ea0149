/** Names for addresses: the host that holds one, else the zone that it lies in. */
import { zoneOf } from '#access/address.ts';
import { zoneName } from '#api/views/network.ts';
import type { State } from '#model/state.ts';
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
      return zone === undefined ? undefined : zoneName(state, zone);
    },
  };
}

function hostsByAddress(state: State): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { name, addresses } of state.hosts.values())
    for (const address of addresses) found.set(canonicalAddress(address) ?? address, name);
  return found;
}
