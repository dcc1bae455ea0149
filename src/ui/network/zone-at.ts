/** The zone that declares an address: the longest prefix that holds it. */
import type { NetworkView, NetworkZoneView } from '#api/endpoints/network-views.ts';
import { isInside, parseAddress, parseCidr } from '#std/address.ts';

export function zoneAt(
  { zones }: Pick<NetworkView, 'zones'>,
  address: string | undefined,
): NetworkZoneView | undefined {
  const found = parseAddress(address ?? '');
  if (found === undefined) return undefined;
  const holding = zones.flatMap((zone) =>
    zone.networks.flatMap(({ cidr }) => {
      const network = parseCidr(cidr);
      return network !== undefined && isInside(network, found) ? [{ zone, prefix: network.prefix }] : [];
    }),
  );
  return holding.sort((a, b) => b.prefix - a.prefix)[0]?.zone;
}
