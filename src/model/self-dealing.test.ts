/** Nobody gives themselves rights, by whatever way round: the attacks that an administrator would try. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Command } from '#model/commands.ts';
import { decide } from '#model/decide.ts';
import type { By } from '#model/events.ts';
import { addPerson, addProject, ask, drawWorld, engage, newId } from '#model/drawn-world.ts';
import type { DrawnWorld } from '#model/drawn-world.ts';
import { DAY_MS } from '#model/limits.ts';
import type { PersonId, RoleId } from '#std/ids.ts';

function verdict(world: DrawnWorld, command: Command, by: By): string {
  const outcome = decide(world.state, command, { by, at: world.at });
  return outcome.kind === 'ok' ? 'yes' : outcome.code;
}

function exception(world: DrawnWorld, person?: PersonId): Command {
  return {
    kind: 'record-exception',
    exception: newId(world, 'exception'),
    rule: 'self-grant',
    reason: 'urgent',
    until: world.at + DAY_MS,
    ...(person === undefined ? {} : { person }),
  };
}

test('nobody lifts a rule for themselves, nor for everybody', () => {
  const world = drawWorld();
  const lead = addPerson(world, ['security-lead']);
  const other = addPerson(world, ['owner']);
  assert.equal(verdict(world, exception(world, lead), { person: lead }), 'own-exception');
  assert.equal(verdict(world, exception(world), { person: lead }), 'own-exception', 'everybody is also her');
  assert.equal(verdict(world, exception(world, other), { person: lead }), 'yes');
  assert.equal(verdict(world, exception(world, lead), { person: other }), 'yes');
  assert.equal(verdict(world, exception(world, lead), { service: 'console' }), 'yes');
  assert.equal(verdict(world, exception(world), { person: world.owner }), 'yes', 'a facility of one has nobody to ask');
});

test('nobody widens a role that they hold', () => {
  const world = drawWorld();
  const define = (role: string, scope: 'facility' | 'project', action: string): Command => ({
    kind: 'define-role',
    role: role as RoleId, // a role's id is its name
    title: role,
    scope,
    grants: [{ action }],
  });
  ask(world, define('librarian', 'facility', 'facility.see'));
  ask(world, define('runner', 'project', 'project.see'));
  const lead = addPerson(world, ['security-lead', 'librarian']);
  const other = addPerson(world, ['security-lead']);
  engage(world, lead, addProject(world, 'alpha'), 'runner');
  assert.equal(verdict(world, define('librarian', 'facility', 'project.create'), { person: lead }), 'self-grant');
  assert.equal(verdict(world, define('runner', 'project', 'file.read'), { person: lead }), 'self-grant');
  assert.equal(verdict(world, define('runner', 'project', 'file.read'), { person: other }), 'yes');
  assert.equal(verdict(world, define('driver', 'project', 'file.read'), { person: lead }), 'yes');
});

test('nobody records their own training or NDA', () => {
  const world = drawWorld();
  const engineer = addPerson(world, ['engineer']);
  const editor = addPerson(world);
  const record = (person: PersonId): Command => ({
    kind: 'record-onboarding',
    person,
    item: 'nda',
    until: world.at + DAY_MS,
  });
  assert.equal(verdict(world, record(engineer), { person: engineer }), 'own-affair');
  assert.equal(verdict(world, record(editor), { person: engineer }), 'yes');
});
