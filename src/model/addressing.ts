/**
 * How zones and hosts fit together: networks that are networks and never overlap, hosts inside them, every address, MAC, VLAN and link once.
 *
 * A host with addresses in the networks of two zones is recorded as what it is; whether it may be so is for the invariants to say (I6).
 * An import is held to this as a whole, so that addresses may move about within it.
 */
import type { ZoneKind } from '#model/network-shapes.ts';
import { unknown } from '#model/refusals.ts';
import type { Host, State, Zone } from '#model/state.ts';
import type { Address, Cidr } from '#std/address.ts';
import {
  canonicalAddress,
  isExactCidr,
  isInside,
  overlaps,
  parseAddress,
  parseCidr,
  renderCidr,
} from '#std/address.ts';
import type { HostId } from '#std/ids.ts';
import type { Refused } from '#std/refused.ts';
import { refused } from '#std/refused.ts';

const parsed = new WeakMap<Zone, readonly Cidr[]>();

/** The networks of a zone, in the order in which they are written. */
export function networksOf(zone: Zone): readonly Cidr[] {
  let networks = parsed.get(zone);
  if (networks === undefined) parsed.set(zone, (networks = zone.networks.flatMap(({ cidr }) => parseCidr(cidr) ?? [])));
  return networks;
}

export function isInternet({ kinds }: Pick<Zone, 'kinds'>): boolean {
  return kinds?.includes('internet') === true;
}

/** What is wrong with a zone by itself. */
export function zoneShapeRefusal(state: State, zone: Omit<Zone, 'id'>): Refused | undefined {
  const wrong = zone.networks.find(({ cidr }) => !isExactCidr(cidr) || parseCidr(cidr)?.prefix === 0);
  if (wrong !== undefined) return badNetwork(wrong.cidr);
  if (isInternet(zone) && (zone.networks.length > 0 || zone.kinds?.length !== 1)) {
    return refused(
      'internet-alone',
      'The internet is everything that no zone declares: it has no networks and is nothing else besides.',
      'Leave its networks out, and give other kinds to other zones.',
    );
  }
  if (zone.kinds?.includes('enclave') === true && zone.project === undefined)
    return refused('enclave-needs-project', 'An enclave is for one project.', 'Name its project.');
  if (zone.project !== undefined && !state.projects.has(zone.project)) return unknown('project');
  return foldRefusal(zone.kinds ?? []);
}

export function badNetwork(cidr: string): Refused {
  const meant = parseCidr(cidr);
  return refused(
    'bad-network',
    `${cidr} is not a network.`,
    meant === undefined || meant.prefix === 0
      ? 'Write it like 10.20.0.0/24 or fd00:20::/64.'
      : `Write ${renderCidr(meant)} for the network around that address.`,
  );
}

const CONTENT: readonly ZoneKind[] = ['production', 'enclave', 'render', 'storage'];
const OUTWARD: readonly ZoneKind[] = ['internet', 'guest', 'corporate', 'physec', 'dmz', 'transfer', 'dataio'];

/** A small facility folds zones into one, but never across the border that content must not cross by itself (TS-1.0, TS-2.5). */
function foldRefusal(kinds: readonly ZoneKind[]): Refused | undefined {
  const content = kinds.find((kind) => CONTENT.includes(kind));
  const outward = kinds.find((kind) => OUTWARD.includes(kind));
  if (content !== undefined && outward !== undefined) return apart(content, outward);
  const other = kinds.find((kind) => kind !== 'vault');
  return kinds.includes('vault') && other !== undefined ? apart('vault', other) : undefined;
}

function apart(one: ZoneKind, other: ZoneKind): Refused {
  return refused('kinds-apart', `One zone cannot be both ${one} and ${other}.`, 'Make two zones of it.');
}

/** What is wrong with a zone beside the others; `state` holds it already. */
export function zoneMisfit(state: State, zone: Zone): Refused | undefined {
  const others = [...state.zones.values()].filter((other) => other.id !== zone.id);
  for (const [i, network] of networksOf(zone).entries()) {
    if (networksOf(zone).some((twin, j) => j > i && overlaps(network, twin))) return overlap(network, zone, zone);
    const crossed = others.find((other) => networksOf(other).some((theirs) => overlaps(network, theirs)));
    if (crossed !== undefined) return overlap(network, zone, crossed);
  }
  const vlans = new Set(zone.networks.flatMap(({ vlan }) => vlan ?? []));
  const sharing = others.find(({ networks }) => networks.some(({ vlan }) => vlan !== undefined && vlans.has(vlan)));
  if (sharing !== undefined)
    return refused('vlan-taken', `${sharing.name} has this VLAN already.`, 'Give each zone VLANs of its own.');
  const linked = others.find(({ link }) => link !== undefined && link === zone.link);
  if (linked !== undefined)
    return refused('link-taken', `${linked.name} hangs on this interface already.`, 'Name the interface of this zone.');
  if (isInternet(zone) && others.some(isInternet))
    return refused('internet-taken', 'The internet is a zone already.', 'Change the zone that there is.');
  return undefined;
}

function overlap(network: Cidr, zone: Zone, other: Zone): Refused {
  return refused(
    'networks-overlap',
    `${renderCidr(network)} of ${zone.name} overlaps a network of ${other.name}.`,
    'Give every zone addresses of its own.',
  );
}

/** A host as it is recorded: its addresses in their one form, each once. */
export function canonicalHost<T extends Pick<Host, 'addresses'>>(host: T): T {
  return { ...host, addresses: [...new Set(host.addresses.map((address) => canonicalAddress(address) ?? address))] };
}

/** What is wrong with a host by itself. */
export function hostShapeRefusal(state: State, host: Omit<Host, 'id' | 'zone'>): Refused | undefined {
  const wrong = host.addresses.find((address) => address.includes('%') || parseAddress(address) === undefined);
  if (wrong !== undefined)
    return refused('bad-address', `${wrong} is not an address.`, 'Write it like 10.20.0.5 or fd00:20::5.');
  if (host.owner !== undefined && !state.people.has(host.owner)) return unknown('person');
  return host.projects?.some((project) => !state.projects.has(project)) === true ? unknown('project') : undefined;
}

/** What is wrong with a host beside the others; `known` are the lookups in which a thing of somebody else's would be found. */
export function hostMisfit(state: State, host: Host, known: State['index'] = state.index): Refused | undefined {
  const taken = host.addresses.find((address) => isElses(known.hostByAddress.get(address), host.id));
  if (taken !== undefined) return takenBy(state, 'address-taken', taken, known.hostByAddress.get(taken));
  const mac = host.macs?.find((one) => isElses(known.hostByMac.get(one), host.id));
  if (mac !== undefined) return takenBy(state, 'mac-taken', mac, known.hostByMac.get(mac));
  return placeRefusal(state, host);
}

function isElses(found: HostId | undefined, host: HostId): boolean {
  return found !== undefined && found !== host;
}

function takenBy(state: State, code: string, what: string, other: HostId | undefined): Refused {
  const name = other === undefined ? undefined : state.hosts.get(other)?.name;
  const says = `${what} is ${name ?? 'another host'}'s already.`;
  return code === 'mac-taken'
    ? refused('mac-taken', says, 'Correct one of the two.')
    : refused('address-taken', says, 'Give this host another address, or change the other one first.');
}

function placeRefusal(state: State, { name, zone: id, addresses }: Host): Refused | undefined {
  const zone = state.zones.get(id);
  if (zone === undefined || addresses.length === 0) return undefined;
  const places = addresses.map((address) => zoneAt(state, address));
  const strayed = isInternet(zone)
    ? places.findIndex((place) => place !== undefined)
    : places.findIndex((place) => place === undefined);
  const isHome = isInternet(zone) || places.includes(zone);
  if (strayed === -1 && isHome) return undefined;
  return refused(
    'outside-zone',
    `${name} has ${addresses[Math.max(strayed, 0)]}, which is not in ${zone.name}.`,
    isInternet(zone)
      ? 'Put it into the zone that has this network.'
      : 'Give the zone that network, or the host an address of its zone.',
  );
}

/** The zone that declares this address. */
export function zoneAt(state: State, text: string): Zone | undefined {
  const address: Address | undefined = parseAddress(text);
  if (address === undefined) return undefined;
  return state.zones.find((zone) => networksOf(zone).some((network) => isInside(network, address)));
}

/** The first thing in the whole facility that does not fit; for an import, which is judged by where it leads. */
export function facilityMisfit(state: State): Refused | undefined {
  for (const zone of state.zones.values()) {
    const no = zoneMisfit(state, zone);
    if (no !== undefined) return no;
  }
  return hostsMisfit(state);
}

export function hostsMisfit(state: State): Refused | undefined {
  for (const host of state.hosts.values()) {
    const no = hostMisfit(state, host);
    if (no !== undefined) return no;
  }
  return undefined;
}
