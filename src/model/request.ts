/** Requests for access or more time: asked by one person, decided by another. */
import type { Asked, CommandOf } from '#model/commands.ts';
import { isOver } from '#model/ending.ts';
import { extendEngagement, giveEngagement } from '#model/engagement.ts';
import { DAY_MS, ENGAGEMENT_DAYS_MAX, OPEN_REQUESTS_PER_PERSON_MAX } from '#model/limits.ts';
import { alreadyDone, badTime, notActive, takenId, unknown } from '#model/refusals.ts';
import type { AccessRequest, State } from '#model/state.ts';
import { decided, draft, present } from '#model/transition.ts';
import type { Decided, Deciders, Evolvers } from '#model/transition.ts';
import { assert } from '#std/assert.ts';
import type { RequestId } from '#std/ids.ts';
import type { Refused } from '#std/refused.ts';
import { isRefused, refused } from '#std/refused.ts';

function withRequest(
  state: State,
  id: RequestId | undefined,
  change: (request: AccessRequest) => AccessRequest,
): State {
  const request = id === undefined ? undefined : state.requests.get(id);
  assert(request !== undefined, 'an entry about a request names a known one');
  return { ...state, requests: state.requests.set(request.id, change(request)) };
}

export const requestEvolve = {
  'request.made': (state, entry) => {
    const { request: id, person, project, engagement } = entry.about;
    assert(
      id !== undefined && person !== undefined && project !== undefined,
      'request.made names request, person and project',
    );
    const { ask, role, until, reason } = entry.data;
    const request = present<AccessRequest>({
      id,
      ask,
      person,
      project,
      engagement,
      role,
      until,
      reason,
      madeAt: entry.at,
      state: 'open',
      decidedBy: undefined,
    });
    return { ...state, requests: state.requests.set(id, request) };
  },
  'request.decided': (state, entry) =>
    withRequest(state, entry.about.request, (request) =>
      present<AccessRequest>({
        ...request,
        state: entry.data.granted ? 'granted' : 'declined',
        decidedBy: entry.by.person,
        decidedAt: entry.at,
        decisionReason: entry.data.reason,
      }),
    ),
  'request.withdrawn': (state, entry) =>
    withRequest(state, entry.about.request, (request) => ({ ...request, state: 'withdrawn' })),
} satisfies Evolvers;

export const requestDecide = {
  'ask-access': askAccess,
  'decide-request': decideRequest,
  'withdraw-request': (state, command, asked) => {
    const request = state.requests.get(command.request);
    if (request === undefined) return unknown('request');
    if (request.state !== 'open') return alreadyDone('This request was decided or withdrawn already.');
    const { id, person, project } = request;
    return decided(draft(asked, 'request.withdrawn', project, { request: id, person, project }, {}));
  },
} satisfies Deciders;

function askAccess(state: State, command: CommandOf<'ask-access'>, asked: Asked): Decided {
  const { request, ask, person: id, project: place, engagement, role, until, reason } = command;
  if (state.requests.has(request)) return takenId('request');
  const person = state.people.get(id);
  if (person === undefined) return unknown('person');
  if (person.standing !== 'active') return notActive();
  if (state.projects.get(place)?.standing !== 'live')
    return refused('project-not-live', 'This project is not live.', 'Ask its producer.');
  if (until <= asked.at || until > asked.at + ENGAGEMENT_DAYS_MAX * DAY_MS)
    return badTime('Ask for a time in the future.', 'Choose another end.');
  const no =
    (ask === 'access' ? accessRefusal(state, command) : moreTimeRefusal(state, command, asked.at)) ??
    repeatRefusal(state, command);
  return (
    no ??
    decided(
      draft(
        asked,
        'request.made',
        place,
        { request, person: id, project: place, engagement },
        { ask, role, until, reason },
      ),
    )
  );
}

function accessRefusal(state: State, { role }: CommandOf<'ask-access'>): Refused | undefined {
  const known = role === undefined ? undefined : state.roles.get(role);
  if (known !== undefined && !known.retired && known.scope === 'project') return undefined;
  return refused('unknown-role', 'Name the role that you need on the project.', 'Choose from the list of roles.');
}

function moreTimeRefusal(state: State, command: CommandOf<'ask-access'>, at: number): Refused | undefined {
  const engagement = command.engagement === undefined ? undefined : state.engagements.get(command.engagement);
  if (engagement === undefined || engagement.person !== command.person || engagement.project !== command.project)
    return unknown('engagement');
  if (isOver(engagement, at)) return refused('engagement-over', 'This engagement is over.', 'Ask for access instead.');
  if (command.until > engagement.until) return undefined;
  return badTime('More time ends later than now agreed.', 'Choose a later end.');
}

function repeatRefusal(state: State, command: CommandOf<'ask-access'>): Refused | undefined {
  const open = state.requests.filter((request) => request.person === command.person && request.state === 'open');
  if (
    open.some(({ project, ask, role }) => project === command.project && ask === command.ask && role === command.role)
  ) {
    return refused(
      'already-asked',
      'You have asked for this already.',
      'Wait for the answer, or withdraw the request.',
    );
  }
  if (open.size < OPEN_REQUESTS_PER_PERSON_MAX) return undefined;
  return refused('too-many-requests', 'You have too many open requests.', 'Withdraw some of them.');
}

function decideRequest(state: State, command: CommandOf<'decide-request'>, asked: Asked): Decided {
  const request = state.requests.get(command.request);
  if (request === undefined) return unknown('request');
  if (request.state !== 'open') return alreadyDone('This request was decided or withdrawn already.');
  if (asked.by.person === undefined)
    return refused('needs-person', 'A person has to decide a request.', 'Sign in first.');
  if (asked.by.person === request.person) {
    return refused(
      'own-approval',
      'Nobody approves their own request.',
      'Ask another producer or post supervisor of the project.',
    );
  }
  const { granted, reason } = command;
  const { id, person, project } = request;
  if (!granted)
    return decided(draft(asked, 'request.decided', project, { request: id, person, project }, { granted, reason }));
  const gift = grant(state, command, request, asked);
  if (isRefused(gift)) return gift;
  const engagement = request.ask === 'access' ? command.engagement : request.engagement;
  return decided(
    draft(asked, 'request.decided', project, { request: id, person, project, engagement }, { granted, reason }),
    gift.value,
  );
}

function grant(state: State, command: CommandOf<'decide-request'>, request: AccessRequest, asked: Asked): Decided {
  const { person, project, role, until, engagement } = request;
  if (request.ask === 'more-time') {
    return engagement === undefined
      ? unknown('engagement')
      : extendEngagement(state, { engagement, until, reason: command.reason }, asked);
  }
  if (role === undefined) return unknown('role');
  return giveEngagement(state, { engagement: command.engagement, person, project, role, from: asked.at, until }, asked);
}
