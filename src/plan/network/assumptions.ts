/** What every proof about the network rests on, with the numbers of this facility. Printed beside each proof. */
import type { Host, State, Zone } from '#model/state.ts';
import { isInternetZone } from '#plan/network/address-plan.ts';

export function assumptionsOf(state: State): readonly string[] {
  const zones = [...state.zones.values()].filter((zone) => !isInternetZone(zone));
  return [spoofing(zones), neighbours(state, zones), ofGateway(state), versions(zones), MULTICAST, CLOCK, TRANSLATION];
}

function spoofing(zones: readonly Zone[]): string {
  const open = zones.filter(({ link }) => link === undefined).map(({ name }) => name);
  const rest = 'Sources are who they say: the gateway refuses foreign sources on the link of each zone';
  if (open.length === 0) return `${rest}.`;
  return `${rest}; without a named link, this is assumed for ${listed(open)}.`;
}

function neighbours({ hosts }: State, zones: readonly Zone[]): string {
  const counts = Map.groupBy(hosts.values() as Iterable<Host>, ({ zone }) => zone);
  const shared = zones.filter(({ id }) => (counts.get(id)?.length ?? 0) > 1).length;
  const rest = 'Hosts of one zone reach each other below the gateway; no rule here keeps them apart';
  return shared === 0
    ? `${rest}.`
    : `${rest} (${shared} ${shared === 1 ? 'zone has' : 'zones have'} more than one host).`;
}

function versions(zones: readonly Zone[]): string {
  const v6 = zones.filter(({ networks }) => networks.some(({ cidr }) => cidr.includes(':'))).length;
  const rest = 'IPv6 is judged by the same rules as IPv4';
  return v6 === 0 ? `${rest}; no zone declares an IPv6 network, so none of it is let in between zones.` : `${rest}.`;
}

/** What of the gateway itself no rule speaks of. */
function ofGateway({ zones }: State): string {
  const outside = [...zones.values()].filter(isInternetZone);
  const isNamed = outside.length > 0 && outside.every(({ link }) => link !== undefined);
  const rest =
    'What comes to the gateway itself is asked by the same rules if a network of the model is at either end; what the gateway begins by itself is not';
  if (isNamed) return `${rest}.`;
  return `${rest}, nor, without a named link of an internet zone, what comes from elsewhere to an address of it that no zone and no host has.`;
}

const MULTICAST =
  'Multicast (PTP, NDI discovery, ST 2110) is no part of the internet and passes only where a zone declares its groups as a network.';
const CLOCK = "What ends by the clock ends by the gateway's kernel timer, within a tick of it.";
const TRANSLATION =
  'No address is translated between zones; translation towards the internet happens behind these rules.';

const NAMES_MAX = 5;

function listed(names: readonly string[]): string {
  const rest = names.length - NAMES_MAX;
  return rest > 0 ? `${names.slice(0, NAMES_MAX).join(', ')} and ${rest} more` : names.join(', ');
}
