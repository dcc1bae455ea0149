import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addProject, ask, drawWorld, newId } from '#model/drawn-world.ts';

test('a project says who turned it last, when, and what they typed', () => {
  const world = drawWorld();
  const project = addProject(world, 'alpha');
  const seen = () => {
    const { standing, standingSince, standingBy, standingReason } = world.state.projects.get(project) ?? {};
    return [standing, standingSince, standingBy, standingReason];
  };
  const owner = { person: world.owner };
  ask(world, { kind: 'lock-project', project, reason: 'a leak', cut: newId(world, 'cut') }, owner);
  assert.deepEqual(seen(), ['locked', world.at, world.owner, 'a leak']);
  ask(world, { kind: 'reopen-project', project, reason: 'an old trailer' }, owner);
  assert.deepEqual(seen(), ['live', world.at, world.owner, 'an old trailer']);
  ask(world, { kind: 'wrap-project', project, cut: newId(world, 'cut') });
  assert.deepEqual(seen(), ['wrapped', world.at, undefined, undefined], 'the console typed nothing');
});
