/**
 * One act on one place of a workspace: parsed, decided, and ready to be recorded. Everything that the file service does begins here.
 */
import type { AccessQuestion, Decision } from '#access/permits.ts';
import { permits, refusalOf } from '#access/permits.ts';
import type { Action } from '#model/actions.ts';
import type { By, Draft, EntryKind, DataOf } from '#model/events.ts';
import type { Project } from '#model/state.ts';
import type { Clock } from '#ports/clock.ts';
import type { EngineClient } from '#ports/engine.ts';
import type { FileActor } from '#ports/files.ts';
import type { Random } from '#ports/random.ts';
import type { Place, Workspace, Workspaces } from '#ports/workspace.ts';
import type { ProjectId } from '#std/ids.ts';
import type { Outcome, Refused } from '#std/refused.ts';
import { isRefused, ok, refused } from '#std/refused.ts';
import { parsePlace } from '#gates/files/portable-name.ts';

export interface FilePorts {
  readonly engine: EngineClient;
  readonly workspaces: Workspaces;
  readonly clock: Clock;
  readonly random: Random;
}

/** A permitted act. */
export interface FileAct {
  readonly actor: FileActor;
  readonly action: Action;
  readonly project: Project;
  readonly workspace: Workspace;
  readonly place: Place;
  /** The place as text, as entries name it. */
  readonly path: string;
  readonly by: By;
  /** When the answer could change without any entry. */
  readonly until: number;
}

/** Answers given while the engine is out of reach would be guesses. */
const LEASE_LOST = refused(
  'lease-lost',
  'This gate has lost contact with the ledger, so nothing is opened.',
  'Try again in a moment.',
);
const BOUND_ELSEWHERE = refused(
  'bound-elsewhere',
  'This token is bound to another project.',
  'Use the token of this project.',
);
const UNKNOWN_PROJECT = refused(
  'unknown-project',
  'There is no such project.',
  "Ask the project's producer or post supervisor.",
);

/** Decides, and records a refusal before it returns it. */
export async function permitted(
  ports: FilePorts,
  actor: FileActor,
  action: Action,
  project: ProjectId,
  path: string,
): Promise<Outcome<FileAct>> {
  const place = parsePlace(path);
  if (isRefused(place)) return place;
  const act = decideAct(ports, actor, action, project, place.value);
  if (isRefused(act))
    await ports.engine.record([refusalDraft(ports, actor, action, project, place.value.join('/'), act)]);
  return act;
}

/** Decides without recording; for questions that a listing asks by itself. */
export function decideAct(
  ports: FilePorts,
  actor: FileActor,
  action: Action,
  project: ProjectId,
  place: Place,
): Outcome<FileAct> {
  const path = place.join('/');
  const decision = decide(ports, actor, action, project, path);
  if (isRefused(decision)) return decision;
  if (!decision.allow) return refusalOf(decision);
  const known = ports.engine.state().projects.get(project);
  if (known === undefined) return UNKNOWN_PROJECT;
  const workspace = ports.workspaces.open(project, known.folders);
  return ok({
    actor,
    action,
    project: known,
    workspace,
    place,
    path,
    by: byOf(actor, decision),
    until: decision.until,
  });
}

/** The same act, asked again now: a refusal when it is no longer allowed. */
export function stillPermitted(ports: FilePorts, act: FileAct): Outcome<FileAct> {
  return decideAct(ports, act.actor, act.action, act.project.id, act.place);
}

function decide(
  ports: FilePorts,
  actor: FileActor,
  action: Action,
  project: ProjectId,
  path: string,
): Decision | Refused {
  if (ports.engine.lease() <= ports.clock.monotonic()) return LEASE_LOST;
  if (actor.project !== undefined && actor.project !== project) return BOUND_ELSEWHERE;
  const { person: who, session, from, factorAt } = actor;
  const question: AccessQuestion = { who, action, on: { project, path }, context: { session, from, factorAt } };
  return permits(ports.engine.state(), question, ports.clock.now());
}

function byOf(actor: FileActor, decision: Decision): By {
  const { person, session, from } = actor;
  return {
    person,
    session,
    ...(decision.engagement && { engagement: decision.engagement }),
    ...(from !== undefined && { from }),
  };
}

/** An entry about this act. */
export function draft<K extends EntryKind>(act: FileAct, kind: K, data: DataOf<K>, path = act.path): Draft {
  const { person, session, gate } = act.actor;
  const about = {
    person,
    project: act.project.id,
    session,
    gate,
    path,
    ...(act.by.engagement && { engagement: act.by.engagement }),
  };
  return { kind, stream: act.project.id, by: act.by, about, data } as Draft; // kind and data agree by this function's own type
}

/** The entry about a refused act. */
export function refusalDraft(
  ports: FilePorts,
  actor: FileActor,
  action: Action,
  project: ProjectId,
  path: string,
  why: Refused,
): Draft {
  const { person, session, gate, from } = actor;
  const known = ports.engine.state().projects.has(project);
  return {
    kind: 'access.refused',
    stream: known ? project : 'facility',
    by: { person, session, ...(from !== undefined && { from }) },
    about: { person, session, gate, path, ...(known && { project }) },
    data: { action, rule: why.code, gate },
  };
}
