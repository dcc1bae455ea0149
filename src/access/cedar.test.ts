/** Cedar as the oracle: both engines answer a large random set of questions, and must agree on every one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as cedar from '@cedar-policy/cedar-wasm/nodejs';
import { renderCedarPolicies, renderCedarSchema } from '#access/cedar.ts';
import { cedarRequests } from '#access/cedar-request.ts';
import type { CedarRequest } from '#access/cedar-request.ts';
import { permits } from '#access/permits.ts';
import { pick, randomQuestion, randomWorld, seeded } from '#access/random-world.ts';
import { drawWorld } from '#model/drawn-world.ts';
import { DAY_MS } from '#model/limits.ts';
import type { State } from '#model/state.ts';

const QUESTIONS = 5000;
const WORLDS = 10;

/** Cedar skips a policy that fails, which can open the door: any error is a failure of the test. */
function decideByCedar(set: string, { principal, action, resource, context, entities }: CedarRequest): boolean {
  const answer = cedar.statefulIsAuthorized({
    principal, action, resource, preparsedPolicySetId: set, preparsedSchemaName: 'picturelock', validateRequest: true,
    // Cedar's types are mutable copies of the same JSON.
    context: context as cedar.Context, entities: entities as unknown as cedar.Entities,
  });
  assert.equal(answer.type, 'success', JSON.stringify(answer));
  assert.ok(answer.type === 'success');
  assert.deepEqual(answer.response.diagnostics.errors, []);
  return answer.response.decision === 'allow';
}

function prepare(set: string, state: State): void {
  const policies = { staticPolicies: renderCedarPolicies(state.roles.values()) };
  const checked = cedar.validate({ schema: renderCedarSchema(), policies });
  assert.ok(checked.type === 'success', JSON.stringify(checked));
  assert.deepEqual(checked.validationErrors, []);
  assert.equal(cedar.preparsePolicySet(set, policies).type, 'success');
}

test('the rendered policies are valid, strictly, under the rendered schema', () => {
  const { state } = drawWorld();
  assert.equal(cedar.preparseSchema('picturelock', renderCedarSchema()).type, 'success');
  prepare('built-in', state);
});

test(`Cedar and permits agree on ${QUESTIONS} random questions`, () => {
  cedar.preparseSchema('picturelock', renderCedarSchema());
  let allowed = 0;
  for (let world = 0; world < WORLDS; world += 1) {
    const next = seeded(1000 + world);
    const { state, at: began } = randomWorld(next, { people: 24, projects: 6, engagements: 90 });
    prepare(`world-${world}`, state);
    for (let i = 0; i < QUESTIONS / WORLDS; i += 1) {
      const question = randomQuestion(state, next);
      const at = began + pick([0, 1, 7 * 3_600_000, DAY_MS, 3 * DAY_MS, 12 * DAY_MS], next) + Math.floor(next() * DAY_MS);
      const ours = permits(state, question, at);
      const theirs = cedarRequests(state, question, at).some((request) => decideByCedar(`world-${world}`, request));
      assert.equal(ours.allow, theirs, JSON.stringify({ question, at, ours, world, i }));
      if (ours.allow) allowed += 1;
    }
  }
  assert.ok(allowed > QUESTIONS / 20, `only ${allowed} were allowed: the set would show little`);
});
