/** Roles: the built-in ones are recorded when the facility begins; custom ones are data like them. */
import type { Asked } from '#model/commands.ts';
import type { Grant } from '#model/events.ts';
import type { RoleId } from '#std/ids.ts';
import type { Role, State } from '#model/state.ts';
import { isAction, traitsOf } from '#model/actions.ts';
import { isBuiltIn } from '#model/built-in-roles.ts';
import { liveEngagementsOf } from '#model/ending.ts';
import { isLifted } from '#model/facility.ts';
import { alreadyDone, unknown } from '#model/refusals.ts';
import { decided, draft } from '#model/transition.ts';
import type { Deciders, Evolvers } from '#model/transition.ts';
import { assert } from '#std/assert.ts';
import type { Refused } from '#std/refused.ts';
import { refused } from '#std/refused.ts';

export function holds(role: Role, action: string): boolean {
  return role.grants.some((grant) => grant.action === action);
}

/** Moving content over the border and working on it are separate duties. */
export function isWrangling(role: Role): boolean {
  return holds(role, 'drive.check-out');
}
export function isProduction(role: Role): boolean {
  return holds(role, 'desktop.open') || holds(role, 'share.open');
}
/** A role whose holder can put further people on the project. */
export function isLeading(role: Role): boolean {
  return holds(role, 'engagement.give') || holds(role, 'engagement.give-lead');
}

export const roleEvolve = {
  'role.defined': (state, entry) => {
    const id = entry.about.role;
    assert(id !== undefined, 'role.defined names its role');
    return { ...state, roles: state.roles.set(id, { id, ...entry.data, builtIn: isBuiltIn(id), retired: false }) };
  },
  'role.retired': (state, entry) => {
    const id = entry.about.role;
    const role = id === undefined ? undefined : state.roles.get(id);
    assert(role !== undefined, 'role.retired names a known role');
    return { ...state, roles: state.roles.set(role.id, { ...role, retired: true }) };
  },
} satisfies Evolvers;

export const roleDecide = {
  'define-role': (state, command, asked) => {
    const { role, title, scope, grants } = command;
    const no =
      builtInRefusal(role, asked) ??
      scopeRefusal(state, role, scope) ??
      grantsRefusal(grants, scope) ??
      holderRefusal(state, role, asked);
    return no ?? decided(draft(asked, 'role.defined', 'facility', { role }, { title, scope, grants }));
  },
  'retire-role': (state, command, asked) => {
    const role = state.roles.get(command.role);
    if (role === undefined) return unknown('role');
    const no = builtInRefusal(command.role, asked);
    if (no !== undefined) return no;
    if (role.retired) return alreadyDone('This role was already retired.');
    return decided(draft(asked, 'role.retired', 'facility', { role: role.id }, {}));
  },
} satisfies Deciders;

/** Built-in roles change with a release only: the clock records what the release brings. */
function builtInRefusal(role: RoleId, asked: Asked): Refused | undefined {
  if (!isBuiltIn(role) || asked.by.service === 'clock') return undefined;
  return refused('built-in-role', 'Built-in roles cannot be changed.', 'Define a role of your own with another name.');
}

/** Whoever defines roles would otherwise widen the one in their own hands. */
function holderRefusal(state: State, role: RoleId, { by, at }: Asked): Refused | undefined {
  const person = by.person === undefined ? undefined : state.people.get(by.person);
  if (person === undefined || isLifted(state, 'self-grant', person.id, at)) return undefined;
  const isHeld =
    person.roles.some((held) => held.role === role && held.until > at) ||
    liveEngagementsOf(state, person.id, at).some((engagement) => engagement.role === role);
  return isHeld
    ? refused('self-grant', 'Nobody changes a role that they hold.', 'Ask somebody else who defines roles.')
    : undefined;
}

function scopeRefusal(state: State, role: RoleId, scope: Role['scope']): Refused | undefined {
  const known = state.roles.get(role);
  if (known === undefined || known.scope === scope) return undefined;
  return refused('scope-fixed', 'A role stays of the facility or of projects for good.', 'Define a new role instead.');
}

function grantsRefusal(grants: readonly Grant[], scope: Role['scope']): Refused | undefined {
  const seen = new Set<string>();
  for (const { action, folders } of grants) {
    if (!isAction(action))
      return refused('unknown-action', `There is no action "${action}".`, 'Choose from the table of actions.');
    if (seen.has(action))
      return refused('action-twice', `"${action}" is named twice.`, 'Name each action once, with all of its folders.');
    seen.add(action);
    const { reach } = traitsOf(action);
    if (folders !== undefined && reach !== 'file') {
      return refused('folders-on-wrong-action', `"${action}" is not about files.`, 'Leave the folders out.');
    }
    if (scope === 'facility' && reach === 'file') {
      return refused(
        'files-need-project',
        'Files are reached through projects only.',
        'Put file actions into a project role.',
      );
    }
    if (scope === 'project' && reach === 'facility' && action !== 'person.see' && action !== 'person.invite') {
      return refused('facility-action', `"${action}" is about the whole facility.`, 'Put it into a facility role.');
    }
  }
  return undefined;
}
