/** A person's storage at the machine that they ask from. */
import type { Caller } from '#api/caller.ts';
import type { SharePathView } from '#api/endpoints/share-views.ts';
import type { ShareView } from '#api/endpoints/shares.ts';
import { problemOf } from '#api/problem.ts';
import type { Viewer } from '#api/views/viewer.ts';
import { defined } from '#api/views/viewer.ts';
import { isEnforced } from '#model/enforcement.ts';
import type { OpenPath } from '#model/network-state.ts';
import { machineOf, shareFlows, sharesAt } from '#model/share.ts';
import type { Session, State } from '#model/state.ts';
import type { ProjectId } from '#std/ids.ts';
import type { Refused } from '#std/refused.ts';

export function shareView(viewer: Viewer, project: ProjectId, no: Refused | undefined): ShareView {
  const { state, at, caller } = viewer;
  const { from } = caller;
  const machine = machineOf(state, { from });
  const mine = mineAt(state, caller, project, at);
  return defined<ShareView>({
    offered: viewer.context.settings.gates.includes('share') && shareFlows(state).length > 0,
    machine: machine === undefined ? undefined : { id: machine.id, name: machine.name },
    open: mine === undefined ? undefined : { ...openView(mine), paths: sharePathsOf(state, mine) },
    enforced: isEnforced(state.network),
    mode: state.network.mode,
    refused: no === undefined ? undefined : problemOf(no),
  });
}

function openView({ id: session, openedAt, until }: Session) {
  return { session, openedAt, until };
}

/** What a session of the share gate holds open. */
export function sharePathsOf(state: State, { id }: Pick<Session, 'id'>): SharePathView[] {
  const paths = [...(state.index.pathsOf.get(id) ?? [])].flatMap((path) => state.network.paths.get(path) ?? []);
  return paths.flatMap((path) => pathView(state, path));
}

function pathView(state: State, { host, from, to, protocol, port, loadedAt }: OpenPath): readonly SharePathView[] {
  const storage = host === undefined ? undefined : state.hosts.get(host);
  if (storage === undefined) return [];
  const { id, name } = storage;
  return [{ host: { id, name }, from, to, protocol, port, loaded: loadedAt !== undefined }];
}

/** The caller's live share of a project at the machine that they are at. */
export function mineAt(
  state: State,
  { person, from }: Pick<Caller, 'person' | 'from'>,
  project: ProjectId,
  at: number,
): Session | undefined {
  const machine = machineOf(state, { from });
  if (machine === undefined) return undefined;
  return sharesAt(state, machine.id, at).find((share) => share.person === person && share.project === project);
}
