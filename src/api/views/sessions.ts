/** Live sessions and cuts with their receipts. */
import type { CutView, SessionView } from '#api/endpoints/views.ts';
import { sharePathsOf } from '#api/views/shares.ts';
import type { Viewer } from '#api/views/viewer.ts';
import { defined } from '#api/views/viewer.ts';
import type { Cut, Session, State } from '#model/state.ts';
import type { PersonId, ProjectId } from '#std/ids.ts';

export function sessionView(viewer: Viewer, session: Session): SessionView {
  const { id, person, gate, openedAt, until, project, engagement, from, client, factorAt } = session;
  const credential = session.credential === undefined ? undefined : viewer.state.credentials.get(session.credential);
  const isMine = person === viewer.caller.person;
  return defined<SessionView>({
    id,
    gate,
    openedAt,
    until,
    engagement,
    from,
    client,
    factorAt,
    person: viewer.person(person),
    project: project === undefined ? undefined : viewer.project(project),
    credential:
      credential === undefined ? undefined : { id: credential.id, label: credential.label, type: credential.what.type },
    current: id === viewer.caller.session.id,
    traffic: trafficOf(viewer, session),
    passed: session.passed,
    paths: gate === 'share' ? sharePathsOf(viewer.state, session) : undefined,
    may: isMine || viewer.may('session.end', project === undefined ? {} : { project }) ? ['session.end'] : [],
  });
}

function trafficOf({ context }: Viewer, { id }: Session): SessionView['traffic'] {
  const live = context.sessions.get(id);
  if (live === undefined) return undefined;
  const { bytesIn, bytesOut, operations, lastByteAt, attached } = live;
  return { bytesIn, bytesOut, operations, lastByteAt: Math.max(0, Math.round(lastByteAt)), attached };
}

export function seesSession(viewer: Viewer, session: Session): boolean {
  return (
    session.person === viewer.caller.person ||
    viewer.may('session.see', session.project === undefined ? {} : { project: session.project })
  );
}

/** Newest first. */
export function visibleSessions(viewer: Viewer): readonly Session[] {
  return Array.from(viewer.state.sessions.values())
    .filter((session) => session.cutOrdered === undefined && session.until > viewer.at && seesSession(viewer, session))
    .sort((a, b) => b.openedAt - a.openedAt);
}

export function cutView(viewer: Viewer, cut: Cut): CutView {
  const { id, scope, because, reason, orderedAt, orderedBy, receipts } = cut;
  const [person, project] = [personOf(cut), projectOf(cut)];
  const answered = new Set(receipts.map(({ gate }) => gate));
  const waitingFor = viewer.context.settings.gates.filter(
    (gate) => !answered.has(gate) && isAsked(viewer.state, cut, gate),
  );
  return defined<CutView>({
    id,
    scope,
    because,
    reason,
    orderedAt,
    waitingFor,
    complete: waitingFor.length === 0,
    orderedBy: orderedBy === undefined ? undefined : viewer.person(orderedBy),
    person: person === undefined ? undefined : viewer.person(person),
    project: project === undefined ? undefined : viewer.project(project),
    receipts: receipts.map((receipt) => ({ ...receipt })),
  });
}

/** While no rules are loaded the network has nothing to cut; it answers for a quarantine, which it does not hold then. */
function isAsked({ network }: State, { id, orderedAt }: Cut, gate: string): boolean {
  if (gate !== 'network' || network.quarantines.some(({ cut }) => cut === id)) return true;
  return network.mode !== 'off' && orderedAt >= network.modeSince;
}

export function personOf({ scope }: Cut): PersonId | undefined {
  return 'person' in scope ? scope.person : undefined;
}

export function projectOf({ scope, stream }: Cut): ProjectId | undefined {
  if ('project' in scope) return scope.project;
  return stream === 'facility' || stream === 'ledger' ? undefined : stream;
}

export function seesCut(viewer: Viewer, cut: Cut): boolean {
  const project = projectOf(cut);
  return (
    personOf(cut) === viewer.caller.person ||
    cut.orderedBy === viewer.caller.person ||
    viewer.may('session.see', project === undefined ? {} : { project })
  );
}
