/** Lookups of hosts by name, address and MAC, kept beside the hosts so that a decision takes microseconds. */
import type { Host, Indexes, State } from '#model/state.ts';
import { canonicalAddress } from '#std/address.ts';
import type { HostId } from '#std/ids.ts';
import type { Map as PMap } from 'immutable';

export function withHostIndexed(state: State, host: Host): State {
  const cleared = withoutHostIndexed(state, host.id);
  const { hostByName, hostByAddress, hostByMac } = cleared.index;
  const index: Indexes = {
    ...cleared.index,
    hostByName: hostByName.set(host.name, host.id),
    hostByAddress: withKeys(hostByAddress, host.addresses.map(canonical), host.id),
    hostByMac: withKeys(hostByMac, host.macs ?? [], host.id),
  };
  return { ...cleared, hosts: cleared.hosts.set(host.id, host), index };
}

export function withoutHostIndexed(state: State, id: HostId): State {
  const host = state.hosts.get(id);
  if (host === undefined) return state;
  const { hostByName, hostByAddress, hostByMac } = state.index;
  const index: Indexes = {
    ...state.index,
    hostByName: withoutKeys(hostByName, [host.name], id),
    hostByAddress: withoutKeys(hostByAddress, host.addresses.map(canonical), id),
    hostByMac: withoutKeys(hostByMac, host.macs ?? [], id),
  };
  return { ...state, hosts: state.hosts.delete(id), index };
}

/** The host that has this address. */
export function hostAt(state: State, address: string): Host | undefined {
  const id = state.index.hostByAddress.get(canonical(address));
  return id === undefined ? undefined : state.hosts.get(id);
}

/** What is no address stands for itself: entries of old hold what was typed. */
function canonical(address: string): string {
  return canonicalAddress(address) ?? address;
}

function withKeys(map: PMap<string, HostId>, keys: readonly string[], id: HostId): PMap<string, HostId> {
  return keys.reduce((index, key) => index.set(key, id), map);
}

function withoutKeys(map: PMap<string, HostId>, keys: readonly string[], id: HostId): PMap<string, HostId> {
  return keys.reduce((index, key) => (index.get(key) === id ? index.delete(key) : index), map);
}
