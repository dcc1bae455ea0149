/** Who uses which machine, and which projects' files somebody may open from somewhere at an instant: the one decision, asked. */
import { parseAddress } from '#std/address.ts';
import { isWithin, nextChange } from '#access/hours.ts';
import { permits } from '#access/permits.ts';
import { WORKSPACE_FOLDERS } from '#model/built-in-roles.ts';
import { engagementsOf } from '#model/ending.ts';
import type { Engagement, State } from '#model/state.ts';
import type { CredentialId, PersonId, ProjectId, ZoneId } from '#std/ids.ts';
import type { Content } from './content.ts';
import type { BitSet } from './host-set.ts';
import { emptySet, put } from './host-set.ts';
import type { Roster } from './roster.ts';

export interface Uses {
  /** By host number: its owner, and whoever has a live session or path from or to it. */
  readonly usersOf: readonly ReadonlySet<PersonId>[];
  /** Numbers of hosts that somebody owns or uses. */
  readonly hostsOf: ReadonlyMap<PersonId, ReadonlySet<number>>;
}

export function usesOf(state: State, roster: Roster): Uses {
  const usersOf = roster.hosts.map(() => new Set<PersonId>());
  const hostsOf = new Map<PersonId, Set<number>>();
  const hostAt = hostsByAddress(roster);
  const note = (person: PersonId, host: number | undefined): void => {
    if (host === undefined) return;
    usersOf[host]?.add(person);
    const known = hostsOf.get(person) ?? new Set();
    hostsOf.set(person, known.add(host));
  };
  roster.hosts.forEach(({ owner }, n) => owner !== undefined && note(owner, n));
  for (const { person, from } of state.sessions.values()) if (from !== undefined) note(person, hostAt(from));
  // A share's path begins at the machine that its session comes from. Any other path's source is the broker, which serves everybody; its
  // destination is the seat that the person sits at.
  for (const { person, host, to, flow } of state.network.paths.values()) {
    if (flow !== undefined) continue;
    note(person, (host === undefined ? undefined : roster.numbers.get(host)) ?? hostAt(to));
  }
  return { usersOf, hostsOf };
}

function hostsByAddress(roster: Roster): (address: string) => number | undefined {
  const known = new Map<string, number>();
  const asked = new Map<string, number | undefined>();
  const { v4, v6 } = roster;
  v4.addresses.forEach((address, slot) => known.set(`4 ${address}`, v4.hosts[slot] ?? 0));
  v6.addresses.forEach((address, slot) => known.set(`6 ${address}`, v6.hosts[slot] ?? 0));
  return (text) => {
    if (asked.has(text)) return asked.get(text);
    const address = parseAddress(text);
    const host = address === undefined ? undefined : known.get(`${address.width === 32 ? 4 : 6} ${address.bits}`);
    asked.set(text, host);
    return host;
  };
}

/** A person, or one credential of theirs, at one place. */
export interface Place {
  readonly person: PersonId;
  readonly credential?: CredentialId | undefined;
  readonly zone: ZoneId | undefined;
}

/** Projects in which at least one top folder may be read, with a fresh second factor: whoever takes a seat over has it. */
export function rightsAt(state: State, content: Content, { person, credential, zone }: Place, at: number): BitSet {
  const set = emptySet(content.projects.length);
  const context = { credential, zone, factorAt: at };
  for (const project of candidates(state, person, content)) {
    const n = content.numbers.get(project);
    const folders = state.projects.get(project)?.folders ?? [];
    const mayOpen = (folders.length === 0 ? WORKSPACE_FOLDERS : folders).some((folder) => {
      const on = { project, path: `${folder}/any` };
      return permits(state, { who: person, action: 'file.read', on, context }, at).allow;
    });
    if (n !== undefined && mayOpen) put(set, n);
  }
  return set;
}

/** Only who holds a facility role can be let into a project that they are not engaged on. */
function candidates(state: State, person: PersonId, content: Content): readonly ProjectId[] {
  const hasRole = (state.people.get(person)?.roles.length ?? 0) > 0;
  return hasRole ? content.projects : [...(state.index.engagementsOf.get(person)?.keys() ?? [])];
}

function comingEngagements(state: State, person: PersonId, at: number, until: number): readonly Engagement[] {
  return engagementsOf(state, person).filter(
    (engagement) => engagement.ended === undefined && engagement.until > at && engagement.from <= until,
  );
}

/** Instants in (at, until] at which a right of this person begins; rights only end in between. At most `max`, the earliest. */
export function beginnings(state: State, person: PersonId, at: number, until: number, max: number): readonly number[] {
  const found = new Set<number>();
  const timeZone = state.facility?.timeZone ?? 'UTC';
  for (const { from, until: end, hours } of comingEngagements(state, person, at, until)) {
    if (from > at) found.add(from);
    if (hours === undefined) continue;
    for (let t = Math.max(at, from), n = 0; n < max; n += 1) {
      t = nextChange(hours, timeZone, t);
      if (t > until || t >= end) break;
      if (isWithin(hours, timeZone, t)) found.add(t);
    }
  }
  return [...found].sort((a, b) => a - b).slice(0, max);
}
