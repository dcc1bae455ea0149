/** A share session: somebody at a workstation has central storage opened for exactly that machine, and closes it again. */
import type { ApiContext } from '#api/context.ts';
import { PORTAL } from '#api/context.ts';
import { byOf, decide } from '#api/caller.ts';
import type { Caller } from '#api/caller.ts';
import { findProject, unknown } from '#api/find.ts';
import type { Call, Handlers } from '#api/handler.ts';
import { newId } from '#api/handler.ts';
import { closeShare } from '#api/identity/close-share.ts';
import { machineFor } from '#api/shares/machine.ts';
import { mineAt, shareView } from '#api/views/shares.ts';
import { Viewer } from '#api/views/viewer.ts';
import type { Decision } from '#access/permits.ts';
import { refusalOf } from '#access/permits.ts';
import { PATHS_PER_SESSION_MAX, SHARE_MS_MAX } from '#model/limits.ts';
import { notDeclared, shareFlows, sharePaths, sharesAt, tooManyWays } from '#model/share.ts';
import type { SharePath } from '#model/share.ts';
import type { OpenPath } from '#model/network-state.ts';
import type { Host, State } from '#model/state.ts';
import type { Clock } from '#ports/clock.ts';
import type { EngineClient } from '#ports/engine.ts';
import type { EngagementId, ProjectId, SessionId } from '#std/ids.ts';
import type { Refused } from '#std/refused.ts';
import { isRefused, ok, refused } from '#std/refused.ts';

/** The gateway says within milliseconds that it holds a path. */
const LOADED_WITHIN_MS = 5000;

export const shareHandlers = {
  'see-share': (context, call) => {
    const project = findProject(context.engine.state(), call.input.params.project);
    if (isRefused(project)) return project;
    const { id } = project.value;
    const viewer = new Viewer(context, call.caller);
    if (!viewer.seesProject(id)) return unknown('project');
    const plan = planned(context, call, id);
    return ok(shareView(viewer, id, isRefused(plan) ? plan : undefined));
  },
  'open-share': async (context, call) => {
    const project = findProject(context.engine.state(), call.input.params.project);
    if (isRefused(project)) return project;
    const opened = await open(context, call, project.value.id);
    return isRefused(opened) ? noted(context, call.caller, project.value.id, opened) : opened;
  },
} satisfies Handlers;

type Asking = Pick<Call<'open-share'>, 'caller' | 'isForwarded'>;

/** What would be opened, for which machine, by which engagement and until when. */
interface Plan {
  readonly machine: Host;
  readonly engagement: EngagementId;
  readonly paths: readonly SharePath[];
  readonly until: number;
}

/** Asked of the state as it is; whatever stands in the way is named with whom to ask. */
function planned(context: ApiContext, { caller, isForwarded }: Asking, project: ProjectId): Plan | Refused {
  const { engine, clock, settings } = context;
  const [state, at] = [engine.state(), clock.now()];
  const decision = decide(state, caller, 'share.open', { project }, at);
  if (!decision.allow) return refusalOf(decision);
  if (!settings.gates.includes('share')) return noGateway();
  if (shareFlows(state).length === 0) return notDeclared();
  const machine = machineFor(state, caller, isForwarded);
  if (isRefused(machine)) return machine;
  const paths = sharePaths(state, machine, project, at);
  if (paths.length === 0) return notDeclared();
  if (paths.length > PATHS_PER_SESSION_MAX) return tooManyWays();
  return engaged(decision, machine, paths, at);
}

function engaged(decision: Decision, machine: Host, paths: readonly SharePath[], at: number): Plan | Refused {
  const { engagement } = decision;
  if (engagement === undefined) {
    return refused(
      'share-of-what',
      'A share is held by an engagement on the project, and this right comes of a facility role.',
      "Ask the project's producer for an engagement on it.",
    );
  }
  const flowEnds = paths.map(({ until }) => until ?? Number.POSITIVE_INFINITY);
  const until = Math.min(decision.until, at + SHARE_MS_MAX, Math.max(...flowEnds));
  return { machine, engagement, paths, until };
}

async function open(context: ApiContext, call: Asking, project: ProjectId) {
  const plan = planned(context, call, project);
  if (isRefused(plan)) return plan;
  const { caller } = call;
  const session =
    mineAt(context.engine.state(), caller, project, context.clock.now())?.id ??
    (await begin(context, caller, project, plan));
  if (isRefused(session)) return session;
  const refusal = (await openPaths(context, session, plan)) ?? (await untilLoaded(context, session, plan));
  if (refusal === undefined) return ok(shareView(new Viewer(context, caller), project, undefined));
  await closeShare(context, session, 'fault', byOf(caller));
  return refusal;
}

/** The session; whoever held storage open at this machine before does so no more. */
async function begin(
  context: ApiContext,
  caller: Caller,
  project: ProjectId,
  plan: Plan,
): Promise<SessionId | Refused> {
  const { engine, clock } = context;
  const { machine, engagement, until } = plan;
  for (const other of sharesAt(engine.state(), machine.id, clock.now()))
    if (other.person !== caller.person) await closeShare(context, other.id, 'machine-taken', byOf(caller));
  const session = newId(context, 'session');
  const { credential, factorAt, client } = caller.session;
  const begun = await engine.command(
    {
      kind: 'open-session',
      session,
      person: caller.person,
      gate: 'share',
      project,
      engagement,
      from: caller.from,
      until,
      ...(credential === undefined ? {} : { credential }),
      ...(factorAt === undefined ? {} : { factorAt }),
      ...(client === undefined ? {} : { client }),
    },
    { ...byOf(caller), service: PORTAL },
  );
  // Asked twice at once: the other one opened it.
  if (isRefused(begun)) return mineAt(engine.state(), caller, project, clock.now())?.id ?? begun;
  return session;
}

/** Those of the plan that the session does not hold already. */
async function openPaths(
  { engine, random }: ApiContext,
  session: SessionId,
  { paths, until }: Plan,
): Promise<Refused | undefined> {
  for (const { until: flowEnd, ...path } of paths) {
    if (heldBy(engine.state(), session, path) !== undefined) continue;
    const ends = { ...path, until: Math.min(until, flowEnd ?? until) };
    const command = { kind: 'open-path', path: newId({ random }, 'path'), session, ...ends } as const;
    const answer = await engine.command(command, { service: PORTAL });
    if (isRefused(answer) && answer.code !== 'already-done') return answer;
  }
  return undefined;
}

function heldBy(state: State, session: SessionId, { to, from, port, protocol }: SharePath): OpenPath | undefined {
  const ids = [...(state.index.pathsOf.get(session) ?? [])];
  const held = ids.flatMap((id) => state.network.paths.get(id) ?? []);
  return held.find((one) => one.to === to && one.from === from && one.port === port && one.protocol === protocol);
}

/** Until the gateway has said of every path that it holds it. While no rules are loaded there is nothing to say. */
async function untilLoaded(
  { engine, clock }: ApiContext,
  session: SessionId,
  { paths }: Plan,
): Promise<Refused | undefined> {
  const isLoaded = (state: State): boolean | undefined => {
    const known = state.sessions.get(session);
    if (known === undefined || known.cutOrdered !== undefined) return false;
    const held = paths.map((path) => heldBy(state, session, path));
    const isAll = held.every(
      (path) => path !== undefined && (path.loadedAt !== undefined || state.network.mode === 'off'),
    );
    return isAll ? true : undefined;
  };
  const now = isLoaded(engine.state());
  const is = now ?? (await answered(engine, clock, isLoaded));
  return is ? undefined : notOpened();
}

function answered(engine: EngineClient, clock: Clock, ask: (state: State) => boolean | undefined): Promise<boolean> {
  return new Promise((done) => {
    const finish = (is: boolean): void => {
      stop();
      cancel();
      done(is);
    };
    const stop = engine.subscribe((_, state) => {
      const is = ask(state);
      if (is !== undefined) finish(is);
    });
    const cancel = clock.atTime(clock.now() + LOADED_WITHIN_MS, () => finish(false));
  });
}

/** Every refused attempt is an entry; the answer waits for it. The decision's own refusals are recorded where they are made. */
async function noted({ engine }: ApiContext, caller: Caller, project: ProjectId, refusal: Refused): Promise<Refused> {
  const about = { project, person: caller.person, gate: 'share' as const };
  const data = { action: 'share.open', rule: refusal.code, gate: 'share' as const };
  await engine.record([{ kind: 'access.refused', stream: project, by: byOf(caller), about, data }]);
  return refusal;
}

function noGateway(): Refused {
  return refused(
    'no-gateway',
    'No gateway of Picturelock guards this network, so there is no way to open.',
    'Ask the engineer; storage is reached as it was before.',
  );
}

function notOpened(): Refused {
  return refused(
    'way-not-open',
    'The gateway did not open the way in time, so this session was ended again.',
    'Try again in a moment; tell the engineer if it lasts.',
  );
}
