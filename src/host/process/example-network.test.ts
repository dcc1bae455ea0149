/** The example's network holds what it promises: nothing breaks an invariant but what its one exception lifts. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { exampleNetwork } from './example-network.ts';
import { addPerson, addProject, ask, drawWorld, newId } from '#model/drawn-world.ts';
import { proveInvariants } from '#plan/network/invariants.ts';
import { networkGuard } from '#plan/network/guard.ts';
import { assert as present } from '#std/assert.ts';
import type { PersonId, ProjectId } from '#std/ids.ts';

test('the network of the example is proved, and its one exception is the only one it needs', () => {
  const world = drawWorld();
  const people = new Map<string, PersonId>();
  for (const short of ['ines', 'joon', 'priya', 'lukas', 'dele', 'maya', 'elias', 'noor'])
    people.set(short, addPerson(world));
  const projects = new Map<string, ProjectId>();
  for (const alias of ['nightjar', 'saltmarsh', 'paper-lantern']) projects.set(alias, addProject(world, alias));
  const changes = exampleNetwork({
    at: world.at,
    id: (kind) => newId(world, kind),
    person: (short) => of(people, short),
    project: (alias) => of(projects, alias),
  });
  const before = world.state;
  ask(world, { kind: 'import-network', changes }, { person: world.owner });
  assert.equal(networkGuard(before, world.state, world.at), undefined);
  const standing = proveInvariants(world.state, world.at).invariants.map(({ id, holds, violations }) => [
    id,
    holds === true && violations.length > 0 ? 'excepted' : holds,
  ]);
  assert.deepEqual(standing, [
    ['I1', false], // nothing is loaded yet
    ['I2', true],
    ['I3', true],
    ['I4', 'excepted'],
    ['I5', true],
    ['I6', true],
    ['I7', true],
    ['I8', true],
    ['I9', true],
    ['I10', true],
    ['I11', true],
    ['I12', true],
    ['I13', true],
    ['I14', 'unknown'], // no gateway reports yet
  ]);
});

function of<T>(map: ReadonlyMap<string, T>, name: string): T {
  const found = map.get(name);
  present(found !== undefined, name);
  return found;
}
