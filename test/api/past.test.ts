/** `?at=`: every view of the state can be asked for as it was; each answer here differs before and after one change. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { endpoints } from '#api/endpoints.ts';
import { DAY_MS } from '#model/limits.ts';
import type { EngagementId, PersonId, RoleId } from '#std/ids.ts';
import { createFacility, openWorld } from './world.ts';
import type { Browser, World } from './world.ts';

let world: World;
let owner: Browser;
let then: number;
let person: PersonId;

before(async () => {
  world = await openWorld();
  ({ browser: owner } = await createFacility(world));
  const self = (await owner.call('me')).body.person.id;
  await made(owner.call('create-project', { body: { alias: 'alpha', title: 'Alpha', owner: self } }));
  person = (await made(owner.call('add-person', { body: { name: 'Ada First' } }))).person.id;
  const first = await give('editor');
  world.clock.advance(1000);
  then = world.clock.now();
  world.clock.advance(1000);
  await change(first, self);
  world.clock.advance(1000);
});
after(() => world.close());

async function made<T>(call: Promise<{ readonly status: number; readonly body: T }>): Promise<T> {
  const { status, body } = await call;
  assert.equal(status, 200, JSON.stringify(body));
  return body;
}

async function give(role: string): Promise<EngagementId> {
  const from = world.clock.now();
  const body = { person, role: role as RoleId, from, until: from + DAY_MS };
  return (await made(owner.call('give-engagement', { params: { project: 'alpha' }, body }))).engagement.id;
}

/** One change for each thing that a view shows. */
async function change(first: EngagementId, self: PersonId): Promise<void> {
  await made(owner.call('create-project', { body: { alias: 'beta', title: 'Beta', owner: self } }));
  await made(owner.call('add-person', { body: { name: 'Bea Second' } }));
  await made(owner.call('add-zone', { body: { name: 'Grading', trust: 80, networks: [] } }));
  const role = { title: 'Colour assist', scope: 'project' as const, grants: [] };
  await made(owner.call('define-role', { params: { role: 'colour-assist' as RoleId }, body: role }));
  await give('sound-mixer');
  const until = world.clock.now() + 10 * DAY_MS;
  const asked = { ask: 'access', project: 'beta', role: 'editor' as RoleId, until, reason: 'reel 2' } as const;
  await made(owner.call('ask-access', { body: asked }));
  await made(owner.call('end-engagement', { params: { engagement: first }, body: {} }));
  await made(owner.call('lock-project', { params: { project: 'alpha' }, body: { reason: 'a leak' } }));
  const opened = await world.sessions.open({ gate: 'portal', person, until: world.clock.now() + DAY_MS });
  assert.ok(!('code' in opened), JSON.stringify(opened));
}

type Views = Readonly<Record<string, (at: { readonly at?: number }) => Promise<{ status: number; body: unknown }>>>;

const ALPHA = { project: 'alpha' };

/** What is asked, of each endpoint that takes an instant in its query. */
const VIEWS: Views = {
  facility: (query) => owner.call('facility', { query }),
  'list-roles': (query) => owner.call('list-roles', { query }),
  'list-sessions': (query) => owner.call('list-sessions', { query }),
  'list-people': (query) => owner.call('list-people', { query }),
  'see-person': (query) => owner.call('see-person', { params: { person }, query }),
  'list-projects': (query) => owner.call('list-projects', { query }),
  'see-project': (query) => owner.call('see-project', { params: ALPHA, query }),
  'project-people': (query) => owner.call('project-people', { params: ALPHA, query }),
  'project-sessions': (query) => owner.call('project-sessions', { params: ALPHA, query }),
  'list-requests': (query) => owner.call('list-requests', { query }),
  'list-cuts': (query) => owner.call('list-cuts', { query }),
  'who-had-access': (query) => owner.call('who-had-access', { params: ALPHA, query }),
};

/** Questions to the decision take it in their body. */
const QUESTIONS: Views = {
  permits: (at) => owner.call('permits', { body: { person, action: 'file.list', project: 'alpha', ...at } }),
  'who-can': (at) => owner.call('who-can', { body: { action: 'file.list', project: 'alpha', ...at } }),
  'what-can': (at) => owner.call('what-can', { body: { person, ...at } }),
};

test('every endpoint that takes an instant is asked here', () => {
  const taking = Object.entries(endpoints).flatMap(([name, endpoint]) =>
    'query' in endpoint && 'at' in endpoint.query.shape ? [name] : [],
  );
  assert.deepEqual(Object.keys(VIEWS).sort(), taking.sort());
});

for (const [name, ask] of Object.entries({ ...VIEWS, ...QUESTIONS })) {
  test(`${name} shows what was, and what is`, async () => {
    const [past, present] = [await ask({ at: then }), await ask({})];
    assert.deepEqual([past.status, present.status], [200, 200], JSON.stringify([past.body, present.body]));
    assert.notDeepEqual(facts(past.body), facts(present.body));
    assert.deepEqual(facts((await ask({ at: then })).body), facts(past.body), 'the past stays as it was');
  });
}

/** An answer without the instants at which it was made, which always differ. */
function facts(body: unknown): unknown {
  return JSON.parse(
    JSON.stringify(body, (key, value: unknown) => (['at', 'now', 'lastActiveAt'].includes(key) ? undefined : value)),
  );
}
