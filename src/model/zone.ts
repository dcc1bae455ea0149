/** Zones and the hosts in them. */
import { takenId, unknown } from '#model/refusals.ts';
import type { Host } from '#model/state.ts';
import { decided, draft, present } from '#model/transition.ts';
import type { Deciders, Evolvers } from '#model/transition.ts';
import { assert } from '#std/assert.ts';
import { refused } from '#std/refused.ts';

export const zoneEvolve = {
  'zone.added': (state, entry) => {
    const { zone } = entry.about;
    assert(zone !== undefined, 'zone.added names its zone');
    return { ...state, zones: state.zones.set(zone, { id: zone, ...entry.data }) };
  },
  'zone.removed': (state, entry) => {
    const { zone } = entry.about;
    assert(zone !== undefined, 'zone.removed names its zone');
    return { ...state, zones: state.zones.delete(zone) };
  },
  'host.added': (state, entry) => {
    const { host: id, zone } = entry.about;
    assert(id !== undefined && zone !== undefined, 'host.added names host and zone');
    return {
      ...state,
      hosts: state.hosts.set(id, present<Host>({ id, zone, ...entry.data, purpose: entry.data.purpose })),
    };
  },
  'host.removed': (state, entry) => {
    const { host } = entry.about;
    assert(host !== undefined, 'host.removed names its host');
    return { ...state, hosts: state.hosts.delete(host) };
  },
} satisfies Evolvers;

export const zoneDecide = {
  'add-zone': (state, command, asked) => {
    const { zone, name, trust, networks } = command;
    if (state.zones.has(zone)) return takenId('zone');
    if (state.zones.some((other) => other.name === name))
      return refused('name-taken', 'Another zone has this name.', 'Choose another name.');
    return decided(draft(asked, 'zone.added', 'facility', { zone }, { name, trust, networks }));
  },
  'remove-zone': (state, command, asked) => {
    const { zone } = command;
    if (!state.zones.has(zone)) return unknown('zone');
    if (state.hosts.some((host) => host.zone === zone)) {
      return refused('zone-in-use', 'Hosts are still in this zone.', 'Move or remove its hosts first.');
    }
    return decided(draft(asked, 'zone.removed', 'facility', { zone }, {}));
  },
  'add-host': (state, command, asked) => {
    const { host, zone, name, addresses, purpose } = command;
    if (state.hosts.has(host)) return takenId('host');
    if (!state.zones.has(zone)) return unknown('zone');
    if (state.hosts.some((other) => other.name === name))
      return refused('name-taken', 'Another host has this name.', 'Choose another name.');
    return decided(draft(asked, 'host.added', 'facility', { host, zone }, { name, addresses, purpose }));
  },
  'remove-host': (state, command, asked) => {
    const { host } = command;
    if (!state.hosts.has(host)) return unknown('host');
    return decided(draft(asked, 'host.removed', 'facility', { host }, {}));
  },
} satisfies Deciders;
