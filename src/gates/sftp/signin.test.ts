/** A key is one factor; the second is vouched for by a session at the portal, while that lives. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { factorOf } from '#gates/sftp/signin.ts';
import { addPerson, ask, drawWorld, newId } from '#model/drawn-world.ts';
import { HOUR_MS } from '#model/limits.ts';

test('a second factor counts for as long as the session lives in which it was shown', () => {
  const world = drawWorld();
  const person = addPerson(world);
  const [session, until] = [newId(world, 'session'), world.at + HOUR_MS];
  ask(world, { kind: 'open-session', session, person, gate: 'portal', until, factorAt: world.at });
  assert.equal(factorOf(world.state, person, until - 1), world.at);
  assert.equal(factorOf(world.state, person, until), undefined, 'it is over, and nobody has closed it yet');
  ask(world, { kind: 'end-session', session, cut: newId(world, 'cut') });
  assert.ok(world.state.sessions.has(session), 'its order is given and its gate has not answered yet');
  assert.equal(factorOf(world.state, person, world.at), undefined, 'an order has ended it');
});
