/** The zones that networks make up. An address belongs to the zone with the longest matching prefix. */
import type { State } from '#model/state.ts';
import type { Cidr } from '#std/address.ts';
import { isInside, parseAddress, parseCidr } from '#std/address.ts';
import type { ZoneId } from '#std/ids.ts';

interface ZoneNetwork extends Cidr {
  readonly zone: ZoneId;
}

const compiled = new WeakMap<State['zones'], readonly ZoneNetwork[]>();

export function zoneOf(state: State, from: string): ZoneId | undefined {
  const address = parseAddress(from);
  if (address === undefined) return undefined;
  let networks = compiled.get(state.zones);
  if (networks === undefined) compiled.set(state.zones, (networks = compile(state.zones)));
  return networks.find((network) => isInside(network, address))?.zone;
}

/** Longest prefix first. */
function compile(zones: State['zones']): readonly ZoneNetwork[] {
  const networks = [...zones.values()].flatMap((zone) =>
    zone.networks.flatMap(({ cidr }) => {
      const parsed = parseCidr(cidr);
      return parsed === undefined ? [] : [{ ...parsed, zone: zone.id }];
    }),
  );
  return networks.sort((a, b) => b.prefix - a.prefix);
}
