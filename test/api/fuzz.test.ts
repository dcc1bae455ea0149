/** Whatever is sent to whichever endpoint, in whatever order: an answer with a code, never a fault, a hang or a crash. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DEEP_QUESTION_COST, SESSION_RATE } from '#api/identity/rate.ts';
import { API_PREFIX, endpoints, REQUEST_HEADER } from '#api/endpoints.ts';
import type { EndpointName } from '#api/endpoints.ts';
import { DAY_MS } from '#model/limits.ts';
import { Browser, createFacility, openWorld } from './world.ts';
import type { World } from './world.ts';

const RUNS = 1000;
/** These end or replace the session that asks; they have tests of their own. */
const LEFT_OUT = new Set<EndpointName>([
  'sign-out',
  'events',
  'end-my-session',
  'revoke-credential',
  'end-all-access',
  'suspend-person',
]);

let world: World;
let owner: Browser;
/** Ids and words that exist, so that some requests get past the schemas; not the owner's own session, which would then end. */
let known: readonly string[];

before(async () => {
  world = await openWorld();
  ({ browser: owner } = await createFacility(world));
  const { body: me } = await owner.call('me');
  await owner.call('create-project', { body: { alias: 'alpha', title: 'Alpha', owner: me.person.id } });
  const added = await owner.call('add-person', {
    body: { name: 'Some Body', mail: 'some@body.example', inviteDays: 2 },
  });
  const now = world.clock.now();
  const given = await owner.call('give-engagement', {
    params: { project: 'alpha' },
    body: { person: added.body.person.id, role: 'editor' as never, from: now, until: now + DAY_MS },
  });
  known = [
    me.person.id,
    added.body.person.id,
    given.body.engagement.id,
    'alpha',
    'editor',
    'owner',
    'file.read',
    'media/a.mov',
    'access',
    'button',
    'project',
    'facility',
    'passkey',
    String(now + DAY_MS),
    '0',
    'nda',
    added.body.invitation?.id ?? '',
  ];
});
after(() => world.close());

const names = (Object.keys(endpoints) as EndpointName[]).filter((name) => !LEFT_OUT.has(name));

/** Mostly what some endpoint's body may hold, sometimes anything. */
function bodyOf(name: EndpointName): fc.Arbitrary<unknown> {
  const word = fc.oneof(
    fc.constantFrom(...known),
    fc.string({ maxLength: 12 }),
    fc.integer(),
    fc.constant(null),
    fc.boolean(),
  );
  const value = fc.oneof(
    { weight: 5, arbitrary: word },
    { weight: 1, arbitrary: fc.array(word, { maxLength: 3 }) },
    { weight: 1, arbitrary: fc.jsonValue() },
  );
  const { body } = endpoints[name];
  const keys = 'shape' in body ? Object.keys(body.shape) : [];
  const fitting = fc.record(Object.fromEntries(keys.map((key) => [key, value])), { requiredKeys: [] });
  return fc.oneof({ weight: 5, arbitrary: fitting }, { weight: 1, arbitrary: fc.jsonValue() });
}

const request = fc.constantFrom(...names).chain((name) =>
  fc.record({
    name: fc.constant(name),
    params: fc.array(
      fc.oneof(fc.constantFrom('x'), fc.string({ minLength: 1, maxLength: 30 }), fc.nat(40).map(String)),
      { minLength: 2, maxLength: 2 },
    ),
    useKnown: fc.nat(200),
  }),
);

const statuses = new Map<number, number>();

test('every request gets a proper answer', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(request, fc.gen(), async ({ name, params, useKnown }, draw) => {
      const { method, path } = endpoints[name];
      let part = 0;
      const filled = path.replaceAll(/:\w+/g, () => {
        part += 1;
        const text =
          (useKnown + part) % 3 === 0 ? (params[part - 1] ?? 'x') : (known[(useKnown + part) % known.length] ?? 'x');
        return encodeURIComponent(text.isWellFormed() ? text : 'x');
      });
      const body = draw(() => bodyOf(name));
      world.clock.advance(DEEP_QUESTION_COST * SESSION_RATE.perTryMs); // no flood is meant: that answer is tested elsewhere
      const response = await owner.fetch(API_PREFIX + filled, {
        method,
        headers: { [REQUEST_HEADER]: '1', 'content-type': 'application/json' },
        ...(method === 'GET' ? {} : { body: JSON.stringify(body) ?? 'null' }),
      });
      const text = await response.text();
      assert.ok(response.status < 500, `${method} ${filled}: ${response.status} ${text}`);
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
      if (!response.ok) assert.match((JSON.parse(text) as { readonly code: string }).code, /^[a-z-]+$/);
    }),
    { numRuns: RUNS, seed: 20_261_121 },
  );
  // Requests that get through, that a rule refuses, that name nothing, and that fit no schema: all were there.
  for (const status of [200, 422, 404, 400]) assert.ok((statuses.get(status) ?? 0) > 5, JSON.stringify([...statuses]));
  assert.deepEqual(world.faults, []);
  assert.equal((await owner.call('me')).status, 200);
});
