/** Network paths: each belongs to one live session, names both ends, and closes with the session or at its own end. */
import type { CommandOf, Asked } from '#model/commands.ts';
import type { Because } from '#model/events.ts';
import { isContained, quarantined } from '#model/containment.ts';
import { withNetwork } from '#model/flow.ts';
import { PATHS_PER_SESSION_MAX } from '#model/limits.ts';
import { badTime, takenId, unknown } from '#model/refusals.ts';
import type { OpenPath } from '#model/network-state.ts';
import type { State } from '#model/state.ts';
import { decided, draft, present } from '#model/transition.ts';
import type { Decided, Deciders, Evolvers } from '#model/transition.ts';
import { canonicalAddress } from '#std/address.ts';
import { assert } from '#std/assert.ts';
import type { PathId, SessionId } from '#std/ids.ts';
import { refused } from '#std/refused.ts';
import { Set as PSet } from 'immutable';

export const openingEvolve = {
  'path.opened': (state, entry) => {
    const { opening: id, session, person, project, host } = entry.about;
    assert(id !== undefined && session !== undefined && person !== undefined, 'path.opened names path and session');
    const path = present<OpenPath>({ ...entry.data, id, session, person, project, host, openedAt: entry.at });
    const ids = (state.index.pathsOf.get(session) ?? PSet<PathId>()).add(id);
    return {
      ...withNetwork(state, (network) => ({ ...network, paths: network.paths.set(id, path) })),
      index: { ...state.index, pathsOf: state.index.pathsOf.set(session, ids) },
    };
  },
  'path.closed': (state, entry) => {
    const id = entry.about.opening;
    assert(id !== undefined, 'path.closed names its path');
    return withoutPath(state, id);
  },
} satisfies Evolvers;

export function withoutPath(state: State, id: PathId): State {
  const path = state.network.paths.get(id);
  if (path === undefined) return state;
  const left = state.index.pathsOf.get(path.session)?.delete(id) ?? PSet<PathId>();
  const { pathsOf } = state.index;
  return {
    ...withNetwork(state, (network) => ({ ...network, paths: network.paths.delete(id) })),
    index: {
      ...state.index,
      pathsOf: left.size === 0 ? pathsOf.delete(path.session) : pathsOf.set(path.session, left),
    },
  };
}

/** A session that is over, or whose cut is ordered, holds no path: the state says so in the same entry. */
export function withoutPathsOf(state: State, session: SessionId): State {
  const ids = state.index.pathsOf.get(session);
  if (ids === undefined) return state;
  let next = state;
  for (const id of ids) next = withoutPath(next, id);
  return next;
}

/** A session that now ends sooner takes its paths with it. */
export function withPathsUntil(state: State, session: SessionId, until: number): State {
  const ids = state.index.pathsOf.get(session);
  if (ids === undefined) return state;
  const paths = state.network.paths.map((path, id) => (ids.has(id) && path.until > until ? { ...path, until } : path));
  return paths === state.network.paths ? state : { ...state, network: { ...state.network, paths } };
}

export const openingDecide = {
  'open-path': openPath,
  'close-path': (state, { path: id, because }, asked) => {
    const path = state.network.paths.get(id);
    if (path === undefined) return unknown('path');
    return decided(closing(asked, path, because));
  },
} satisfies Deciders;

function openPath(state: State, command: CommandOf<'open-path'>, asked: Asked): Decided {
  const { path: id, session: sessionId, host, from, to, protocol, port, until } = command;
  if (state.network.paths.has(id)) return takenId('path');
  const session = state.sessions.get(sessionId);
  if (session === undefined || session.cutOrdered !== undefined || session.until <= asked.at) {
    return refused('session-ended', 'This session has ended.', 'Sign in again.');
  }
  if (host !== undefined && !state.hosts.has(host)) return unknown('host');
  const ends = [canonicalAddress(from), canonicalAddress(to)];
  const wrong = ends.includes(undefined) ? (ends[0] === undefined ? from : to) : undefined;
  if (wrong !== undefined)
    return refused('bad-address', `${wrong} is not an address.`, 'Write it like 10.20.0.5 or fd00:20::5.');
  if (isContained(state, { person: session.person, from }) || isContained(state, { from: to })) return quarantined();
  if (until <= asked.at) return badTime('A path must end in the future.', 'Choose an end in the future.');
  if ((state.index.pathsOf.get(sessionId)?.size ?? 0) >= PATHS_PER_SESSION_MAX) {
    return refused('too-many-paths', 'This session holds too many paths.', 'Close one of them first.');
  }
  const { person, project, engagement } = session;
  const about = present<{
    opening: typeof id;
    session: typeof sessionId;
    person: typeof person;
    project: typeof project;
    engagement: typeof engagement;
    host: typeof host;
  }>({ opening: id, session: sessionId, person, project, engagement, host });
  const data = { from: ends[0] ?? from, to: ends[1] ?? to, protocol, port, until: Math.min(until, session.until) };
  return decided(draft(asked, 'path.opened', project ?? 'facility', about, data));
}

function closing(asked: Asked, { id, session, person, project }: OpenPath, because: Because) {
  const about = project === undefined ? { opening: id, session, person } : { opening: id, session, person, project };
  return draft(asked, 'path.closed', project ?? 'facility', about, { because });
}
