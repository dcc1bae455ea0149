/** Cedar as the oracle: both engines answer a large random set of questions, and must agree on every one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as cedar from '@cedar-policy/cedar-wasm/nodejs';
import { renderCedarPolicies, renderCedarSchema } from '#access/cedar.ts';
import { cedarRequests } from '#access/cedar-request.ts';
import type { CedarRequest } from '#access/cedar-request.ts';
import { permits } from '#access/permits.ts';
import { randomInstant, randomQuestion, randomWorld, seeded } from '#access/random-world.ts';
import { drawWorld } from '#model/drawn-world.ts';
import type { State } from '#model/state.ts';

const QUESTIONS = 5000;
const WORLDS = 10;

/** Cedar skips a policy that fails, which can open the door: any error is a failure of the test. */
function decideByCedar(set: string, { principal, action, resource, context, entities }: CedarRequest): boolean {
  const answer = cedar.statefulIsAuthorized({
    principal,
    action,
    resource,
    preparsedPolicySetId: set,
    preparsedSchemaName: 'picturelock',
    validateRequest: true,
    // Cedar's types are mutable copies of the same JSON.
    context: context as cedar.Context,
    entities: entities as unknown as cedar.Entities,
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
    const drawn = randomWorld(next, { people: 24, projects: 6, engagements: 90 });
    const { state } = drawn;
    prepare(`world-${world}`, state);
    for (let i = 0; i < QUESTIONS / WORLDS; i += 1) {
      const question = randomQuestion(state, next);
      const at = randomInstant(drawn, next);
      const ours = permits(state, question, at);
      const theirs = cedarRequests(state, question, at).some((request) => decideByCedar(`world-${world}`, request));
      assert.equal(ours.allow, theirs, JSON.stringify({ question, at, ours, world, i }));
      if (ours.allow) allowed += 1;
    }
  }
  assert.ok(allowed > QUESTIONS / 12, `only ${allowed} were allowed: the set would show little`);
});

test('the oracle notices when one of its rules is missing', () => {
  cedar.preparseSchema('picturelock', renderCedarSchema());
  const next = seeded(7);
  const drawn = randomWorld(next, { people: 24, projects: 6, engagements: 90 });
  const { state } = drawn;
  const policies = renderCedarPolicies(state.roles.values())
    .split('\n\n')
    .filter((text) => !text.startsWith('@id("outside-hours")'));
  assert.equal(cedar.preparsePolicySet('lame', { staticPolicies: policies.join('\n\n') }).type, 'success');
  const differs = Array.from({ length: 1500 }).some(() => {
    const question = randomQuestion(state, next);
    const at = randomInstant(drawn, next);
    const theirs = cedarRequests(state, question, at).some((request) => decideByCedar('lame', request));
    return permits(state, question, at).allow !== theirs;
  });
  assert.ok(differs);
});

test('an entity that is left out shows as an error, which is never an answer', () => {
  cedar.preparseSchema('picturelock', renderCedarSchema());
  const next = seeded(8);
  const { state, at } = randomWorld(next, { people: 6, projects: 2, engagements: 10 });
  prepare('sliced', state);
  const [engagement] = state.engagements.values();
  assert.ok(engagement !== undefined);
  const question = {
    who: engagement.person,
    action: 'file.list',
    on: { project: engagement.project, path: 'media' },
    context: {},
  } as const;
  const request = cedarRequests(state, question, at).find(({ principal }) => principal.type === 'Engagement');
  assert.ok(request !== undefined);
  const sliced = { ...request, entities: request.entities.filter(({ uid }) => uid.type !== 'Engagement') };
  assert.throws(() => decideByCedar('sliced', sliced), assert.AssertionError);
});
