/**
 * The decision as Cedar (cedarpolicy.com), for auditors and as the oracle of our tests: the same role table and the
 * same rules, rendered to a schema and policies. Cedar decides for one holding at a time; somebody may do what any of their holdings
 * may, or what is their own. Time zones are computed outside, because Cedar has none: `weekday`, `yesterday` and `minute` are local.
 *
 * Whoever evaluates this text must treat any error in the diagnostics as a denial: Cedar skips a policy that fails, and a
 * skipped `forbid` would open the door.
 */
import type { ActionTraits } from '#model/actions.ts';
import { ACTIONS, ANYWHERE } from '#model/actions.ts';
import type { Grant } from '#model/events.ts';
import { FACTOR_AGE_MAX_MS } from '#model/limits.ts';
import type { Role } from '#model/state.ts';

const ENTITIES = `\
// What somebody holds: an engagement on a project, or a role of the facility. And the person, for what is everybody's own.
entity Role;
entity Person { id: String, standing: String };
entity FacilityRole in [Role] { person: String, standing: String, nature: String, until: Long };
entity Engagement in [Role] {
  id: String, person: String, standing: String, nature: String, project: String, projectStanding: String, level: String,
  from: Long, until: Long, ended: Bool, held: Bool, nda: Long, training: Long, screening: Long, asksScreening: Bool, zones?: Set<String>,
  hours?: { days: Set<Long>, from: Long, until: Long },
};
// Where: a path of a project's workspace, a project, or the facility (no project). Whose, where it is somebody's.
entity Place { project: String, known: Bool, standing: String, path: String, folder: String, person: String };

type Credential = { id: String, person: String, revoked: Bool, expiresAt: Long, engagement?: String };
// What is in quarantine: machines by their addresses.
type Quarantine = { people: Set<String>, projects: Set<String>, addresses: Set<String>, credentials: Set<String> };
type Now = {
  at: Long, weekday: Long, yesterday: Long, minute: Long, zone?: String, factorAt?: Long, engagement?: String,
  session?: { person: String, until: Long, cut: Bool, project?: String },
  credential?: Credential, sessionCredential?: Credential,
  from?: String, sessionFrom?: String, quarantine: Quarantine,
};
`;

const GROUPS = ['file', 'project', 'facility', 'sensitive', 'closed', 'own', 'changes', 'anywhere'] as const;

export function renderCedarSchema(): string {
  const groups = GROUPS.map((group) => `action "${group}";`).join('\n');
  const rows: readonly (readonly [string, ActionTraits])[] = Object.entries(ACTIONS);
  const actions = rows.map(
    ([action, traits]) =>
      `action "${action}" in [${groupsOf(action, traits)
        .map((group) => `"${group}"`)
        .join(', ')}] ` +
      'appliesTo { principal: [Person, FacilityRole, Engagement], resource: [Place], context: Now };',
  );
  return `${ENTITIES}\n${groups}\n\n${actions.join('\n')}\n`;
}

function groupsOf(action: string, { reach, sensitive, closed, own, changes }: ActionTraits): readonly string[] {
  const anywhere = [...ANYWHERE].some((one) => one === action);
  const named = { sensitive, closed, own, changes, anywhere };
  return [reach, ...Object.entries(named).flatMap(([group, isIn]) => (isIn === true ? [group] : []))];
}

/** Every policy carries the id of the rule that the decision itself names. */
export function renderCedarPolicies(roles: Iterable<Role>): string {
  const sorted = [...roles].filter(({ retired }) => !retired).sort((a, b) => (a.id < b.id ? -1 : 1));
  return `${[...sorted.flatMap(rolePolicies), RULES].join('\n\n')}\n`;
}

/** Grants over the same folders stand in one policy. */
function rolePolicies(role: Role): readonly string[] {
  const byFolders = Map.groupBy(role.grants, (grant) => grant.folders?.join(' ') ?? placeKind(grant));
  return [...byFolders.values()].map((grants, i) => {
    const actions = grants.map(({ action }) => `Action::"${action}"`).join(', ');
    const id = `role:${role.id}#${i + 1}`;
    return `@id("${id}")\npermit (principal in Role::"${role.id}", action in [${actions}], resource)${folderCondition(grants[0])};`;
  });
}

function placeKind({ action }: Grant): string {
  return action.startsWith('file.') || action.startsWith('folder.') ? 'everywhere' : '';
}

/** The root of a workspace can be listed by whoever may list anything; nothing else is done to it. */
function folderCondition(grant: Grant | undefined): string {
  if (grant === undefined || placeKind(grant) === '') return '';
  const inside =
    grant.folders === undefined
      ? 'resource.folder != ""'
      : `[${grant.folders.map((name) => `"${name}"`).join(', ')}].contains(resource.folder)`;
  return `\nwhen { ${inside} || (resource.folder == "" && action == Action::"file.list") }`;
}

const RULES = `\
@id("own")
permit (principal is Person, action in Action::"own", resource)
when {
  resource.person == principal.id ||
  (resource.person == "" && [Action::"credential.add-own", Action::"request.make"].contains(action))
};

@id("person-not-active")
forbid (principal, action, resource)
unless { principal.standing == "active" };

@id("quarantined")
forbid (principal, action, resource)
when {
  (if principal is Person then context.quarantine.people.contains(principal.id)
   else if principal is Engagement then context.quarantine.people.contains(principal.person)
   else principal is FacilityRole && context.quarantine.people.contains(principal.person)) ||
  (context has from && context.quarantine.addresses.contains(context.from)) ||
  (context has sessionFrom && context.quarantine.addresses.contains(context.sessionFrom)) ||
  (context has credential && context.quarantine.credentials.contains(context.credential.id)) ||
  (context has sessionCredential && context.quarantine.credentials.contains(context.sessionCredential.id))
};

@id("quarantined#project")
forbid (principal, action, resource)
when { !(principal is Person) && context.quarantine.projects.contains(resource.project) }
unless { action in Action::"closed" || action in Action::"facility" };

@id("quarantined#anywhere")
forbid (principal is Engagement, action, resource)
when { resource.project == "" && context.quarantine.projects.contains(principal.project) };

@id("role-ended")
forbid (principal is FacilityRole, action, resource)
when { context.at >= principal.until };

@id("engagement-ended")
forbid (principal is Engagement, action, resource)
when { principal.ended || context.at >= principal.until };

@id("engagement-not-begun")
forbid (principal is Engagement, action, resource)
when { context.at < principal.from };

@id("engagement-held")
forbid (principal is Engagement, action, resource)
when { principal.held };

@id("no-engagement")
forbid (principal is Engagement, action, resource)
unless {
  resource.project == principal.project ||
  (resource.project == "" && action in Action::"anywhere" && principal.projectStanding == "live")
};

@id("unknown-project")
forbid (principal, action, resource)
when { !(principal is Person) && (!resource.known || (action in Action::"file" && resource.project == "")) };

@id("project-not-live")
forbid (principal, action, resource)
when { !(principal is Person) && resource.standing != "live" }
unless { action in Action::"closed" || action in Action::"facility" };

@id("path-not-plain")
forbid (principal, action in Action::"file", resource)
when {
  resource.path like "/*" || resource.path like "*//*" ||
  resource.path == "." || resource.path like "./*" || resource.path like "*/." || resource.path like "*/./*" ||
  resource.path == ".." || resource.path like "../*" || resource.path like "*/.." || resource.path like "*/../*"
};

@id("workspace-root")
forbid (principal, action in Action::"changes", resource)
unless { resource.path like "*/*" && (!(resource.path like "*/") || resource.path like "*/*/") };

@id("outside-hours")
forbid (principal is Engagement, action, resource)
when { principal has hours }
unless {
  if principal.hours.from < principal.hours.until
  then principal.hours.days.contains(context.weekday) && principal.hours.from <= context.minute && context.minute < principal.hours.until
  else (principal.hours.days.contains(context.weekday) && context.minute >= principal.hours.from) ||
       (principal.hours.days.contains(context.yesterday) && context.minute < principal.hours.until)
};

@id("zone-not-allowed")
forbid (principal is Engagement, action, resource)
when { principal has zones }
unless { context has zone && principal.zones.contains(context.zone) };

@id("onboarding-missing")
forbid (principal is Engagement, action, resource)
when { principal.level == "high-security" && principal.nature == "human" }
unless {
  principal.nda > context.at && principal.training > context.at &&
  (!principal.asksScreening || principal.screening > context.at)
};

@id("factor-too-old")
forbid (principal, action, resource)
when {
  (principal is Engagement && principal.nature == "human" &&
    (principal.level == "high-security" || action in Action::"sensitive")) ||
  (principal is FacilityRole && principal.nature == "human" && action in Action::"sensitive")
}
unless { context has factorAt && context.at < context.factorAt + ${FACTOR_AGE_MAX_MS} };

@id("session-ended")
forbid (principal, action, resource)
when { context has session }
unless {
  !context.session.cut && context.at < context.session.until &&
  (if principal is Person then context.session.person == principal.id
   else if principal is Engagement then context.session.person == principal.person
   else principal is FacilityRole && context.session.person == principal.person)
};

@id("bound-elsewhere#session")
forbid (principal, action, resource)
when {
  !(principal is Person) && context has session && context.session has project &&
  resource.project != "" && resource.project != context.session.project
};

@id("bound-elsewhere#engagement")
forbid (principal, action, resource)
when { !(principal is Person) && context has engagement }
unless { principal is Engagement && principal.id == context.engagement };

${credentialRules('credential')}

${credentialRules('sessionCredential')}`;

function credentialRules(name: 'credential' | 'sessionCredential'): string {
  return `\
@id("credential-ended#${name}")
forbid (principal, action, resource)
when { context has ${name} }
unless {
  !context.${name}.revoked && context.at < context.${name}.expiresAt &&
  (if principal is Person then context.${name}.person == principal.id
   else if principal is Engagement then context.${name}.person == principal.person
   else principal is FacilityRole && context.${name}.person == principal.person)
};

@id("bound-elsewhere#${name}")
forbid (principal, action, resource)
when { context has ${name} && context.${name} has engagement }
unless { principal is Engagement && principal.id == context.${name}.engagement };`;
}
