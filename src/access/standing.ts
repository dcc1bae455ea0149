/**
 * Standing access: who holds what, wherever and whenever they use it. Hours, zones and second factors, which people can meet at
 * will, are taken as met and named as conditions. Computed from the holdings, exactly as `couldPermit` answers for every
 * person × project × action; a test holds the two together.
 */
import { onboardedUntil } from '#access/onboarding.ts';
import { compiledRole } from '#access/compiled-role.ts';
import type { Target } from '#access/permits.ts';
import { couldPermit } from '#access/permits.ts';
import { DENIALS } from '#access/rules.ts';
import type { Rule } from '#access/rules.ts';
import { isContained, isProjectContained } from '#model/containment.ts';
import type { Action } from '#model/actions.ts';
import { ACTIONS, ANYWHERE, isAction, traitsOf } from '#model/actions.ts';
import { engagementsOf } from '#model/ending.ts';
import type { Engagement, Person, Project, Role, State } from '#model/state.ts';
import type { Hours } from '#model/events.ts';
import type { EngagementId, PersonId, ProjectId, RoleId, ZoneId } from '#std/ids.ts';

/** One thing that somebody holds: a role, on a project or (when there is none) over the facility. */
export interface Holding {
  readonly person: PersonId;
  readonly role: RoleId;
  readonly title: string;
  readonly project: ProjectId | undefined;
  readonly engagement: EngagementId | undefined;
  readonly from: number;
  readonly until: number;
  readonly hours: Hours | undefined;
  readonly zones: readonly ZoneId[] | undefined;
  /** What it lets the person do at the moment asked about. */
  readonly actions: readonly HeldAction[];
  /** Why it lets the person do nothing at that moment, if so. */
  readonly blockedBy: Rule | undefined;
}

export interface HeldAction {
  readonly action: Action;
  /** Top folders; every folder when absent. */
  readonly folders: readonly string[] | undefined;
}

/** Every holding of a person that is not over: live, to begin later, and blocked ones with the reason. */
export function whatCan(state: State, who: PersonId, at: number): readonly Holding[] {
  const person = state.people.get(who);
  if (person === undefined) return [];
  return [
    ...person.roles.filter(({ until }) => until > at).flatMap((held) => facilityHolding(state, person, held)),
    ...engagementsOf(state, who)
      .filter(({ ended, until }) => ended === undefined && until > at)
      .flatMap((engagement) => engagementHolding(state, person, engagement, at)),
  ];
}

export interface Holder {
  readonly person: PersonId;
  readonly role: RoleId;
  readonly engagement: EngagementId | undefined;
  readonly until: number;
  readonly hours: Hours | undefined;
  readonly zones: readonly ZoneId[] | undefined;
}

/** Everybody who can do this here at this time, with the holding that lasts longest; sorted by person. */
export function whoCan(state: State, action: Action, on: Omit<Target, 'person'>, at: number): readonly Holder[] {
  const holders: Holder[] = [];
  for (const who of candidates(state, on.project)) {
    const decision = couldPermit(state, { who, action, on, context: {} }, at);
    if (!decision.allow || decision.role === undefined) continue;
    const engagement = decision.engagement === undefined ? undefined : state.engagements.get(decision.engagement);
    holders.push({
      person: who,
      role: decision.role,
      engagement: decision.engagement,
      until: decision.until,
      hours: engagement?.hours,
      zones: engagement?.zones,
    });
  }
  return holders.sort((a, b) => (a.person < b.person ? -1 : 1));
}

/** Only who holds a facility role or was ever on the project can be let in by anything. */
function candidates(state: State, project: ProjectId | undefined): ReadonlySet<PersonId> {
  const found = new Set<PersonId>();
  for (const person of state.people.values())
    if (person.roles.length > 0 || project === undefined) found.add(person.id);
  for (const id of (project === undefined ? undefined : state.index.engagementsOn.get(project)) ?? []) {
    const engagement = state.engagements.get(id);
    if (engagement !== undefined) found.add(engagement.person);
  }
  return found;
}

/** One person on one project (or over the facility): every action that is possible, with the folders for file actions. */
export interface StandingRow {
  readonly person: PersonId;
  readonly project: ProjectId | undefined;
  readonly actions: ReadonlyMap<Action, ReadonlySet<string> | 'everywhere'>;
}

export interface StandingReport {
  readonly at: number;
  readonly people: number;
  readonly projects: number;
  readonly actions: number;
  /** Sorted by person, then project; a pair without a row can do nothing. */
  readonly rows: readonly StandingRow[];
  /** Person × project × action combinations that are possible. */
  readonly possible: number;
}

/** Over every person × project × action. */
export function standingAccess(state: State, at: number): StandingReport {
  const rows: StandingRow[] = [];
  for (const who of state.people.keys()) rows.push(...standingOf(state, who, at));
  rows.sort((a, b) => compare(a.person, b.person) || compare(a.project ?? '', b.project ?? ''));
  const possible = rows.reduce((sum, row) => sum + row.actions.size, 0);
  return {
    at,
    people: state.people.size,
    projects: state.projects.size,
    actions: Object.keys(ACTIONS).length,
    rows,
    possible,
  };
}

/** The rows of one person. */
export function standingOf(state: State, who: PersonId, at: number): readonly StandingRow[] {
  const person = state.people.get(who);
  if (person === undefined || person.standing !== 'active' || isContained(state, { person: who })) return [];
  return rowsOf(state, person, at);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

type Reach = Map<Action, Set<string> | 'everywhere'>;

function rowsOf(state: State, person: Person, at: number): readonly StandingRow[] {
  const places: Places = new Map();
  for (const { role: id, until } of person.roles) {
    const role = until > at ? liveRole(state, id) : undefined;
    if (role === undefined) continue;
    add(places, undefined, role, isFacilityWide);
    for (const project of state.projects.values())
      add(places, project.id, role, (one) => isOnProject(state, one, project));
  }
  for (const engagement of engagementsOf(state, person.id)) addEngagement(places, state, person, engagement, at);
  return [...places].flatMap(([project, actions]) =>
    actions.size === 0 ? [] : [{ person: person.id, project, actions }],
  );
}

type Places = Map<ProjectId | undefined, Reach>;

function addEngagement(places: Places, state: State, person: Person, engagement: Engagement, at: number): void {
  const project = state.projects.get(engagement.project);
  const role = liveRole(state, engagement.role);
  if (project === undefined || role === undefined) return;
  if (blockOf(state, person, project, engagement, at) !== undefined) return;
  add(places, project.id, role, (action) => isOnProject(state, action, project));
  if (project.standing === 'live' && !isProjectContained(state, project.id))
    add(places, undefined, role, (action) => ANYWHERE.has(action));
}

function add(
  places: Map<ProjectId | undefined, Reach>,
  at: ProjectId | undefined,
  role: Role,
  isHere: (action: Action) => boolean,
): void {
  let reach = places.get(at);
  if (reach === undefined) places.set(at, (reach = new Map()));
  for (const [action, { folders }] of compiledRole(role)) {
    if (!isAction(action) || !isHere(action)) continue;
    const before = reach.get(action);
    if (before === 'everywhere' || folders === undefined) reach.set(action, 'everywhere');
    else reach.set(action, before === undefined ? new Set(folders) : before.union(folders));
  }
}

/** Over the facility a role does everything but files, which are reached through projects. */
function isFacilityWide(action: Action): boolean {
  return traitsOf(action).reach !== 'file';
}

function isOnProject(state: State, action: Action, project: Project): boolean {
  const { reach, closed } = traitsOf(action);
  if (reach === 'facility') return ANYWHERE.has(action);
  if (closed !== true && isProjectContained(state, project.id)) return false;
  return project.standing === 'live' || closed === true;
}

function liveRole(state: State, id: RoleId): Role | undefined {
  const role = state.roles.get(id);
  return role === undefined || role.retired ? undefined : role;
}

/** Why an engagement gives nothing at a time, if so; the conditions that a person cannot meet at will. */
function blockOf(state: State, person: Person, project: Project, engagement: Engagement, at: number): Rule | undefined {
  const noPerson = personRule(state, person);
  if (noPerson !== undefined) return noPerson;
  if (engagement.ended !== undefined || engagement.until <= at) return DENIALS['engagement-ended'];
  if (engagement.held) return DENIALS['engagement-held'];
  if (engagement.from > at) return DENIALS['engagement-not-begun'];
  const isGuarded = project.level === 'high-security' && person.nature === 'human';
  return isGuarded && onboardedUntil(state, person) <= at ? DENIALS['onboarding-missing'] : undefined;
}

function facilityHolding(state: State, person: Person, held: Person['roles'][number]): readonly Holding[] {
  const role = state.roles.get(held.role);
  if (role === undefined) return [];
  const blockedBy = personRule(state, person) ?? retiredRule(role);
  const none = { project: undefined, engagement: undefined, hours: undefined, zones: undefined };
  const actions = blockedBy === undefined ? heldActions(role, () => true) : [];
  return [
    { person: person.id, role: role.id, title: role.title, ...none, from: 0, until: held.until, actions, blockedBy },
  ];
}

function engagementHolding(state: State, person: Person, engagement: Engagement, at: number): readonly Holding[] {
  const role = state.roles.get(engagement.role);
  const project = state.projects.get(engagement.project);
  if (role === undefined || project === undefined) return [];
  const blockedBy =
    blockOf(state, person, project, engagement, at) ?? retiredRule(role) ?? standingRule(state, project);
  const actions =
    blockedBy === undefined || blockedBy === DENIALS['project-not-live']
      ? heldActions(role, (action) => isOnProject(state, action, project))
      : [];
  const { id, from, until, hours, zones } = engagement;
  return [
    {
      person: person.id,
      role: role.id,
      title: role.title,
      project: project.id,
      engagement: id,
      from,
      until,
      hours,
      zones,
      actions,
      blockedBy,
    },
  ];
}

function personRule(state: State, { id, standing }: Person): Rule | undefined {
  if (standing !== 'active') return DENIALS['person-not-active'];
  return isContained(state, { person: id }) ? DENIALS.quarantined : undefined;
}

function retiredRule(role: Role): Rule | undefined {
  return role.retired ? DENIALS['role-retired'] : undefined;
}

function standingRule(state: State, project: Project): Rule | undefined {
  if (isProjectContained(state, project.id)) return DENIALS.quarantined;
  return project.standing === 'live' ? undefined : DENIALS['project-not-live'];
}

function heldActions(role: Role, isHeld: (action: Action) => boolean): readonly HeldAction[] {
  return role.grants.flatMap(({ action, folders }) =>
    isAction(action) && isHeld(action) ? [{ action, folders }] : [],
  );
}
