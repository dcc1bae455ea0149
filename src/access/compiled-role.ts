/** A role's grants as a table looked up by action, made once per role. */
import type { Rule } from '#access/rules.ts';
import { isAction, traitsOf } from '#model/actions.ts';
import type { Role } from '#model/state.ts';

export interface CompiledGrant {
  /** Top folders; `undefined` is every folder. */
  readonly folders: ReadonlySet<string> | undefined;
  /** What an answer names when this grant allows. */
  readonly because: readonly Rule[];
}
export type CompiledRole = ReadonlyMap<string, CompiledGrant>;

const cache = new WeakMap<Role, CompiledRole>();

export function compiledRole(role: Role): CompiledRole {
  let compiled = cache.get(role);
  if (compiled === undefined) cache.set(role, (compiled = compile(role)));
  return compiled;
}

function compile(role: Role): CompiledRole {
  return new Map(
    role.grants.map(({ action, folders }) => {
      const where = folders === undefined ? '' : ` in ${folders.join(', ')}`;
      const what = isAction(action) ? traitsOf(action).says : action;
      const because = [{ id: `role:${role.id}`, says: `As ${role.title}: may ${what}${where}.` }];
      return [action, { folders: folders === undefined ? undefined : new Set(folders), because }];
    }),
  );
}
