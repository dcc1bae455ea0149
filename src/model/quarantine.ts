/** Quarantine: one act that takes a host, a person or a project off the network and ends its sessions. Letting go needs two people. */
import type { Asked, CommandOf } from '#model/commands.ts';
import { contained } from '#model/containment.ts';
import { comesFrom } from '#model/cut.ts';
import { CUT_SESSIONS_MAX } from '#model/entry-shapes.ts';
import type { CutScope } from '#model/events.ts';
import { orderCut } from '#model/ending.ts';
import { isLifted } from '#model/facility.ts';
import { withNetwork } from '#model/flow.ts';
import { hostAt } from '#model/host-index.ts';
import type { QuarantineScope } from '#model/network-shapes.ts';
import { withoutPath } from '#model/opening.ts';
import { lastOwner } from '#model/person.ts';
import { alreadyDone, takenId, unknown } from '#model/refusals.ts';
import type { OpenPath, Quarantine } from '#model/network-state.ts';
import type { State } from '#model/state.ts';
import { decided, draft, present } from '#model/transition.ts';
import type { Decided, Deciders, Evolvers } from '#model/transition.ts';
import { assert } from '#std/assert.ts';
import type { CredentialId, HostId, PersonId } from '#std/ids.ts';
import type { Refused } from '#std/refused.ts';
import { refused } from '#std/refused.ts';

export const quarantineEvolve = {
  'quarantine.ordered': (state, entry) => {
    const { quarantine: id, cut } = entry.about;
    assert(id !== undefined, 'quarantine.ordered names its quarantine');
    const { scope, reason } = entry.data;
    const quarantine = present<Quarantine>({
      id,
      scope,
      reason,
      orderedAt: entry.at,
      orderedBy: entry.by.person,
      cut,
      credentials: credentialsWithin(state, scope),
      seats: seatsWithin(state, scope),
      releaseAsked: undefined,
    });
    const quarantines = state.network.quarantines.set(id, quarantine);
    return withoutPathsTo(
      withNetwork(state, (network) => ({ ...network, quarantines })),
      scope,
    );
  },
  'quarantine.release-asked': (state, entry) => {
    const id = entry.about.quarantine;
    const quarantine = id === undefined ? undefined : state.network.quarantines.get(id);
    assert(quarantine !== undefined, 'a release is asked of a quarantine in force');
    const releaseAsked = present<NonNullable<Quarantine['releaseAsked']>>({
      by: entry.by.person,
      at: entry.at,
      reason: entry.data.reason,
    });
    return withNetwork(state, (network) => ({
      ...network,
      quarantines: network.quarantines.set(quarantine.id, { ...quarantine, releaseAsked }),
    }));
  },
  'quarantine.released': (state, entry) => {
    const id = entry.about.quarantine;
    assert(id !== undefined, 'quarantine.released names its quarantine');
    return withNetwork(state, (network) => ({ ...network, quarantines: network.quarantines.delete(id) }));
  },
} satisfies Evolvers;

/** What the sessions of a cut's scope are: of a machine, those that come from it and those that a path leads to. */
export function cutScopeOf(state: State, scope: QuarantineScope): CutScope {
  if (scope.kind !== 'host') return scope;
  const addresses = [...(state.hosts.get(scope.host)?.addresses ?? [])];
  const sessions = [...new Set(pathsAt(state, scope.host).map(({ session }) => session))].slice(-CUT_SESSIONS_MAX);
  return { ...scope, addresses, ...(sessions.length === 0 ? {} : { sessions }) };
}

/** Paths that lead to this machine or from it. */
function pathsAt(state: State, host: HostId): readonly OpenPath[] {
  const addresses = new Set(state.hosts.get(host)?.addresses ?? []);
  return [...state.network.paths.values()].filter(
    (path) => path.host === host || addresses.has(path.from) || addresses.has(path.to),
  );
}

/** Credentials that were in use within the scope when it was closed: whoever holds the machine may hold them too. */
function credentialsWithin(state: State, scope: QuarantineScope): readonly CredentialId[] {
  if (scope.kind === 'project') return [];
  if (scope.kind === 'person') return [...(state.people.get(scope.person)?.credentials ?? [])];
  const addresses = state.hosts.get(scope.host)?.addresses ?? [];
  const here = [...state.sessions.values()].filter((session) => comesFrom(addresses, session));
  const used = here.map(({ credential }) => credential); // whoever works on it from elsewhere holds theirs elsewhere
  return [...new Set(used.filter((credential) => credential !== undefined))];
}

/**
 * Where whoever is closed out sat when it was ordered: the ends of their paths, but for those on which others depend, such as the broker or the
 * storage. Fixed here, because the paths end with the same order and the seat would be back on the network with them.
 */
function seatsWithin(state: State, scope: QuarantineScope): readonly string[] {
  if (scope.kind === 'host') return [];
  const paths = [...state.network.paths.values()].filter((path) =>
    scope.kind === 'person' ? path.person === scope.person : path.project === scope.project,
  );
  const ends = new Set(paths.flatMap(({ from, to }) => [from, to]));
  return [...ends].filter((address) => isSeat(state, address));
}

/** A workstation, or what nobody has declared. */
function isSeat(state: State, address: string): boolean {
  const host = hostAt(state, address);
  return host === undefined || host.role === 'workstation';
}

/** A path to a machine in quarantine is closed whoever holds it; the paths of the sessions that are cut go with them. */
function withoutPathsTo(state: State, scope: QuarantineScope): State {
  if (scope.kind !== 'host') return state;
  return pathsAt(state, scope.host).reduce((next, { id }) => withoutPath(next, id), state);
}

export const quarantineDecide = {
  quarantine: orderQuarantine,
  'ask-release': (state, { quarantine: id, reason }, asked) => {
    const quarantine = state.network.quarantines.get(id);
    if (quarantine === undefined) return unknown('quarantine');
    return decided(draft(asked, 'quarantine.release-asked', 'facility', aboutOf(quarantine), { reason }));
  },
  'release-quarantine': (state, { quarantine: id }, asked) => {
    const quarantine = state.network.quarantines.get(id);
    if (quarantine === undefined) return unknown('quarantine');
    const { releaseAsked } = quarantine;
    if (releaseAsked === undefined) {
      return refused('release-not-asked', 'Nobody has asked for this release.', 'Ask for it first, with a reason.');
    }
    const { person } = asked.by;
    if (person !== undefined && person === releaseAsked.by && !isLifted(state, 'facility-of-one', person, asked.at)) {
      return refused(
        'own-release',
        'Nobody releases what they asked to release.',
        'Ask another engineer, owner or the security lead to release it.',
      );
    }
    return decided(draft(asked, 'quarantine.released', 'facility', aboutOf(quarantine), {}));
  },
} satisfies Deciders;

function orderQuarantine(state: State, command: CommandOf<'quarantine'>, asked: Asked): Decided {
  const { quarantine, scope, reason, cut } = command;
  if (state.network.quarantines.has(quarantine)) return takenId('quarantine');
  if (!isKnown(state, scope)) return unknown(scope.kind);
  const no = scope.kind === 'person' ? lastFreeOwner(state, scope.person, asked.at) : undefined;
  if (no !== undefined) return no;
  const already = state.network.quarantines.some((other) => isSameScope(other.scope, scope));
  if (already) return alreadyDone(`This ${scope.kind} is in quarantine already.`);
  const { kind: _, ...named } = scope;
  const about = { quarantine, cut, ...named };
  const ordered = draft(asked, 'quarantine.ordered', 'facility', about, { scope, reason });
  const stream = scope.kind === 'project' ? scope.project : 'facility';
  return decided(ordered, orderCut(asked, cut, cutScopeOf(state, scope), 'quarantine', stream));
}

/** Without an owner who is free, nobody could be relied on to release anybody: owners in quarantine already do not count. */
function lastFreeOwner(state: State, person: PersonId, at: number): Refused | undefined {
  const { people: held } = contained(state);
  const free = state.people.filter(({ id }) => id === person || !held.has(id));
  return lastOwner({ ...state, people: free }, person, at);
}

function aboutOf({ id, scope }: Quarantine) {
  const { kind: _, ...named } = scope;
  return { quarantine: id, ...named };
}

function isKnown(state: State, scope: QuarantineScope): boolean {
  switch (scope.kind) {
    case 'host':
      return state.hosts.has(scope.host);
    case 'person':
      return state.people.has(scope.person);
    case 'project':
      return state.projects.has(scope.project);
  }
}

function isSameScope(a: QuarantineScope, b: QuarantineScope): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
