/** docs/spec/roles.md is the table that decides; `UPDATE_GOLDEN=1` writes it anew. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { renderRoles } from '#access/roles.ts';
import { isAction, traitsOf } from '#model/actions.ts';
import { BUILT_IN, BUILT_IN_NAMES, grantsOf } from '#model/built-in-roles.ts';
import type { Command } from '#model/commands.ts';
import { decide } from '#model/decide.ts';
import { drawWorld } from '#model/drawn-world.ts';
import type { RoleId } from '#std/ids.ts';

const PAGE = new URL('../../docs/spec/roles.md', import.meta.url);

test('the page of roles is the table of roles', () => {
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(PAGE, renderRoles());
  assert.equal(readFileSync(PAGE, 'utf8'), renderRoles());
});

test('every built-in role obeys the rules for custom ones', () => {
  const world = drawWorld();
  for (const name of BUILT_IN_NAMES) {
    const { title, scope } = BUILT_IN[name];
    const command: Command = {
      kind: 'define-role',
      role: `my-${name}` as RoleId,
      title,
      scope,
      grants: [...grantsOf(BUILT_IN[name])],
    }; // a role's id is its name
    assert.equal(decide(world.state, command, { by: {}, at: world.at }).kind, 'ok', name);
  }
});

test('every action is held by some role, or is everybody’s own', () => {
  const held = new Set<string>(BUILT_IN_NAMES.flatMap((name) => grantsOf(BUILT_IN[name]).map(({ action }) => action)));
  const page = renderRoles();
  for (const [, action] of page.matchAll(/^\| `([a-z.-]+)` \| [^|]+ \| (?:file|project|facility) \|/gm)) {
    assert.ok(isAction(action), `${action}`);
    assert.ok(held.has(action) || traitsOf(action).own === true || action === 'clipboard.out', action);
  }
});
