/** Which sessions an order covers, told from the order alone. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { coverage } from '#gates/registry/coverage.ts';
import type { CutScope } from '#model/events.ts';
import { addPerson, drawWorld, newId } from '#model/drawn-world.ts';

test('the order for a machine covers who comes from it, and the sessions that lead to it from elsewhere', () => {
  const world = drawWorld();
  const [person, host] = [addPerson(world), newId(world, 'host')];
  const [leading, other, there] = [newId(world, 'session'), newId(world, 'session'), newId(world, 'session')];
  const scope: CutScope = { kind: 'host', host, addresses: ['10.20.0.5'], sessions: [leading] };
  const covered = (id: typeof leading, from: string) =>
    coverage(world.state, scope, { id, person, from, attachments: [] }, 'connection', world.at).kind;
  assert.equal(covered(leading, '203.0.113.9'), 'whole');
  assert.equal(covered(other, '203.0.113.9'), 'none');
  assert.equal(covered(there, '::ffff:10.20.0.5'), 'whole');
});

test('the order for a credential covers all that it let in, or of these only those that it names', () => {
  const world = drawWorld();
  const [person, credential] = [addPerson(world), newId(world, 'credential')];
  const [asking, other] = [newId(world, 'session'), newId(world, 'session')];
  const whole: CutScope = { kind: 'credential', credential, person };
  const covered = (scope: CutScope, id: typeof asking) =>
    coverage(world.state, scope, { id, person, credential, attachments: [] }, 'visits', world.at).kind;
  assert.deepEqual([covered(whole, asking), covered(whole, other)], ['whole', 'whole']);
  const others: CutScope = { ...whole, sessions: [other] };
  assert.deepEqual([covered(others, asking), covered(others, other)], ['none', 'whole']);
  assert.equal(covered({ ...whole, sessions: [] }, asking), 'none');
});
