/** Zones and the hosts in them. */
import { nameTaken } from '#model/flow.ts';
import { takenId, unknown } from '#model/refusals.ts';
import type { Host, State, Zone } from '#model/state.ts';
import { decided, draft, present } from '#model/transition.ts';
import type { Deciders, Evolvers } from '#model/transition.ts';
import { assert } from '#std/assert.ts';
import type { HostId, ZoneId } from '#std/ids.ts';
import { refused } from '#std/refused.ts';

export const zoneEvolve = {
  'zone.added': (state, entry) => withZone(state, entry.about.zone, entry.data),
  'zone.changed': (state, entry) => withZone(state, entry.about.zone, entry.data),
  'zone.removed': (state, entry) => {
    const { zone } = entry.about;
    assert(zone !== undefined, 'zone.removed names its zone');
    return { ...state, zones: state.zones.delete(zone) };
  },
  'host.added': (state, entry) => withHost(state, entry.about, entry.data),
  'host.changed': (state, entry) => withHost(state, entry.about, entry.data),
  'host.removed': (state, entry) => {
    const { host } = entry.about;
    assert(host !== undefined, 'host.removed names its host');
    return { ...state, hosts: state.hosts.delete(host) };
  },
} satisfies Evolvers;

function withZone(state: State, zone: ZoneId | undefined, data: Omit<Zone, 'id'>): State {
  assert(zone !== undefined, 'an entry about a zone names it');
  return { ...state, zones: state.zones.set(zone, present<Zone>({ id: zone, ...data })) };
}

function withHost(
  state: State,
  { host, zone }: { readonly host?: HostId | undefined; readonly zone?: ZoneId | undefined },
  data: Omit<Host, 'id' | 'zone'>,
): State {
  assert(host !== undefined && zone !== undefined, 'an entry about a host names host and zone');
  return { ...state, hosts: state.hosts.set(host, present<Host>({ id: host, zone, ...data })) };
}

export const zoneDecide = {
  'add-zone': (state, command, asked) => {
    const { kind: _, zone, ...data } = command;
    if (state.zones.has(zone)) return takenId('zone');
    if (state.zones.some((other) => other.name === data.name)) return nameTaken('zone');
    return decided(draft(asked, 'zone.added', 'facility', { zone }, data));
  },
  'change-zone': (state, command, asked) => {
    const { kind: _, zone, ...data } = command;
    if (!state.zones.has(zone)) return unknown('zone');
    if (state.zones.some((other) => other.id !== zone && other.name === data.name)) return nameTaken('zone');
    return decided(draft(asked, 'zone.changed', 'facility', { zone }, data));
  },
  'remove-zone': (state, command, asked) => {
    const { zone } = command;
    if (!state.zones.has(zone)) return unknown('zone');
    if (state.hosts.some((host) => host.zone === zone)) {
      return refused('zone-in-use', 'Hosts are still in this zone.', 'Move or remove its hosts first.');
    }
    const isEnd = state.network.flows.some(({ from, to }) =>
      [from, to].some((end) => end.kind !== 'host' && end.zone === zone),
    );
    if (isEnd) return refused('zone-in-use', 'Flows still name this zone.', 'Remove those flows first.');
    return decided(draft(asked, 'zone.removed', 'facility', { zone }, {}));
  },
  'add-host': (state, command, asked) => {
    const { kind: _, host, zone, ...data } = command;
    if (state.hosts.has(host)) return takenId('host');
    if (!state.zones.has(zone)) return unknown('zone');
    if (state.hosts.some((other) => other.name === data.name)) return nameTaken('host');
    return decided(draft(asked, 'host.added', 'facility', { host, zone }, data));
  },
  'change-host': (state, command, asked) => {
    const { kind: _, host, zone, ...data } = command;
    if (!state.hosts.has(host)) return unknown('host');
    if (!state.zones.has(zone)) return unknown('zone');
    if (state.hosts.some((other) => other.id !== host && other.name === data.name)) return nameTaken('host');
    return decided(draft(asked, 'host.changed', 'facility', { host, zone }, data));
  },
  'remove-host': (state, command, asked) => {
    const { host } = command;
    const known = state.hosts.get(host);
    if (known === undefined) return unknown('host');
    const { flows, exposures } = state.network;
    const isUsed =
      exposures.some((line) => line.host === host) ||
      flows.some(({ from, to }) => [from, to].some((end) => end.kind === 'host' && end.host === host));
    if (isUsed) return refused('host-in-use', 'Flows still name this host.', 'Remove those flows first.');
    return decided(draft(asked, 'host.removed', 'facility', { host, zone: known.zone }, {}));
  },
} satisfies Deciders;
