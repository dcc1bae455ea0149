/** Machines whose own label changes: what they are for, whose content lies on them, or which zone they are moved to. */
import type { Host, State } from '#model/state.ts';
import { hostsAt, pointsOf } from '#plan/network/address-plan.ts';
import { addressesSet } from '#plan/network/address-set.ts';
import type { Place, Site } from '#plan/network/invariants/ground.ts';
import { isAny, isContent, placeAt } from '#plan/network/invariants/ground.ts';
import type { Side } from '#plan/network/relabel/hypothesis.ts';

/** A machine as it was and as it would be. */
export interface Relabelled {
  readonly host: Host;
  readonly was: Side;
  readonly is: Side;
  /** Only what would lead to it, and what it would let out, is asked: it moved, and what it may start where it goes is for the rules there. */
  readonly isMoved: boolean;
}

/** Machines of one key lose the same sight; storage has a key of its own, because its titles' shares are known by its addresses. */
export function keyOf({ host, was, is, isMoved }: Relabelled): string {
  const [had, has] = [calledOf(was.hosts ?? []), calledOf(is.hosts ?? [])];
  const own = `${had}${has}`.includes('storage') ? host.id : '';
  return [was.place.zone?.id, is.place.zone?.id, had, has, isMoved, own].join(' > ');
}

export function relabelledMachines(before: Site, after: Site): readonly Relabelled[] {
  if (before.hosts === after.hosts) return [];
  const changed = changedHosts(before.hosts, after.hosts);
  return [...changed.flatMap((pair) => moved(before, after, pair)), ...renamed(before, after, changed)];
}

interface Change {
  readonly old: Host | undefined;
  readonly next: Host | undefined;
}

/** By id; else a machine that goes and one that comes under the same name or with the same network card are one. */
function changedHosts(was: State['hosts'], is: State['hosts']): readonly Change[] {
  const changes: Change[] = [];
  const [gone, come]: [Host[], Host[]] = [[], []];
  for (const host of was.values() as Iterable<Host>) if (!is.has(host.id)) gone.push(host);
  for (const host of is.values() as Iterable<Host>) {
    const old = was.get(host.id);
    if (old === undefined) come.push(host);
    else if (old !== host) changes.push({ old, next: host });
  }
  const byName = new Map(gone.flatMap((host) => signsOf(host).map((sign) => [sign, host] as const)));
  const again = new Set<Host>();
  for (const next of come) {
    const old = signsOf(next).flatMap((sign) => byName.get(sign) ?? [])[0];
    if (old !== undefined) again.add(old);
    changes.push({ old, next });
  }
  return [...changes, ...gone.filter((host) => !again.has(host)).map((old) => ({ old, next: undefined }))];
}

function signsOf({ name, macs = [] }: Host): readonly string[] {
  return [`name ${name}`, ...macs];
}

/** To less trust, or away from where content is protected. The same addresses under another zone are the ground's change, not the machine's. */
function moved(before: Site, after: Site, { old, next }: Change): readonly Relabelled[] {
  if (old === undefined || next === undefined) return [];
  const [was, is] = [before.places.get(old.zone), after.places.get(next.zone)];
  const stays = next.addresses.length > 0 && next.addresses.every((address) => old.addresses.includes(address));
  if (was === undefined || is === undefined || stays || !isWeaker(was, is)) return [];
  return [{ host: next, was: sideOf(was, old), is: sideOf(is, next), isMoved: true }];
}

function isWeaker(was: Place, is: Place): boolean {
  if (is.trust < was.trust || (isInside(was) && !isInside(is))) return true;
  return was.kinds.has('enclave') && was.zone?.project !== is.zone?.project;
}

export function isInside(place: Place): boolean {
  return (
    isContent(place) || isAny(place, ['vault', 'transfer', 'dataio']) || (place.zone?.content ?? 'none') !== 'none'
  );
}

function sideOf(place: Place, host: Host): Side {
  return { place, set: addressesSet(host.addresses), hosts: [host] };
}

/** Addresses whose machine would be something else: a bastion or a broker, which is excused from much; or storage of other titles. */
function renamed(before: Site, after: Site, changed: readonly Change[]): readonly Relabelled[] {
  return changed.flatMap(({ old, next }) => {
    const host = next ?? old;
    if (host === undefined) return [];
    const points = [...new Set([old, next].flatMap((one) => (one === undefined ? [] : pointsOf(one))))];
    return points.flatMap((point) => {
      const [place, later] = [placeAt(before, point), placeAt(after, point)];
      if (place === before.internet) return [];
      const [had, has] = [hostsAt(before.hosts, point), hostsAt(after.hosts, point)];
      if (calledOf(had) === calledOf(has) || (had.length === 0 && isExpected(later, has))) return [];
      const set = typeof point === 'bigint' ? { v4: [], v6: [at(point)] } : { v4: [at(point)], v6: [] };
      return [{ host, was: { place, set, hosts: had }, is: { place: later, set, hosts: has }, isMoved: false }];
    });
  });
}

function at<N>(point: N): { readonly first: N; readonly last: N } {
  return { first: point, last: point };
}

/** What the invariants read of a machine besides its place. */
function calledOf(hosts: readonly Host[]): string {
  return hosts
    .map(({ role, projects = [] }) =>
      role === 'bastion' || role === 'broker' ? role : role === 'storage' ? `storage ${projects.join()}` : '',
    )
    .join(' / ');
}

/** A new broker in the DMZ is what a DMZ is for. */
function isExpected(place: Place, hosts: readonly Host[]): boolean {
  return place.kinds.has('dmz') && hosts.every(({ role }) => role === 'broker');
}
