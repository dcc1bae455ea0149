/** The second half of a receipt's probe: a fresh decision for what was cut, which has to say no and name the rule. */
import { bind } from '#access/binding.ts';
import { couldPermit } from '#access/permits.ts';
import { DENIALS } from '#access/rules.ts';
import type { CutScope } from '#model/events.ts';
import type { State } from '#model/state.ts';
import type { EngagementId, PersonId, ProjectId } from '#std/ids.ts';

export interface RefusalProbe {
  readonly accessRefused: boolean;
  readonly rule?: string;
}

/** Engagements of a project that are asked about, at most. */
const PROBED_MAX = 200;

export function probeRefusal(state: State, scope: CutScope, at: number): RefusalProbe {
  switch (scope.kind) {
    case 'person': {
      const person = state.people.get(scope.person);
      if (person === undefined) return no(DENIALS['unknown-person'].id);
      if (person.standing !== 'active') return no(DENIALS['person-not-active'].id);
      return bound(bind(state, person.id, {}, at).denial);
    }
    case 'engagement':
      return ask(state, scope.person, scope.project, scope.engagement, at);
    case 'project':
      return probeProject(state, scope.project, at);
    case 'credential':
      return bound(bind(state, scope.person, { credential: scope.credential }, at).denial);
    case 'host':
      return probeHost(state, scope, at);
    case 'session': {
      const session = state.sessions.get(scope.session);
      return session === undefined
        ? no(DENIALS['session-ended'].id)
        : bound(bind(state, session.person, { session: session.id }, at).denial);
    }
  }
}

/** Nobody is let in from any of the machine's addresses: asked for somebody whose account is active. */
function probeHost(state: State, { addresses }: Extract<CutScope, { kind: 'host' }>, at: number): RefusalProbe {
  const somebody = state.people.find(({ standing }) => standing === 'active');
  const denials = somebody === undefined ? [] : addresses.map((from) => bind(state, somebody.id, { from }, at).denial);
  const open = denials.includes(undefined);
  return open || denials.length === 0 ? { accessRefused: false } : bound(denials[0]);
}

function probeProject(state: State, project: ProjectId, at: number): RefusalProbe {
  let last: RefusalProbe | undefined;
  let asked = 0;
  for (const id of state.index.engagementsOn.get(project) ?? []) {
    const engagement = state.engagements.get(id);
    if (engagement === undefined || engagement.ended !== undefined) continue;
    last = ask(state, engagement.person, project, id, at);
    asked += 1;
    if (!last.accessRefused || asked >= PROBED_MAX) return last;
  }
  const standing = state.projects.get(project)?.standing;
  return (
    last ??
    (standing === 'live'
      ? { accessRefused: true, rule: DENIALS['no-engagement'].id }
      : no(DENIALS['project-not-live'].id))
  );
}

/** Wherever and whenever the person asks: hours and place are taken as met. */
function ask(state: State, who: PersonId, project: ProjectId, engagement: EngagementId, at: number): RefusalProbe {
  const decision = couldPermit(
    state,
    { who, action: 'file.list', on: { project, path: '' }, context: { engagement } },
    at,
  );
  return decision.allow ? { accessRefused: false } : no(decision.because[0]?.id ?? DENIALS['no-engagement'].id);
}

function bound(denial: string | undefined): RefusalProbe {
  return denial === undefined ? { accessRefused: false } : no(denial);
}

function no(rule: string): RefusalProbe {
  return { accessRefused: true, rule };
}
