/** Zones and the hosts in them. */
import { canonicalHost, hostMisfit, hostShapeRefusal, hostsMisfit } from '#model/addressing.ts';
import { zoneMisfit, zoneShapeRefusal } from '#model/addressing.ts';
import type { Asked, CommandOf } from '#model/commands.ts';
import type { Contained } from '#model/containment.ts';
import { contained } from '#model/containment.ts';
import { nameTaken, tooMany } from '#model/flow.ts';
import { withHostIndexed, withoutHostIndexed } from '#model/host-index.ts';
import { NETWORK_NOUNS_MAX } from '#model/limits.ts';
import { takenId, unknown } from '#model/refusals.ts';
import type { Host, State, Zone } from '#model/state.ts';
import { decided, draft, present } from '#model/transition.ts';
import type { Decided, Deciders, Evolvers } from '#model/transition.ts';
import { assert } from '#std/assert.ts';
import type { HostId, PersonId, ProjectId, ZoneId } from '#std/ids.ts';
import type { Refused } from '#std/refused.ts';
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
    return withoutHostIndexed(state, host);
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
  return withHostIndexed(state, present<Host>({ id: host, zone, ...data }));
}

/** Each change by itself: whether the parts fit together is asked of the whole, at the end of an import. */
export const looseZoneDecide = {
  'add-zone': (state, command, asked) => {
    if (state.zones.has(command.zone)) return takenId('zone');
    return state.zones.size >= NETWORK_NOUNS_MAX ? tooMany('zones') : saidOfZone('zone.added', state, command, asked);
  },
  'change-zone': (state, command, asked) =>
    state.zones.has(command.zone) ? saidOfZone('zone.changed', state, command, asked) : unknown('zone'),
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
    if (state.hosts.has(command.host)) return takenId('host');
    return state.hosts.size >= NETWORK_NOUNS_MAX ? tooMany('hosts') : saidOfHost('host.added', state, command, asked);
  },
  'change-host': (state, command, asked) => {
    const known = state.hosts.get(command.host);
    if (known === undefined) return unknown('host');
    return (
      escapeRefusal(state, known, { ...command, id: known.id }) ?? saidOfHost('host.changed', state, command, asked)
    );
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
    const no = escapeRefusal(state, known, { id: host, addresses: [] });
    return no ?? decided(draft(asked, 'host.removed', 'facility', { host, zone: known.zone }, {}));
  },
} satisfies Deciders;

export const zoneDecide = {
  ...looseZoneDecide,
  'add-zone': (state, command, asked) => fitZone(state, command, looseZoneDecide['add-zone'](state, command, asked)),
  'change-zone': (state, command, asked) =>
    fitZone(state, command, looseZoneDecide['change-zone'](state, command, asked)),
  'remove-zone': (state, command, asked) => {
    const outcome = looseZoneDecide['remove-zone'](state, command, asked);
    if (outcome.kind === 'refused') return outcome;
    return hostsMisfit({ ...state, zones: state.zones.delete(command.zone) }) ?? outcome;
  },
  'add-host': (state, command, asked) => fitHost(state, command, looseZoneDecide['add-host'](state, command, asked)),
  'change-host': (state, command, asked) =>
    fitHost(state, command, looseZoneDecide['change-host'](state, command, asked)),
} satisfies Deciders;

/** A zone fits beside the others, and the hosts still lie in what the zones declare. */
function fitZone(state: State, command: CommandOf<'add-zone'> | CommandOf<'change-zone'>, outcome: Decided): Decided {
  if (outcome.kind === 'refused') return outcome;
  const { kind, zone: id, ...data } = command;
  const after = withZone(state, id, data);
  const zone = after.zones.get(id);
  assert(zone !== undefined, 'the zone was just put there');
  return zoneMisfit(after, zone) ?? (kind === 'change-zone' ? hostsMisfit(after) : undefined) ?? outcome;
}

function fitHost(state: State, command: CommandOf<'add-host'> | CommandOf<'change-host'>, outcome: Decided): Decided {
  if (outcome.kind === 'refused') return outcome;
  const { kind: _, host: id, ...data } = command;
  return hostMisfit(state, present<Host>(canonicalHost({ id, ...data }))) ?? outcome;
}

function saidOfZone(
  kind: 'zone.added' | 'zone.changed',
  state: State,
  command: CommandOf<'add-zone'> | CommandOf<'change-zone'>,
  asked: Asked,
): Decided {
  const { kind: _, zone, ...data } = command;
  if (state.zones.some((other) => other.id !== zone && other.name === data.name)) return nameTaken('zone');
  return zoneShapeRefusal(state, data) ?? decided(draft(asked, kind, 'facility', { zone }, data));
}

function saidOfHost(
  kind: 'host.added' | 'host.changed',
  state: State,
  command: CommandOf<'add-host'> | CommandOf<'change-host'>,
  asked: Asked,
): Decided {
  const { kind: _, host, zone, ...data } = command;
  if (!state.zones.has(zone)) return unknown('zone');
  const named = state.index.hostByName.get(data.name);
  if (named !== undefined && named !== host) return nameTaken('host');
  const no = hostShapeRefusal(state, data);
  return no ?? decided(draft(asked, kind, 'facility', { host, zone }, canonicalHost(data)));
}

interface Held {
  readonly id: HostId;
  readonly addresses: readonly string[];
  readonly macs?: readonly string[] | undefined;
  readonly owner?: PersonId | undefined;
  readonly projects?: readonly ProjectId[] | undefined;
}

/** Nothing leaves quarantine by being renumbered, struck off, or given to somebody or something else. */
function escapeRefusal(state: State, known: Host, next: Held): Refused | undefined {
  const held = contained(state);
  if (!isHeld(held, known)) return undefined;
  const kept = new Set([...canonicalHost({ addresses: [...next.addresses] }).addresses, ...(next.macs ?? [])]);
  const isWhole = [...known.addresses, ...(known.macs ?? [])].every((one) => kept.has(one));
  if (isWhole && isHeld(held, next)) return undefined;
  return refused(
    'host-quarantined',
    'This host is in quarantine: it keeps its addresses, its owner and its projects until it is released.',
    'Release it from quarantine first.',
  );
}

/** By itself, with the person whose seat it is, or with the one project that it carries. */
function isHeld({ hosts, people, projects }: Contained, host: Held): boolean {
  const [only, ...others] = host.projects ?? [];
  return (
    hosts.has(host.id) ||
    (host.owner !== undefined && people.has(host.owner)) ||
    (only !== undefined && others.length === 0 && projects.has(only))
  );
}
