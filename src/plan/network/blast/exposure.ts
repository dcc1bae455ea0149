/** What a set of subjects, taken over together, exposes at one instant: numbers, and the lists behind them. */
import type { CredentialId, HostId, PersonId, ProjectId } from '#std/ids.ts';
import type { Subject, Survey } from './blast-radius.ts';
import { shareOf } from './content.ts';
import type { BitSet } from './host-set.ts';
import { count, emptySet, has, isWithin, join, meet, members, put, take } from './host-set.ts';
import type { Place } from './rights.ts';
import { rightsAt } from './rights.ts';
import type { Snapshot } from './snapshot.ts';
import { idsOf, servedWithin, storedWithin } from './snapshot.ts';

/** Hosts reached, and the content that lies on them, whoever may open it. */
export interface Reach {
  readonly hosts: number;
  readonly projects: number;
  /** Of everything that is stored: 0 to 1. */
  readonly share: number;
}

export interface Exposure {
  readonly at: number;
  /** In one step through the gateway. */
  readonly direct: Reach;
  /** In any number of steps, through hosts that accept and originate. */
  readonly pivot: Reach;
  /** Hosts in the same zone: no gateway stands between. */
  readonly neighbours: number;
  /** In any number of steps, through the gateway or below it. */
  readonly anyWay: Reach;
  /** What the rights at hand open among what can be reached directly. */
  readonly opened: { readonly projects: number; readonly share: number };
  /**
   * The one number: network and rights and time. With nobody's rights at hand (a render node, a storage head) the content on
   * hosts that are reached directly counts whole, because what protects it there is not known here.
   */
  readonly exposed: { readonly projects: number; readonly share: number };
  readonly rights: 'known' | 'unknown';
  readonly internet: 'direct' | 'pivot' | 'no';
}

export interface ExposureLists {
  readonly starts: readonly HostId[];
  readonly direct: readonly HostId[];
  readonly pivot: readonly HostId[];
  readonly neighbours: readonly HostId[];
  readonly anyWay: readonly HostId[];
  readonly projects: {
    readonly direct: readonly ProjectId[];
    readonly pivot: readonly ProjectId[];
    readonly anyWay: readonly ProjectId[];
    readonly opened: readonly ProjectId[];
    readonly exposed: readonly ProjectId[];
  };
}

interface Sheet {
  readonly starts: BitSet;
  readonly direct: BitSet;
  readonly pivot: BitSet;
  readonly neighbours: BitSet;
  readonly anyWay: BitSet;
  readonly stored: { readonly direct: BitSet; readonly pivot: BitSet; readonly anyWay: BitSet };
  readonly opened: BitSet;
  readonly exposed: BitSet;
  readonly areRightsKnown: boolean;
}

export function exposureOf(survey: Survey, subjects: readonly Subject[], snapshot: Snapshot): Exposure {
  const { content, roster } = survey;
  const sheet = sheetOf(survey, subjects, snapshot);
  const reach = (hosts: BitSet, stored: BitSet): Reach => {
    const others = without(hosts, sheet.starts);
    take(others, roster.hosts.length);
    return { hosts: count(others), projects: count(stored), share: shareOf(stored, content) };
  };
  const { direct, pivot, anyWay, stored, opened, exposed } = sheet;
  const internet = roster.hosts.length;
  return {
    at: snapshot.at,
    direct: reach(direct, stored.direct),
    pivot: reach(pivot, stored.pivot),
    neighbours: count(without(sheet.neighbours, sheet.starts)),
    anyWay: reach(anyWay, stored.anyWay),
    opened: { projects: count(opened), share: shareOf(opened, content) },
    exposed: { projects: count(exposed), share: shareOf(exposed, content) },
    rights: sheet.areRightsKnown ? 'known' : 'unknown',
    internet: has(direct, internet) ? 'direct' : has(pivot, internet) ? 'pivot' : 'no',
  };
}

export function listsOf(survey: Survey, subjects: readonly Subject[], snapshot: Snapshot): ExposureLists {
  const { roster, content } = survey;
  const { starts, direct, pivot, neighbours, anyWay, stored, opened, exposed } = sheetOf(survey, subjects, snapshot);
  const hosts = (set: BitSet) => idsOf(without(set, starts), roster);
  const projects = (set: BitSet) => members(set).flatMap((n) => content.projects[n] ?? []);
  return {
    starts: idsOf(starts, roster),
    direct: hosts(direct),
    pivot: hosts(pivot),
    neighbours: hosts(neighbours),
    anyWay: hosts(anyWay),
    projects: {
      direct: projects(stored.direct),
      pivot: projects(stored.pivot),
      anyWay: projects(stored.anyWay),
      opened: projects(opened),
      exposed: projects(exposed),
    },
  };
}

/** By the one number first, then by what the network alone lets through. Equal exposures are not worse. */
export function isWorse(a: Exposure, b: Exposure): boolean {
  for (const key of KEYS) {
    const difference = key(a) - key(b);
    if (Math.abs(difference) > 1e-12) return difference > 0;
  }
  return false;
}

const KEYS: readonly ((exposure: Exposure) => number)[] = [
  ({ exposed }) => exposed.share,
  ({ direct }) => direct.share,
  ({ pivot }) => pivot.share,
  ({ anyWay }) => anyWay.share,
  ({ pivot }) => pivot.hosts,
  ({ anyWay }) => anyWay.hosts,
];

function without(set: BitSet, starts: BitSet): BitSet {
  return set.map((word, w) => word & ~(starts[w] ?? 0));
}

function sheetOf(survey: Survey, subjects: readonly Subject[], snapshot: Snapshot): Sheet {
  const { content, roster } = survey;
  const starts = startsOf(survey, subjects);
  const none = () => emptySet(roster.hosts.length + 1);
  const [direct, pivot, anyWay, neighbours] = [none(), none(), none(), none()];
  for (const n of members(starts.hosts)) {
    join(direct, snapshot.direct[n] ?? direct);
    join(pivot, snapshot.pivot[n] ?? pivot);
    join(anyWay, snapshot.anyWay[n] ?? anyWay);
    const zone = roster.hosts[n]?.zone;
    join(neighbours, (zone === undefined ? undefined : survey.zones.get(zone)) ?? neighbours);
  }
  if (starts.outside) {
    join(direct, snapshot.outside.direct);
    join(pivot, snapshot.outside.pivot);
    join(anyWay, snapshot.outside.anyWay);
  }
  const own = storedWithin(starts.hosts, content);
  const stored = {
    direct: joined(storedWithin(direct, content), own),
    pivot: joined(storedWithin(pivot, content), own),
    anyWay: joined(storedWithin(anyWay, content), own),
  };
  const places = placesOf(survey, subjects);
  const opened = openedAt(survey, places, snapshot);
  const areRightsKnown = places.length > 0;
  const exposed = joined(areRightsKnown ? opened : stored.direct, own);
  return { starts: starts.hosts, direct, pivot, neighbours, anyWay, stored, opened, exposed, areRightsKnown };
}

function joined(a: BitSet, b: BitSet): BitSet {
  const union = a.slice();
  join(union, b);
  return union;
}

/** What is in somebody's hand to begin with; the internet too for who can use a right from anywhere. */
function startsOf(survey: Survey, subjects: readonly Subject[]): { readonly hosts: BitSet; readonly outside: boolean } {
  const hosts = emptySet(survey.roster.hosts.length + 1);
  let outside = false;
  for (const subject of subjects) {
    if (subject.kind === 'host') {
      const n = survey.roster.numbers.get(subject.host);
      if (n !== undefined) put(hosts, n);
      continue;
    }
    const person = personOf(survey, subject);
    if (person === undefined) continue;
    outside = true;
    for (const n of survey.uses.hostsOf.get(person) ?? []) put(hosts, n);
  }
  return { hosts, outside };
}

export function personOf({ state }: Survey, subject: Subject): PersonId | undefined {
  if (subject.kind === 'person') return state.people.has(subject.person) ? subject.person : undefined;
  return subject.kind === 'credential' ? state.credentials.get(subject.credential)?.person : undefined;
}

interface HeldPlace extends Place {
  /** The host that the right is used from; undefined for the internet. */
  readonly host: number | undefined;
}

function placesOf(survey: Survey, subjects: readonly Subject[]): readonly HeldPlace[] {
  const { roster, uses, outsideZone } = survey;
  return subjects.flatMap((subject): readonly HeldPlace[] => {
    if (subject.kind === 'host') {
      const host = roster.numbers.get(subject.host);
      if (host === undefined) return [];
      return [...(uses.usersOf[host] ?? [])].map((person) => ({ person, host, zone: roster.hosts[host]?.zone }));
    }
    const person = personOf(survey, subject);
    if (person === undefined) return [];
    const credential = subject.kind === 'credential' ? limiting(survey, subject.credential) : undefined;
    const own = [...(uses.hostsOf.get(person) ?? [])];
    return [
      { person, credential, host: undefined, zone: outsideZone },
      ...own.map((host) => ({ person, credential, host, zone: roster.hosts[host]?.zone })),
    ];
  });
}

/** A key that lives past the time ahead, is bound to nothing and not held adds nothing to its person's rights: one answer for both. */
function limiting({ state, until }: Survey, id: CredentialId): CredentialId | undefined {
  const credential = state.credentials.get(id);
  const isFree =
    credential !== undefined &&
    credential.revokedAt === undefined &&
    credential.expiresAt > until &&
    credential.what.type !== 'service-token' &&
    state.network.quarantines.size === 0;
  return isFree ? undefined : id;
}

function openedAt(survey: Survey, places: readonly HeldPlace[], snapshot: Snapshot): BitSet {
  const { content } = survey;
  const opened = emptySet(content.projects.length);
  for (const place of places) {
    const row = place.host === undefined ? snapshot.outside.direct : snapshot.direct[place.host];
    if (row === undefined) continue;
    const served = servedWithin(row, content);
    const own = place.host === undefined ? undefined : content.served.get(place.host);
    if (own !== undefined) join(served, own);
    join(opened, meet(served, heldRights(survey, place, snapshot.at)));
  }
  return opened;
}

/** Whether some right is held at an instant that is not held now: without one, and with no box that begins, nothing can be worse. */
export function gainsRights(survey: Survey, subject: Subject, at: number): boolean {
  return placesOf(survey, [subject]).some(
    (place) => !isWithin(heldRights(survey, place, at), heldRights(survey, place, survey.at)),
  );
}

function heldRights({ rights, state, content }: Survey, place: Place, at: number): BitSet {
  const key = `${place.person} ${place.credential ?? ''} ${place.zone ?? ''} ${at}`;
  let known = rights.get(key);
  if (known === undefined) rights.set(key, (known = rightsAt(state, content, place, at)));
  return known;
}
