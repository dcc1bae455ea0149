/** Engagements: one person in one role on one project from–until. The only source of project access; it always ends. */
import type { Asked, CommandOf } from '#model/commands.ts';
import { endEngagement, isOver, orderCut } from '#model/ending.ts';
import { isLifted } from '#model/facility.ts';
import { DAY_MS, ENGAGEMENT_DAYS_MAX, ENGAGEMENTS_PER_PLACE_MAX } from '#model/limits.ts';
import { alreadyDone, badTime, notActive, takenId, unknown } from '#model/refusals.ts';
import { isProduction, isWrangling } from '#model/role.ts';
import type { Engagement, Indexes, Role, State } from '#model/state.ts';
import { decided, draft, present } from '#model/transition.ts';
import type { Decided, Deciders, Evolvers } from '#model/transition.ts';
import { assert } from '#std/assert.ts';
import type { EngagementId } from '#std/ids.ts';
import type { Refused } from '#std/refused.ts';
import { refused } from '#std/refused.ts';
import { Map as PMap, Set as PSet } from 'immutable';

function withEngagement(
  state: State,
  id: EngagementId | undefined,
  change: (engagement: Engagement) => Engagement,
): State {
  const engagement = id === undefined ? undefined : state.engagements.get(id);
  assert(engagement !== undefined, 'an entry about an engagement names a known one');
  return { ...state, engagements: state.engagements.set(engagement.id, change(engagement)) };
}

export const engagementEvolve = {
  'engagement.given': (state, entry) => {
    const { engagement: id, person, project } = entry.about;
    assert(
      id !== undefined && person !== undefined && project !== undefined,
      'engagement.given names all that it joins',
    );
    const { role, from, until, hours, zones } = entry.data;
    const engagement = present<Engagement>({
      id,
      person,
      project,
      role,
      from,
      until,
      hours,
      zones,
      givenBy: entry.by.person,
      givenAt: entry.at,
      ended: undefined,
      held: false,
      warnedDaysLeft: undefined,
    });
    return { ...state, engagements: state.engagements.set(id, engagement), index: indexed(state.index, engagement) };
  },
  'engagement.extended': (state, entry) =>
    withEngagement(state, entry.about.engagement, (engagement) =>
      present<Engagement>({ ...engagement, until: entry.data.until, warnedDaysLeft: undefined }),
    ),
  'engagement.ended': (state, entry) =>
    withEngagement(state, entry.about.engagement, (engagement) => ({
      ...engagement,
      ended: present<NonNullable<Engagement['ended']>>({
        at: entry.at,
        because: entry.data.because,
        by: entry.by.person,
      }),
    })),
  'engagement.held': (state, entry) =>
    withEngagement(state, entry.about.engagement, (engagement) => ({ ...engagement, held: true })),
  'engagement.released': (state, entry) =>
    withEngagement(state, entry.about.engagement, (engagement) => ({ ...engagement, held: false })),
  'engagement.warned': (state, entry) =>
    withEngagement(state, entry.about.engagement, (engagement) => ({
      ...engagement,
      warnedDaysLeft: entry.data.daysLeft,
    })),
} satisfies Evolvers;

function indexed(index: Indexes, { id, person, project }: Engagement): Indexes {
  const places = index.engagementsOf.get(person) ?? PMap();
  const here = [...(places.get(project) ?? []), id];
  const on = index.engagementsOn.get(project) ?? PSet();
  return {
    ...index,
    engagementsOf: index.engagementsOf.set(person, places.set(project, here)),
    engagementsOn: index.engagementsOn.set(project, on.add(id)),
  };
}

export const engagementDecide = {
  'give-engagement': giveEngagement,
  'extend-engagement': (state, command, asked) => extendEngagement(state, command, asked),
  'end-engagement': (state, command, asked) => {
    const engagement = state.engagements.get(command.engagement);
    if (engagement === undefined) return unknown('engagement');
    if (engagement.ended !== undefined) return alreadyDone('This engagement has ended already.');
    const { because, reason, cut } = command;
    if (because === 'clock' && engagement.until > asked.at)
      return badTime('This engagement is not over yet.', 'End it with a reason.');
    const { id, person, project } = engagement;
    return decided(
      endEngagement(asked, engagement, because, cut, reason),
      orderCut(asked, cut, { kind: 'engagement', engagement: id, person, project }, because, project, reason),
    );
  },
  'warn-engagement': (state, command, asked) => {
    const engagement = state.engagements.get(command.engagement);
    if (engagement === undefined) return unknown('engagement');
    if (isOver(engagement, asked.at)) return alreadyDone('This engagement is over.');
    const { id, person, project, warnedDaysLeft } = engagement;
    if (warnedDaysLeft !== undefined && warnedDaysLeft <= command.daysLeft)
      return alreadyDone('This was warned of already.');
    return decided(
      draft(asked, 'engagement.warned', project, { engagement: id, person, project }, { daysLeft: command.daysLeft }),
    );
  },
} satisfies Deciders;

/** The rules of giving, for the command of that name and for a granted request. */
export function giveEngagement(
  state: State,
  command: Omit<CommandOf<'give-engagement'>, 'kind'>,
  asked: Asked,
): Decided {
  const { engagement, person, project, role, until, hours, zones } = command;
  if (state.engagements.has(engagement)) return takenId('engagement');
  const from = Math.max(command.from, asked.at);
  const no =
    placeRefusal(state, command) ??
    roleRefusal(state, command) ??
    windowRefusal(state, from, until, asked.at) ??
    limitsRefusal(state, command) ??
    selfRefusal(state, person, asked) ??
    dutiesRefusal(state, { ...command, from }, asked.at);
  return (
    no ??
    decided(
      draft(
        asked,
        'engagement.given',
        project,
        { engagement, person, project, role },
        { role, from, until, hours, zones },
      ),
    )
  );
}

export function extendEngagement(
  state: State,
  command: Omit<CommandOf<'extend-engagement'>, 'kind'>,
  asked: Asked,
): Decided {
  const engagement = state.engagements.get(command.engagement);
  if (engagement === undefined) return unknown('engagement');
  const { id, person, project, role } = engagement;
  if (isOver(engagement, asked.at)) return refused('engagement-over', 'This engagement is over.', 'Give a new one.');
  if (command.until <= engagement.until)
    return badTime('An extension ends later than before.', 'End the engagement early instead.');
  const no =
    placeRefusal(state, engagement) ??
    roleRefusal(state, engagement) ??
    windowRefusal(state, asked.at, command.until, asked.at) ??
    selfRefusal(state, person, asked) ??
    dutiesRefusal(state, { ...engagement, engagement: id, until: command.until }, asked.at);
  if (no !== undefined) return no;
  const { until, reason } = command;
  return decided(
    draft(asked, 'engagement.extended', project, { engagement: id, person, project, role }, { until, reason }),
  );
}

type Place = Pick<Engagement, 'person' | 'project' | 'role'>;

function placeRefusal(state: State, place: Place): Refused | undefined {
  const project = state.projects.get(place.project);
  if (project === undefined) return unknown('project');
  if (project.standing !== 'live') {
    return refused(
      'project-not-live',
      `This project is ${project.standing}.`,
      'Ask the owner or the security lead to reopen it.',
    );
  }
  const person = state.people.get(place.person);
  if (person === undefined) return unknown('person');
  return person.standing === 'active' ? undefined : notActive();
}

function roleRefusal(state: State, place: Place): Refused | undefined {
  const role = state.roles.get(place.role);
  if (role === undefined || role.retired)
    return refused('unknown-role', `There is no role "${place.role}".`, 'Choose from the list of roles.');
  if (role.scope !== 'project')
    return refused('role-scope', `"${role.title}" is a role of the facility.`, 'Give it as a facility role.');
  const isService = state.people.get(place.person)?.nature === 'service';
  if (!isService || !(isProduction(role) || role.grants.some(({ action }) => action.startsWith('engagement.'))))
    return undefined;
  return refused(
    'not-for-services',
    'A service account neither sits at a seat nor gives access.',
    'Give it a service role.',
  );
}

function windowRefusal(state: State, from: number, until: number, at: number): Refused | undefined {
  if (until <= from || until <= at)
    return badTime('An engagement ends after it begins, and in the future.', 'Choose a later end.');
  const days = state.facility?.maxEngagementDays ?? ENGAGEMENT_DAYS_MAX;
  if (until - from <= days * DAY_MS && from <= at + days * DAY_MS) return undefined;
  return refused(
    'too-long',
    `An engagement lasts at most ${days} days.`,
    'Choose an earlier end; it can be extended later.',
  );
}

function limitsRefusal(state: State, command: Omit<CommandOf<'give-engagement'>, 'kind'>): Refused | undefined {
  const { hours, zones, person, project } = command;
  if (hours !== undefined && hours.from === hours.until)
    return badTime('Daily hours begin and end at different times.', 'Choose other hours.');
  if (zones?.length === 0)
    return refused('no-zones', 'A list of zones names at least one.', 'Leave the zones out to allow all.');
  if (zones?.some((zone) => !state.zones.has(zone)) === true) return unknown('zone');
  const here = state.index.engagementsOf.get(person)?.get(project)?.length ?? 0;
  if (here < ENGAGEMENTS_PER_PLACE_MAX) return undefined;
  return refused(
    'too-many-engagements',
    'This person has had too many engagements on this project.',
    'Extend the present one instead.',
  );
}

function selfRefusal(state: State, person: Engagement['person'], asked: Asked): Refused | undefined {
  if (asked.by.person !== person || isLifted(state, 'self-grant', person, asked.at)) return undefined;
  return refused(
    'self-grant',
    'Nobody gives themselves access.',
    'Ask another owner, producer or post supervisor of the project.',
  );
}

type Span = Place & { readonly engagement: EngagementId; readonly from: number; readonly until: number };

/** Separation of duties, both ways: moving content over the border, or working on it, never both on one project. */
function dutiesRefusal(state: State, next: Span, at: number): Refused | undefined {
  const role = state.roles.get(next.role);
  if (role === undefined || isLifted(state, 'wrangler-and-production', next.person, at)) return undefined;
  const others = state.index.engagementsOf.get(next.person)?.get(next.project) ?? [];
  const held = others.flatMap((id) => state.engagements.get(id) ?? []).filter((other) => doOverlap(next, other, at));
  const roles = [role, ...held.flatMap((other) => state.roles.get(other.role) ?? [])];
  return roles.some((other) => doClash(role, other)) ? clash() : undefined;
}

function doOverlap(next: Span, other: Engagement, at: number): boolean {
  return other.id !== next.engagement && !isOver(other, at) && other.from < next.until && next.from < other.until;
}

function doClash(one: Role, other: Role): boolean {
  return (isWrangling(one) && isProduction(other)) || (isProduction(one) && isWrangling(other));
}

function clash(): Refused {
  return refused(
    'separation-of-duties',
    'A data wrangler holds no production role on the same project.',
    'Give one of the roles to somebody else, or end the other engagement first.',
  );
}
