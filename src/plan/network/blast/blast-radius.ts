/**
 * Blast radius: what somebody holds who takes over one host, one credential or one person. Network, rights and time count
 * together; direct reach, reach through hosts that both accept and originate, and neighbours below the gateway are separate numbers.
 *
 * Honest limits: every host in one zone counts as a neighbour of the others; a host counts as able to originate whatever the
 * policy lets it; the rights of a host are those of its owner and of whoever works on it at the instant of the survey.
 */
import { isInternet } from '#model/addressing.ts';
import type { State } from '#model/state.ts';
import { DAY_MS } from '#model/limits.ts';
import type { CredentialId, HostId, PersonId, ProjectId, ZoneId } from '#std/ids.ts';
import type { Policy } from '../policy.ts';
import type { Content } from './content.ts';
import { contentOf } from './content.ts';
import type { Exposure, ExposureLists } from './exposure.ts';
import { exposureOf, gainsRights, isWorse, listsOf, personOf } from './exposure.ts';
import type { BitSet } from './host-set.ts';
import { emptySet, put } from './host-set.ts';
import { beginnings, usesOf } from './rights.ts';
import type { Uses } from './rights.ts';
import type { Roster } from './roster.ts';
import { rosterOf } from './roster.ts';
import type { Snapshot } from './snapshot.ts';
import { snapshotAt } from './snapshot.ts';

export const DAYS_AHEAD = 30;
/** Instants looked at for one subject. */
export const INSTANTS_MAX = 128;
/** Different networks looked at over the time ahead. */
export const SNAPSHOTS_MAX = 16;
export const WORST_SHOWN = 10;

export type Subject =
  | { readonly kind: 'host'; readonly host: HostId }
  | { readonly kind: 'person'; readonly person: PersonId }
  | { readonly kind: 'credential'; readonly credential: CredentialId };

export interface Radius {
  readonly subject: Subject;
  readonly now: Exposure;
  /** The worst instant from now to the end of the time ahead; the earliest of equals. */
  readonly worst: Exposure;
}

export interface BlastRadius {
  readonly at: number;
  readonly until: number;
  /** What shares are measured in: bytes when every stored project's size is given, else projects. */
  readonly basis: Content['basis'];
  /** Projects whose content is stored anywhere: the whole that shares are of. */
  readonly projects: number;
  readonly hosts: readonly Radius[];
  readonly people: readonly Radius[];
  readonly credentials: readonly Radius[];
  /** Of hosts and people together. */
  readonly worst: readonly Radius[];
  /** False when a limit kept later instants from being looked at; `worst` is then the worst of those seen. */
  readonly isComplete: boolean;
}

export interface BlastOptions {
  readonly days?: number;
  /** Bytes of each project on the storage. */
  readonly sizes?: ReadonlyMap<ProjectId, number>;
}

/** Everything that is computed once for all subjects. Never changed but to remember snapshots of later instants. */
export interface Survey {
  readonly state: State;
  readonly policy: Policy;
  readonly at: number;
  readonly until: number;
  readonly roster: Roster;
  readonly content: Content;
  readonly uses: Uses;
  /** The hosts of each zone. */
  readonly zones: ReadonlyMap<ZoneId, BitSet>;
  /** The zone that requests from the internet come from. */
  readonly outsideZone: ZoneId | undefined;
  readonly now: Snapshot;
  /** Instants in (at, until] at which a box begins or has ended, ascending. */
  readonly changes: readonly number[];
  /** Instants in (at, until] at which a box begins. */
  readonly openings: readonly number[];
  readonly snapshots: Map<number, Snapshot>;
  readonly rights: Map<string, BitSet>;
  isComplete: boolean;
}

export function surveyOf(state: State, policy: Policy, at: number, options: BlastOptions = {}): Survey {
  const until = at + (options.days ?? DAYS_AHEAD) * DAY_MS;
  const roster = rosterOf(state);
  const boxes = [...policy.v4, ...policy.v6];
  const ahead = (instants: readonly number[]) => ascending(instants.filter((t) => t > at && t <= until));
  return {
    state,
    policy,
    at,
    until,
    roster,
    content: contentOf(state, roster, options.sizes),
    uses: usesOf(state, roster),
    zones: zonesOf(roster),
    outsideZone: [...state.zones.values()].find(isInternet)?.id,
    now: snapshotAt(policy, roster, at),
    changes: ahead(boxes.flatMap(({ time }) => [time.first, time.last + 1])),
    openings: ahead(boxes.map(({ time }) => time.first)),
    snapshots: new Map(),
    rights: new Map(),
    isComplete: true,
  };
}

function zonesOf({ hosts }: Roster): ReadonlyMap<ZoneId, BitSet> {
  const zones = new Map<ZoneId, BitSet>();
  hosts.forEach(({ zone }, n) => {
    const set = zones.get(zone) ?? emptySet(hosts.length + 1);
    zones.set(zone, set);
    put(set, n);
  });
  return zones;
}

function ascending(instants: readonly number[]): readonly number[] {
  return [...new Set(instants)].sort((a, b) => a - b);
}

export function blastRadius(state: State, policy: Policy, at: number, options: BlastOptions = {}): BlastRadius {
  return blastRadiusOf(surveyOf(state, policy, at, options));
}

export function blastRadiusOf(survey: Survey): BlastRadius {
  const steps = blastSteps(survey);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/** The same, one subject a step, for whoever has other things to do in between. */
export function* blastSteps(survey: Survey): Generator<undefined, BlastRadius> {
  const { content, at, until } = survey;
  const radii: Radius[] = [];
  for (const subject of subjectsOf(survey)) {
    radii.push(radiusOf(survey, subject));
    yield undefined;
  }
  const of = (kind: Subject['kind']) => radii.filter(({ subject }) => subject.kind === kind);
  const [hosts, people, credentials] = [of('host'), of('person'), of('credential')];
  const ranked = [...hosts, ...people].filter(({ worst }) => worst.exposed.share > 0 || worst.pivot.hosts > 0);
  ranked.sort((a, b) => (isWorse(a.worst, b.worst) ? -1 : isWorse(b.worst, a.worst) ? 1 : 0));
  return {
    at,
    until,
    basis: content.basis,
    projects: content.storedCount,
    hosts,
    people,
    credentials,
    worst: ranked.slice(0, WORST_SHOWN),
    isComplete: survey.isComplete,
  };
}

/** Hosts, people, and the credentials that count. */
function subjectsOf({ roster, state, at }: Survey): readonly Subject[] {
  const credentials = [...state.credentials.values()]
    .filter(({ revokedAt, expiresAt }) => revokedAt === undefined && expiresAt > at)
    .map(({ id }) => id);
  return [
    ...roster.hosts.map(({ id }): Subject => ({ kind: 'host', host: id })),
    ...[...state.people.keys()].sort().map((person): Subject => ({ kind: 'person', person })),
    ...credentials.sort().map((credential): Subject => ({ kind: 'credential', credential })),
  ];
}

/** One subject, now and at its worst instant. A subject that is unknown exposes nothing. */
export function radiusOf(survey: Survey, subject: Subject): Radius {
  const now = exposureOf(survey, [subject], survey.now);
  let worst = now;
  for (const at of instantsOf(survey, subject)) {
    if (survey.openings.length === 0 && !gainsRights(survey, subject, at)) continue;
    const then = exposureOf(survey, [subject], networkAt(survey, at));
    if (isWorse(then, worst)) worst = then;
  }
  return { subject, now, worst };
}

/** What if all of these were taken over at once, by the same hand. */
export function whatIf(
  survey: Survey,
  subjects: readonly Subject[],
  at = survey.at,
): Exposure & { readonly lists: ExposureLists } {
  const snapshot = networkAt(survey, at);
  return { ...exposureOf(survey, subjects, snapshot), lists: listsOf(survey, subjects, snapshot) };
}

/** When it could become worse: a box of the policy or a right of somebody at hand begins. In between things only end. */
function instantsOf(survey: Survey, subject: Subject): readonly number[] {
  const { state, at, until, openings } = survey;
  const own = personOf(survey, subject);
  const host = subject.kind === 'host' ? survey.roster.numbers.get(subject.host) : undefined;
  const people = own === undefined ? [...(host === undefined ? [] : (survey.uses.usersOf[host] ?? []))] : [own];
  const found = ascending([
    ...openings,
    ...people.flatMap((person) => beginnings(state, person, at, until, INSTANTS_MAX)),
  ]);
  if (found.length <= INSTANTS_MAX) return found;
  survey.isComplete = false;
  return found.slice(0, INSTANTS_MAX);
}

/** The network at an instant: between two changes it is the same. */
function networkAt(survey: Survey, at: number): Snapshot {
  const { changes, snapshots, policy, roster } = survey;
  const epoch = epochOf(changes, at);
  if (epoch === 0) return { ...survey.now, at };
  const known = snapshots.get(epoch);
  if (known !== undefined) return { ...known, at };
  if (snapshots.size >= SNAPSHOTS_MAX) {
    survey.isComplete = false;
    return { ...survey.now, at };
  }
  const snapshot = snapshotAt(policy, roster, at);
  snapshots.set(epoch, snapshot);
  return snapshot;
}

/** How many changes lie at or before an instant. */
function epochOf(changes: readonly number[], at: number): number {
  let [low, high] = [0, changes.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((changes[middle] ?? at + 1) <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}
