/** Network paths: each belongs to one live session, names both ends, and closes with the session or at its own end. */
import type { CommandOf, Asked } from '#model/commands.ts';
import type { About, Because } from '#model/events.ts';
import { isContained, quarantined } from '#model/containment.ts';
import { withNetwork } from '#model/flow.ts';
import { hostAt } from '#model/host-index.ts';
import { PATHS_PER_SESSION_MAX } from '#model/limits.ts';
import { alreadyDone, badTime, takenId, unknown } from '#model/refusals.ts';
import { isDeclared, machineTaken, sharePathRefusal } from '#model/share.ts';
import type { OpenPath } from '#model/network-state.ts';
import type { Session, State } from '#model/state.ts';
import { decided, draft, present } from '#model/transition.ts';
import type { Decided, Deciders, Evolvers } from '#model/transition.ts';
import { canonicalAddress } from '#std/address.ts';
import { assert } from '#std/assert.ts';
import type { PathId, SessionId } from '#std/ids.ts';
import type { Refused } from '#std/refused.ts';
import { refused } from '#std/refused.ts';
import { Set as PSet } from 'immutable';

export const openingEvolve = {
  'path.opened': (state, entry) => {
    const { opening: id, session, person, project, host, flow } = entry.about;
    assert(id !== undefined && session !== undefined && person !== undefined, 'path.opened names path and session');
    const path = present<OpenPath>({
      ...entry.data,
      id,
      session,
      person,
      project,
      host,
      flow,
      openedAt: entry.at,
      loadedAt: undefined,
    });
    const ids = (state.index.pathsOf.get(session) ?? PSet<PathId>()).add(id);
    return {
      ...withNetwork(state, (network) => ({ ...network, paths: network.paths.set(id, path) })),
      index: { ...state.index, pathsOf: state.index.pathsOf.set(session, ids) },
    };
  },
  'path.loaded': (state, entry) => {
    const id = entry.about.opening;
    const path = id === undefined ? undefined : state.network.paths.get(id);
    assert(path !== undefined, 'path.loaded names an open path');
    const loaded = { ...path, loadedAt: entry.at };
    return withNetwork(state, (network) => ({ ...network, paths: network.paths.set(path.id, loaded) }));
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

/** What its flow does not declare any more is no path: a flow taken away, or another machine at one of its ends, closes it in the same entry. */
export function withoutUndeclaredPaths(state: State): State {
  const gone = pathsOfShares(state.network.paths).filter((path) => !isDeclared(state, path));
  return gone.reduce((next, { id }) => withoutPath(next, id), state);
}

const ofShares = new WeakMap<State['network']['paths'], readonly OpenPath[]>();

/** Found once for the same paths: most of them are not of shares. */
function pathsOfShares(paths: State['network']['paths']): readonly OpenPath[] {
  let found = ofShares.get(paths);
  if (found === undefined) ofShares.set(paths, (found = [...paths.values()].filter(({ flow }) => flow !== undefined)));
  return found;
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
  'record-path-loaded': (state, { path: id }, asked) => {
    const path = state.network.paths.get(id);
    if (path === undefined) return unknown('path');
    if (path.loadedAt !== undefined) return alreadyDone('This was recorded already.');
    const { session, person, project, host, flow } = path;
    const about = present<About>({ opening: id, session, person, project, host, flow });
    return decided(draft(asked, 'path.loaded', project ?? 'facility', about, {}));
  },
  'close-path': (state, { path: id, because }, asked) => {
    const path = state.network.paths.get(id);
    if (path === undefined) return unknown('path');
    return decided(closing(asked, path, because));
  },
} satisfies Deciders;

function openPath(state: State, command: CommandOf<'open-path'>, asked: Asked): Decided {
  const { path: id, session: sessionId, host, flow, from, to, protocol, port, until } = command;
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
  const no = sharePathRefusal(state, session, command) ?? takenRefusal(state, session, command);
  if (no !== undefined) return no;
  if (isContained(state, { person: session.person, from }) || isContained(state, { from: to })) return quarantined();
  if (until <= asked.at) return badTime('A path must end in the future.', 'Choose an end in the future.');
  if ((state.index.pathsOf.get(sessionId)?.size ?? 0) >= PATHS_PER_SESSION_MAX) {
    return refused('too-many-paths', 'This session holds too many paths.', 'Close one of them first.');
  }
  const { person, project, engagement } = session;
  const about = present<About>({ opening: id, session: sessionId, person, project, engagement, host, flow });
  const data = { from: ends[0] ?? from, to: ends[1] ?? to, protocol, port, until: Math.min(until, session.until) };
  return decided(draft(asked, 'path.opened', project ?? 'facility', about, data));
}

/** One address opens storage for one person at a time, and each way of it once. */
function takenRefusal(state: State, { id, person }: Session, command: CommandOf<'open-path'>): Refused | undefined {
  if (command.flow === undefined) return undefined;
  const [from, to] = [canonicalAddress(command.from), canonicalAddress(command.to)];
  const same = pathsOfShares(state.network.paths).filter((path) => path.from === from);
  if (same.some((path) => path.person !== person))
    return machineTaken(hostAt(state, command.from)?.name ?? command.from);
  const isOpen = same.some(
    ({ session, to: end, protocol, port }) =>
      session === id && end === to && protocol === command.protocol && port === command.port,
  );
  return isOpen ? alreadyDone('This path is open already.') : undefined;
}

function closing(asked: Asked, { id, session, person, project }: OpenPath, because: Because) {
  const about = project === undefined ? { opening: id, session, person } : { opening: id, session, person, project };
  return draft(asked, 'path.closed', project ?? 'facility', about, { because });
}
