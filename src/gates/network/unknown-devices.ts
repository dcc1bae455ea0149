/** Machines that the kernel has seen in zones that hold content, and that the model does not know (TS-2.13). */
import type { DataOf } from '#model/events.ts';
import type { State } from '#model/state.ts';
import { addressPlan, hostsAt, zoneAt } from '#plan/network/address-plan.ts';
import { addressSet } from '#plan/network/address-set.ts';
import type { Neighbour } from '#ports/warden.ts';
import { mac } from '#model/network-shapes.ts';

type Found = DataOf<'network.found'>;

export function unknownDevices(state: State, neighbours: readonly Neighbour[]): readonly Found[] {
  const plan = addressPlan(state.zones);
  return neighbours.flatMap((neighbour): readonly Found[] => {
    const { v4, v6 } = addressSet(neighbour.address);
    const point = v4[0]?.first ?? v6[0]?.first;
    const zone = point === undefined ? undefined : state.zones.get(zoneAt(plan, point) ?? ('' as never)); // no zone has that id
    if (point === undefined || zone === undefined || (zone.content ?? 'none') === 'none') return [];
    const hosts = hostsAt(state.hosts, point);
    if (hosts.length === 0) return [unknown(neighbour, zone.name)];
    const isKnown = hosts.some(
      ({ macs = [] }) => macs.length === 0 || neighbour.mac === undefined || macs.includes(neighbour.mac),
    );
    return isKnown ? [] : [changed(neighbour, hosts[0]?.name ?? '')];
  });
}

const KEY = 'device:';

export function isDeviceKey(key: string): boolean {
  return key.startsWith(KEY);
}

function unknown(neighbour: Neighbour, zone: string): Found {
  const { address, link } = neighbour;
  return {
    key: `${KEY}${address} ${neighbour.mac ?? ''}`.trim(),
    finding: 'unknown-device',
    says: `A machine that nobody declared answers as ${address} in ${zone}, on ${link}.`,
    next: 'Find it. Add it as a host of its zone, or take it off the network.',
    from: address,
    ...macOf(neighbour),
  };
}

function changed(neighbour: Neighbour, host: string): Found {
  const { address, link } = neighbour;
  return {
    key: `${KEY}${address} ${neighbour.mac ?? ''}`.trim(),
    finding: 'unknown-device',
    says: `Another machine than ${host} answers as ${address} on ${link}.`,
    next: `Look whether ${host} has a new network card. If so, enter it; if not, quarantine ${host} and find the other one.`,
    from: address,
    ...macOf(neighbour),
  };
}

function macOf(neighbour: Neighbour): { readonly mac?: string } {
  return mac.safeParse(neighbour.mac).success && neighbour.mac !== undefined ? { mac: neighbour.mac } : {};
}
