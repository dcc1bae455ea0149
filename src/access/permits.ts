/**
 * The decision: may this person do this now, why, and until when does the answer hold?
 *
 * Total, pure, and closed by default: an answer is yes only when one holding (an engagement, or a facility role) meets every
 * condition and nothing forbids. `until` is the first instant at which the answer could change with no further
 * entry in the ledger: never later than that, always later than `at`.
 */
import { zoneOf } from '#access/address.ts';
import type { Binding, Context } from '#access/binding.ts';
import { bind } from '#access/binding.ts';
import type { CompiledGrant } from '#access/compiled-role.ts';
import { isWithin, nextChange } from '#access/hours.ts';
import { engagementsAt, liveRoleOf, personOf, projectOf } from '#access/lookup.ts';
import { onboardedUntil } from '#access/onboarding.ts';
import type { Denial, DenialId, Rule } from '#access/rules.ts';
import { DENIALS, OWN, RANKED } from '#access/rules.ts';
import type { Action, ActionTraits } from '#model/actions.ts';
import { ANYWHERE, traitsOf } from '#model/actions.ts';
import { isProjectContained } from '#model/containment.ts';
import { engagementsOf } from '#model/ending.ts';
import { FACTOR_AGE_MAX_MS, TIME_MAX } from '#model/limits.ts';
import type { Engagement, FacilityRole, Person, Project, State } from '#model/state.ts';
import type { EngagementId, PersonId, ProjectId, RoleId } from '#std/ids.ts';
import type { Refused } from '#std/refused.ts';
import { refused } from '#std/refused.ts';

export interface Target {
  readonly project?: ProjectId | undefined;
  /** Beneath the workspace, `/`-separated; the empty path is its root. */
  readonly path?: string | undefined;
  /** Whose person, credential, session or engagement it is: everybody may do `own` actions for themselves. */
  readonly person?: PersonId | undefined;
}

export interface AccessQuestion {
  readonly who: PersonId;
  readonly action: Action;
  readonly on: Target;
  readonly context: Context;
}

export interface Decision {
  readonly allow: boolean;
  /** The rules that allow, or the one rule that is missed by the least. */
  readonly because: readonly Rule[];
  /** In (at, TIME_MAX]. */
  readonly until: number;
  /** The engagement that allows, for the ledger. */
  readonly engagement: EngagementId | undefined;
  readonly role: RoleId | undefined;
}

/** The work sheet of one decision: what was looked up, and the best answer so far. */
interface Sheet {
  readonly state: State;
  readonly at: number;
  readonly action: Action;
  readonly traits: ActionTraits;
  readonly person: Person;
  readonly project: Project | undefined;
  readonly folder: string;
  readonly binding: Binding;
  readonly context: Context;
  /** Standing access: hours, place and second factor, which people can meet at will, are taken as met. */
  readonly ideal: boolean;
  /** The nearest miss, and when a miss could turn by itself. */
  miss: Denial;
  retryAt: number;
  /** The longest-lasting yes. */
  grant: CompiledGrant | undefined;
  grantedUntil: number;
  engagement: EngagementId | undefined;
  role: RoleId | undefined;
}

export function permits(state: State, question: AccessQuestion, at: number): Decision {
  return answer(state, question, at, false);
}

/** As `permits`, with hours, zone and second factor taken as met: what somebody holds, wherever and whenever they are. */
export function couldPermit(state: State, question: AccessQuestion, at: number): Decision {
  return answer(state, question, at, true);
}

/** A denial as the refusal that people see; its code is the rule's id. */
export function refusalOf(decision: Decision): Refused {
  const rule: Rule = decision.because[0] ?? DENIALS['no-engagement'];
  return refused(rule.id, rule.says, rule.ask);
}

function answer(state: State, question: AccessQuestion, at: number, ideal: boolean): Decision {
  const { who, action, on, context } = question;
  const person = personOf(state, who);
  if (person === undefined) return DENIED['unknown-person'];
  if (person.standing !== 'active') return DENIED['person-not-active'];
  const binding = bind(state, who, context, at);
  if (binding.denial !== undefined) return DENIED[binding.denial];
  const traits = traitsOf(action);
  if (traits.own === true && !binding.isToken && isOwn(question)) {
    return { allow: true, because: OWNS, until: binding.until, engagement: undefined, role: undefined };
  }
  const project = on.project === undefined ? undefined : projectOf(state, on.project);
  const forbidden = placeDenial(state, on, project, traits, binding);
  if (forbidden !== undefined) return DENIED[forbidden];
  const sheet: Sheet = {
    state,
    at,
    action,
    traits,
    person,
    project,
    folder: topFolder(on.path),
    binding,
    context,
    ideal,
    miss: RANKED['no-engagement'],
    retryAt: TIME_MAX,
    grant: undefined,
    grantedUntil: 0,
    engagement: undefined,
    role: undefined,
  };
  return throughHoldings(sheet);
}

const OWNS: readonly Rule[] = [OWN];

/** An `own` action with nobody named is about oneself. */
function isOwn({ who, on, action }: AccessQuestion): boolean {
  if (on.person !== undefined) return on.person === who;
  return action === 'credential.add-own' || action === 'request.make';
}

/** What forbids, whatever somebody holds. */
function placeDenial(
  state: State,
  on: Target,
  project: Project | undefined,
  traits: ActionTraits,
  binding: Binding,
): DenialId | undefined {
  if (on.project === undefined) return traits.reach === 'file' ? 'unknown-project' : undefined;
  if (project === undefined) return 'unknown-project';
  // What stays possible on a closed project stays so in quarantine: seeing, ending, and the ledger.
  if (traits.closed !== true && traits.reach !== 'facility' && isProjectContained(state, project.id))
    return 'quarantined';
  if (binding.project !== undefined && binding.project !== project.id) return 'bound-elsewhere';
  if (project.standing !== 'live' && traits.closed !== true && traits.reach !== 'facility') return 'project-not-live';
  return traits.reach === 'file' ? pathDenial(on.path ?? '', traits) : undefined;
}

/** Gates resolve paths; an odd one that reaches this place is refused rather than understood. */
function pathDenial(path: string, traits: ActionTraits): DenialId | undefined {
  const first = path.charCodeAt(0);
  if (first === SLASH || path.includes('//')) return 'path-not-plain';
  const mayHaveDots = first === DOT || path.includes('/.');
  if (mayHaveDots && /(^|\/)\.{1,2}(\/|$)/.test(path)) return 'path-not-plain';
  if (traits.changes !== true) return undefined;
  const slash = path.indexOf('/');
  return slash === -1 || slash === path.length - 1 ? 'workspace-root' : undefined;
}

const SLASH = 47;
const DOT = 46;

function topFolder(path: string | undefined): string {
  if (path === undefined) return '';
  const slash = path.indexOf('/');
  return slash === -1 ? path : path.slice(0, slash);
}

function throughHoldings(sheet: Sheet): Decision {
  const { state, person, project, binding, action } = sheet;
  if (binding.engagement === undefined) for (const role of person.roles) tryFacilityRole(sheet, role);
  if (project !== undefined) tryEngagements(sheet, engagementsAt(state, person.id, project.id));
  else if (ANYWHERE.has(action)) tryEngagements(sheet, engagementsOf(state, person.id));
  const { grant } = sheet;
  if (grant === undefined) return denied(sheet.miss.id, Math.min(sheet.retryAt, binding.until));
  const until = Math.min(sheet.grantedUntil, binding.until);
  return { allow: true, because: grant.because, until, engagement: sheet.engagement, role: sheet.role };
}

function tryEngagements(sheet: Sheet, engagements: readonly Engagement[]): void {
  const only = sheet.binding.engagement;
  for (const engagement of engagements) {
    if (only !== undefined && only !== engagement.id) missed(sheet, RANKED['bound-elsewhere'], TIME_MAX);
    else tryEngagement(sheet, engagement);
  }
}

function tryFacilityRole(sheet: Sheet, { role: id, until }: FacilityRole): void {
  if (until <= sheet.at) return missed(sheet, RANKED['role-ended'], TIME_MAX);
  const grant = grantOf(sheet, id);
  if (grant === undefined) return undefined;
  const factor = factorUntil(sheet, sheet.traits.sensitive === true);
  if (factor <= sheet.at) return missed(sheet, RANKED['factor-too-old'], TIME_MAX);
  return granted(sheet, grant, Math.min(until, factor), undefined, id);
}

function tryEngagement(sheet: Sheet, engagement: Engagement): void {
  const { at } = sheet;
  if (engagement.ended !== undefined || engagement.until <= at)
    return missed(sheet, RANKED['engagement-ended'], TIME_MAX);
  if (engagement.held) return missed(sheet, RANKED['engagement-held'], TIME_MAX);
  const grant = grantOf(sheet, engagement.role);
  if (grant === undefined) return undefined;
  if (grant.folders !== undefined && sheet.folder !== '' && !grant.folders.has(sheet.folder)) {
    return missed(sheet, RANKED['folder-not-in-role'], TIME_MAX);
  }
  if (sheet.folder === '' && sheet.traits.reach === 'file' && sheet.action !== 'file.list')
    return missed(sheet, RANKED['folder-not-in-role'], TIME_MAX);
  if (engagement.from > at) return missed(sheet, RANKED['engagement-not-begun'], engagement.from);
  return tryConditions(sheet, engagement, grant);
}

function tryConditions(sheet: Sheet, engagement: Engagement, grant: CompiledGrant): void {
  const { at, traits, person } = sheet;
  // A role's `anywhere` action asks about no project: the engagement's own one counts.
  const project = sheet.project ?? projectOf(sheet.state, engagement.project);
  if (project === undefined || (project.standing !== 'live' && sheet.project === undefined))
    return missed(sheet, RANKED['project-not-live'], TIME_MAX);
  if (sheet.project === undefined && isProjectContained(sheet.state, project.id))
    return missed(sheet, RANKED.quarantined, TIME_MAX);
  const isGuarded = project.level === 'high-security' && person.nature === 'human';
  const onboarded = isGuarded ? onboardedUntil(sheet.state, person) : TIME_MAX;
  if (onboarded <= at) return missed(sheet, RANKED['onboarding-missing'], TIME_MAX);
  const window = hoursUntil(sheet, engagement);
  if (window < 0) return missed(sheet, RANKED['outside-hours'], -window);
  if (!isPlaceAllowed(sheet, engagement)) return missed(sheet, RANKED['zone-not-allowed'], TIME_MAX);
  const factor = factorUntil(sheet, traits.sensitive === true || isGuarded);
  if (factor <= at) return missed(sheet, RANKED['factor-too-old'], TIME_MAX);
  return granted(sheet, grant, Math.min(engagement.until, onboarded, window, factor), engagement.id, engagement.role);
}

function grantOf(sheet: Sheet, id: RoleId): CompiledGrant | undefined {
  const role = liveRoleOf(sheet.state, id);
  const grant = role?.get(sheet.action);
  if (grant === undefined)
    missed(sheet, role === undefined ? RANKED['role-retired'] : RANKED['role-lacks-action'], TIME_MAX);
  return grant;
}

/** Until when the daily hours allow; negative: until when they do not. */
function hoursUntil({ ideal, state, at }: Sheet, { hours }: Engagement): number {
  if (hours === undefined || ideal) return TIME_MAX;
  const timeZone = state.facility?.timeZone ?? 'UTC';
  const change = nextChange(hours, timeZone, at);
  return isWithin(hours, timeZone, at) ? change : -change;
}

function isPlaceAllowed({ ideal, state, context }: Sheet, { zones }: Engagement): boolean {
  if (zones === undefined || ideal) return true;
  const zone = context.zone ?? (context.from === undefined ? undefined : zoneOf(state, context.from));
  return zone !== undefined && zones.includes(zone);
}

/** When the second factor is too old; machines have none and need none. */
function factorUntil({ ideal, binding, person }: Sheet, isNeeded: boolean): number {
  if (!isNeeded || ideal || person.nature === 'service') return TIME_MAX;
  return binding.factorAt === undefined ? 0 : binding.factorAt + FACTOR_AGE_MAX_MS;
}

function granted(
  sheet: Sheet,
  grant: CompiledGrant,
  until: number,
  engagement: EngagementId | undefined,
  role: RoleId,
): void {
  if (until <= sheet.grantedUntil) return;
  sheet.grant = grant;
  sheet.grantedUntil = until;
  sheet.engagement = engagement;
  sheet.role = role;
}

function missed(sheet: Sheet, denial: Denial, retryAt: number): void {
  if (denial.rank > sheet.miss.rank) sheet.miss = denial;
  if (retryAt < sheet.retryAt) sheet.retryAt = retryAt;
}

function denial(id: DenialId, until: number): Decision {
  return { allow: false, because: [DENIALS[id]], until, engagement: undefined, role: undefined };
}

/** Answers that only an entry can change. */
const DENIED = Object.fromEntries(Object.keys(DENIALS).map((id) => [id, denial(id as DenialId, TIME_MAX)])) as {
  readonly [Id in DenialId]: Decision; // one member for each key of the table
};

function denied(id: DenialId, until: number): Decision {
  return until === TIME_MAX ? DENIED[id] : { ...DENIED[id], until };
}
