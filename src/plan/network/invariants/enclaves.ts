/** I13: what an enclave keeps is reached from that enclave alone. */
import type { Host, Zone } from '#model/state.ts';
import { addressesSet, both, isNowhere } from '#plan/network/address-set.ts';
import type { AddressSet } from '#plan/network/address-set.ts';
import type { Crossing, Ground, Place } from '#plan/network/invariants/ground.ts';
import { isFromBroker, isFromManagement, serviceOf } from '#plan/network/invariants/ground.ts';
import type { Breach, Invariant } from '#plan/network/invariants/invariant.ts';
import { named } from '#plan/network/invariants/invariant.ts';

export const enclaves: Invariant = {
  id: 'I13',
  controls: ['OP-3.1'],
  title: "Each enclave's share is reached only from that enclave",
  asksForKinds: true,
  assumptions: ["An enclave's title lies on the hosts that name its project, and on no other."],
  whole: undeclaredProjects,
  crossing: function* intoEnclave(crossing: Crossing, ground: Ground): Iterable<Breach> {
    if (isAdministration(crossing)) return;
    const { to } = crossing;
    if (to.kinds.has('enclave') && to.zone !== undefined && !mayEnter(crossing, to.zone)) {
      const next = `Keep ${to.name} to itself; people come in by a session of its project.`;
      yield { crossing, says: `${named(crossing)} reaches into the enclave ${to.name}.`, next };
    }
    for (const { host, home, set } of outlyingShares(ground)) {
      if (crossing.from === home || isNowhere(both(crossing.destination, set)) || isFetch(crossing)) continue;
      const says = `${named(crossing)} reaches ${host.name}, which holds the share of ${home.name}.`;
      yield { crossing, tag: host.id, says, next: 'Give the enclave storage of its own.' };
    }
  },
};

function isAdministration(crossing: Crossing): boolean {
  if (!isFromManagement(crossing)) return false;
  return crossing.rule.kind === 'path' || serviceOf(crossing.rule)?.plane === 'management';
}

function isFetch({ rule, from }: Crossing): boolean {
  return from.kinds.has('vault') && rule.kind === 'flow' && rule.flow.class === 'pull';
}

function mayEnter(crossing: Crossing, { project }: Zone): boolean {
  const { rule } = crossing;
  if (rule.kind === 'path') return isFromBroker(crossing) && project !== undefined && rule.path.project === project;
  return isFetch(crossing);
}

interface Share {
  readonly host: Host;
  readonly home: Place;
  readonly set: AddressSet;
}

const shares = new WeakMap<Ground, readonly Share[]>();

/** Storage outside an enclave that names the enclave's project. */
export function outlyingShares(ground: Ground): readonly Share[] {
  let found = shares.get(ground);
  if (found === undefined) shares.set(ground, (found = findShares(ground)));
  return found;
}

function findShares({ hosts, zones, places }: Ground): readonly Share[] {
  const homes = zones.filter(({ kinds, project }) => kinds?.includes('enclave') === true && project !== undefined);
  if (homes.length === 0) return [];
  const storage = [...hosts.values()].filter(({ role, projects }) => role === 'storage' && projects !== undefined);
  return homes.flatMap((zone) =>
    storage
      .filter((host) => host.zone !== zone.id && host.projects?.includes(zone.project as NonNullable<Zone['project']>)) // homes have one
      .flatMap((host) => {
        const home = places.get(zone.id);
        return home === undefined ? [] : [{ host, home, set: addressesSet(host.addresses) }];
      }),
  );
}

function* undeclaredProjects({ zones }: Ground): Iterable<Breach> {
  for (const zone of zones) {
    if (zone.kinds?.includes('enclave') !== true || zone.project !== undefined) continue;
    const says = `The enclave ${zone.name} does not say which title it is for.`;
    yield { zone, isDoubt: true, says, next: 'Name its project.' };
  }
}
