/** I6: no machine has a foot in two zones, and no address is inside and outside at once. */
import type { ZoneKind } from '#model/network-shapes.ts';
import type { Host } from '#model/state.ts';
import { pointsOf } from '#plan/network/address-plan.ts';
import type { AddressSet } from '#plan/network/address-set.ts';
import { addressesSet, EVERYWHERE, NOWHERE, both, isNowhere, renderPoint, without } from '#plan/network/address-set.ts';
import type { Place, Site } from '#plan/network/invariants/ground.ts';
import { placeAt } from '#plan/network/invariants/ground.ts';
import type { Breach, Invariant } from '#plan/network/invariants/invariant.ts';

export const oneZone: Invariant = {
  id: 'I6',
  controls: ['TS-2.5'],
  title: 'No host has addresses in two zones, and no inner zone has addresses of the internet',
  asksForKinds: false,
  assumptions: ['The list of hosts is complete; devices that nobody declared are I14.'],
  whole: ({ site }) => breachesOn(site),
};

const found = new WeakMap<Site, readonly Breach[]>();

/** Where machines stand no rule changes: judged once for each site. */
function breachesOn(site: Site): readonly Breach[] {
  let known = found.get(site);
  if (known === undefined) {
    known = [...hostsAcross(site), ...machinesAcross(site), ...networksTwice(site), ...outsideAddresses(site)];
    found.set(site, known);
  }
  return known;
}

function* hostsAcross(ground: Site): Iterable<Breach> {
  for (const host of ground.hosts.values() as Iterable<Host>) {
    const feet = feetOf(ground, host);
    if (feet.length < 2) continue;
    const names = feet.map(({ name }) => name).join(' and ');
    const says = `${host.name} stands in ${names}: whoever holds it crosses between them unseen.`;
    yield { host, says, next: 'Take its other interface away, or record an exception with an owner and an end.' };
  }
}

/** Its zone and wherever its addresses lie. */
function feetOf(ground: Site, host: Host): readonly Place[] {
  const own = ground.places.get(host.zone);
  const feet = new Set<Place>(own === undefined ? [] : [own]);
  for (const address of pointsOf(host)) feet.add(placeAt(ground, address));
  return [...feet];
}

/** One network card under two names in two zones is one machine. */
function* machinesAcross({ hosts }: Site): Iterable<Breach> {
  const seen = new Map<string, Host>();
  const sorted = [...hosts.values()].filter(({ macs }) => macs !== undefined).sort((a, b) => (a.id < b.id ? -1 : 1));
  for (const host of sorted) {
    for (const mac of host.macs ?? []) {
      const other = seen.get(mac);
      seen.set(mac, other ?? host);
      if (other === undefined || other.zone === host.zone) continue;
      const says = `${host.name} and ${other.name} share the network card ${mac} and stand in different zones.`;
      yield { host, tag: mac, says, next: 'Keep one of the two entries.' };
    }
  }
}

function* networksTwice({ plan, zones }: Site): Iterable<Breach> {
  for (const { cidr, zones: ids } of plan.twice) {
    const both = zones.filter(({ id }) => ids.includes(id));
    const says = `${both.map(({ name }) => name).join(' and ')} both declare ${cidr}.`;
    const zone = both[0];
    if (zone !== undefined) yield { zone, tag: cidr, says, next: 'Give the network to one zone.' };
  }
}

/** What no router of the internet carries: private and shared space, link-local and loopback (IANA's registries of special addresses). */
const PRIVATE = addressesSet([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '::/127',
  'fc00::/7',
  'fe80::/10',
]);
const PUBLIC: AddressSet = without(EVERYWHERE, PRIVATE);
/** Zones that count as outside in every other invariant, so that nothing is gained by putting the internet's addresses there. */
const OUTWARD: readonly ZoneKind[] = ['internet', 'guest', 'corporate', 'physec', 'dmz'];

/** A stranger's network that is declared as core or storage would be reached as such. */
function* outsideAddresses({ plan, zones, places }: Site): Iterable<Breach> {
  for (const zone of zones) {
    const kinds = [...(places.get(zone.id)?.kinds ?? [])];
    if (kinds.every((kind) => OUTWARD.includes(kind))) continue;
    const { v4, v6 } = both(plan.of.get(zone.id) ?? NOWHERE, PUBLIC);
    const first = v4[0]?.first ?? v6[0]?.first;
    if (isNowhere({ v4, v6 }) || first === undefined) continue;
    const says = `${zone.name} declares addresses that the internet routes, such as ${renderPoint(first)}: whoever stands there may stand outside.`;
    const next = 'Use private addresses inside, or record an exception for this zone with an owner and an end.';
    yield { zone, tag: 'outside', says, next };
  }
}
