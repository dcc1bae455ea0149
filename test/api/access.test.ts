/** Who may call what: strangers nothing, and each kind of person what the role table says. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { API_PREFIX, endpoints, REQUEST_HEADER } from '#api/endpoints.ts';
import type { EndpointName } from '#api/endpoints.ts';
import { handlers, openHandlers } from '#api/handlers.ts';
import { isAction } from '#model/actions.ts';
import { DAY_MS } from '#model/limits.ts';
import { makeId } from '#std/ids.ts';
import type { IdKind, PersonId, RoleId } from '#std/ids.ts';
import { Browser, createFacility, joinWith, openWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;
let owner: Browser;
const people: Record<string, { readonly browser: Browser; readonly id: PersonId }> = {};

before(async () => {
  world = await openWorld();
  ({ browser: owner } = await createFacility(world));
  const self = (await owner.call('me')).body.person.id;
  people['owner'] = { browser: owner, id: self };
  for (const alias of ['alpha', 'beta']) {
    const made = await owner.call('create-project', { body: { alias, title: `The ${alias} picture`, owner: self } });
    assert.equal(made.status, 200, JSON.stringify(made.body));
  }
  await addPerson('editor', [], 'alpha');
  await addPerson('producer', [], 'alpha');
  await addPerson('client-reviewer', [], 'alpha');
  await addPerson('assessor', ['assessor']);
  await addPerson('stranger', []);
});
after(() => world.close());

async function addPerson(name: string, roles: readonly string[], project?: string): Promise<void> {
  const now = world.clock.now();
  const added = await owner.call('add-person', {
    body: {
      name: `${name} person`,
      inviteDays: 1,
      roles: roles.map((role) => ({ role: role as RoleId, until: now + 90 * DAY_MS })),
    },
  });
  assert.equal(added.status, 200, JSON.stringify(added.body));
  world.clock.advance(60_000);
  const { browser } = await joinWith(world, added.body.link ?? '');
  people[name] = { browser, id: added.body.person.id };
  if (project === undefined) return;
  const given = await owner.call('give-engagement', {
    params: { project },
    body: { person: added.body.person.id, role: name as RoleId, from: now, until: now + 30 * DAY_MS },
  });
  assert.equal(given.status, 200, JSON.stringify(given.body));
}

function as(name: string): Browser {
  const found = people[name];
  assert.ok(found !== undefined);
  return found.browser;
}

test('each endpoint names an action that exists, has one handler, and a path of its own', () => {
  const paths = new Set<string>();
  for (const [name, { needs, scope, method, path }] of Object.entries(endpoints)) {
    if (needs !== 'public' && needs !== 'own') {
      assert.ok(isAction(needs), `${name} needs ${needs}`);
      assert.ok(scope !== undefined, `${name} says on what ${needs} is decided`);
    }
    const isOpen = Object.hasOwn(openHandlers, name);
    const isStream = ['events', 'export-bundle', 'verify-bundle'].includes(name);
    assert.equal(isOpen, needs === 'public', `${name} is ${needs}`);
    assert.equal(Object.hasOwn(handlers, name), !isOpen && !isStream, `${name} has its handler in one table`);
    assert.ok(!paths.has(`${method} ${path}`), `${method} ${path} stands once`);
    paths.add(`${method} ${path}`);
  }
});

test('strangers are refused by every endpoint that is not public, before anything is looked at', async () => {
  const names = Object.keys(endpoints) as EndpointName[];
  for (const name of names) {
    const { method, path, needs } = endpoints[name];
    if (needs === 'public') continue;
    for (const headers of [
      {},
      { cookie: `picturelock-loopback=${'A'.repeat(43)}` },
      { authorization: `Bearer plk_${'A'.repeat(43)}` },
    ]) {
      const response = await new Browser(world).fetch(API_PREFIX + path.replaceAll(/:\w+/g, 'x'), {
        method,
        headers: { [REQUEST_HEADER]: '1', ...headers },
        ...(method === 'GET' ? {} : { body: '{' }),
      });
      assert.equal(response.status, 401, `${name} with ${JSON.stringify(headers)}`);
      assert.equal(((await response.json()) as { code: string }).code, 'signed-out');
    }
  }
});

/** `✓` allowed, `·` refused; one row per call. */
const MATRIX = `
                      owner  producer  editor  client-reviewer  assessor  stranger
  see-project           ✓       ✓        ✓           ✓             ✓         ·
  project-people        ✓       ✓        ·           ·             ✓         ·
  project-sessions      ✓       ✓        ·           ·             ✓         ·
  project-history       ✓       ✓        ·           ·             ✓         ·
  give-engagement       ✓       ✓        ·           ·             ·         ·
  preview-engagement    ✓       ✓        ·           ·             ·         ·
  lock-other            ✓       ·        ·           ·             ·         ·
  facility              ✓       ·        ·           ·             ✓         ·
  change-settings       ✓       ·        ·           ·             ·         ·
  add-person            ✓       ✓        ·           ·             ·         ·
  see-person            ✓       ✓        ·           ·             ✓         ·
  suspend-person        ✓       ·        ·           ·             ·         ·
  define-role           ✓       ·        ·           ·             ·         ·
  add-zone              ✓       ·        ·           ·             ·         ·
  create-project        ✓       ·        ·           ·             ·         ·
  who-can               ✓       ✓        ·           ·             ✓         ·
  list-recoveries       ✓       ·        ·           ·             ·         ·
`;

const CALLS: Readonly<
  Record<string, (browser: Browser) => Promise<{ readonly status: number; readonly body: { readonly code?: string } }>>
> = {
  'see-project': (browser) => browser.call('see-project', { params: { project: 'alpha' } }),
  'project-people': (browser) => browser.call('project-people', { params: { project: 'alpha' } }),
  'project-sessions': (browser) => browser.call('project-sessions', { params: { project: 'alpha' } }),
  'project-history': (browser) => browser.call('project-history', { params: { project: 'alpha' } }),
  'give-engagement': (browser) =>
    browser.call('give-engagement', { params: { project: 'alpha' }, body: newEngagement() }),
  'preview-engagement': (browser) =>
    browser.call('preview-engagement', { params: { project: 'alpha' }, body: newEngagement() }),
  'lock-other': (browser) =>
    browser.call('lock-project', { params: { project: 'beta' }, body: { reason: 'found in a matrix' } }),
  facility: (browser) => browser.call('facility'),
  'change-settings': (browser) => browser.call('change-settings', { body: { binDays: 14 } }),
  'add-person': (browser) => browser.call('add-person', { body: { name: 'A. Nother' } }),
  'see-person': (browser) => browser.call('see-person', { params: { person: idOf('owner') } }),
  'suspend-person': (browser) =>
    browser.call('suspend-person', { params: { person: idOf('stranger') }, body: { reason: 'matrix' } }),
  'define-role': (browser) =>
    browser.call('define-role', {
      params: { role: 'colour-assist' as RoleId },
      body: { title: 'Colour assist', scope: 'project', grants: [] },
    }),
  'add-zone': (browser) => browser.call('add-zone', { body: { name: 'Grading', trust: 80, networks: [] } }),
  'create-project': (browser) =>
    browser.call('create-project', { body: { alias: 'gamma', title: 'G', owner: idOf('owner') } }),
  'who-can': (browser) =>
    browser.call('who-can', { body: { action: 'file.read', project: 'alpha', path: 'media/a.mov' } }),
  'list-recoveries': (browser) => browser.call('list-recoveries'),
};

function idOf(name: string): PersonId {
  const found = people[name];
  assert.ok(found !== undefined);
  return found.id;
}

function newEngagement() {
  const now = world.clock.now();
  return { person: idOf('stranger'), role: 'colourist' as RoleId, from: now, until: now + DAY_MS };
}

test('the role matrix', async () => {
  const [head = '', ...rows] = MATRIX.split('\n').filter((line) => line.trim() !== '');
  const names = head.trim().split(/\s+/);
  const wrong: string[] = [];
  // The owner goes last: some of her calls change what others may do.
  for (const [column, name] of [...names.entries()].reverse()) {
    for (const row of rows) {
      const [call = '', ...marks] = row.trim().split(/\s+/);
      const answer = await CALLS[call]?.(as(name));
      assert.ok(answer !== undefined);
      const isAllowed = answer.status !== 403 && answer.status !== 401;
      if (isAllowed !== (marks[column] === '✓'))
        wrong.push(`${name} ${call}: ${answer.status} ${JSON.stringify(answer.body)}`);
      if (!isAllowed) assert.ok(answer.body.code !== undefined && answer.body.code !== 'fault');
    }
  }
  assert.deepEqual(wrong, []);
});

test('lists leave out what one may not see', async () => {
  assert.deepEqual(
    (await as('editor').call('list-projects')).body.projects.map(({ alias }) => alias),
    ['alpha'],
  );
  assert.deepEqual(
    (await as('editor').call('list-people')).body.people.map(({ id }) => id),
    [idOf('editor')],
  );
  assert.ok((await as('producer').call('list-projects')).body.projects.every(({ alias }) => alias === 'alpha'));
  const sessions = await as('editor').call('list-sessions');
  assert.ok(sessions.body.sessions.every(({ person }) => person.id === idOf('editor')));
});

test('true titles are for those who hold title.see; names for those who may know them', async () => {
  assert.equal((await as('editor').call('see-project', { params: { project: 'alpha' } })).body.project.title, null);
  assert.equal(
    (await as('producer').call('see-project', { params: { project: 'alpha' } })).body.project.title,
    'The alpha picture',
  );
  const history = await as('assessor').call('project-history', { params: { project: 'alpha' } });
  const created = history.body.entries.find(({ kind }) => kind === 'project.created');
  assert.equal(created?.data['title'], null);
});

test('the ledger search shows a producer her project and nothing of the others or the facility', async () => {
  const page = await as('producer').call('search-ledger', { query: { limit: 200 } });
  assert.ok(page.body.entries.length > 0);
  const alpha = world.engine.state().index.projectByAlias.get('alpha');
  assert.deepEqual([...new Set(page.body.entries.map(({ stream }) => stream))], [alpha]);
  assert.deepEqual((await as('editor').call('search-ledger', { query: {} })).body.entries, []);
});

test('an entry comes with its exact bytes, and a foreign one is unknown', async () => {
  const page = await as('producer').call('search-ledger', { query: { limit: 1 } });
  const index = page.body.entries[0]?.index ?? -1;
  const entry = await as('producer').call('see-entry', { params: { index } });
  assert.equal(entry.status, 200, JSON.stringify(entry.body));
  assert.equal(Buffer.from(await world.engine.store.readOne(index)).toString('utf8'), entry.body.bytes);
  assert.equal((await as('producer').call('see-entry', { params: { index: 0 } })).body.code, 'unknown-entry');
  assert.equal((await as('owner').call('see-entry', { params: { index: 10_000_000 } })).status, 404);
});

test('a state view shows the world then, with the rights of now', async () => {
  const then = world.clock.now();
  await new Promise((next) => setTimeout(next, 5));
  world.clock.advance(1000);
  const added = await owner.call('add-person', { body: { name: 'Later Person' } });
  assert.equal(added.status, 200);
  const later = await owner.call('list-people');
  const earlier = await owner.call('list-people', { query: { at: then } });
  assert.equal(later.body.people.length, earlier.body.people.length + 1);
  assert.equal((await as('editor').call('facility', { query: { at: then } })).status, 403);
});

test('ids of things that do not exist are unknown, never a fault', async () => {
  const gone = <K extends IdKind>(kind: K) => makeId(kind, new Uint8Array(20));
  for (const answer of [
    await owner.call('see-person', { params: { person: gone('person') } }),
    await owner.call('end-engagement', { params: { engagement: gone('engagement') } }),
    await owner.call('end-session', { params: { session: gone('session') } }),
    await owner.call('see-cut', { params: { cut: gone('cut') } }),
    await owner.call('decide-request', { params: { request: gone('request') }, body: { granted: true } }),
    await owner.call('see-project', { params: { project: 'no-such-project' } }),
    await owner.call('revoke-credential', { params: { credential: gone('credential') } }),
  ]) {
    assert.equal(answer.status, 404, JSON.stringify(answer.body));
    assert.match(answer.body.code ?? '', /^unknown-/);
  }
});

test('requests are asked, seen by whoever decides, and decided; never by oneself', async () => {
  await addPerson('asker', []);
  const until = world.clock.now() + 10 * DAY_MS;
  const body = { ask: 'access', project: 'alpha', role: 'vfx-artist' as RoleId, until, reason: 'shot 20' } as const;
  const asked = await as('asker').call('ask-access', { body });
  assert.equal(asked.status, 200, JSON.stringify(asked.body));
  const { id } = asked.body.request;
  assert.deepEqual(asked.body.request.may, ['request.withdraw']);
  const seen = await as('producer').call('list-requests', { query: {} });
  assert.deepEqual(
    seen.body.requests.map((one) => [one.id, one.may]),
    [[id, ['request.decide']]],
  );
  assert.equal((await as('editor').call('list-requests', { query: {} })).body.requests.length, 0);
  const decision = { params: { request: id }, body: { granted: true } };
  assert.equal((await as('asker').call('decide-request', decision)).status, 403);
  assert.equal((await as('asker').call('preview-decision', { params: { request: id } })).status, 403);
  const effect = await as('producer').call('preview-decision', { params: { request: id } });
  assert.equal(effect.status, 200, JSON.stringify(effect.body));
  assert.ok(
    effect.body.gains.some(({ project, actions }) => project?.alias === 'alpha' && actions.includes('file.read')),
  );
  assert.equal(effect.body.refused, undefined);
  assert.equal(world.engine.state().requests.get(id)?.state, 'open', 'a preview decides nothing');
  const granted = await as('producer').call('decide-request', decision);
  assert.equal(granted.body.request.state, 'granted', JSON.stringify(granted.body));
  const me = await as('asker').call('me');
  assert.deepEqual(
    me.body.projects.map(({ project, engagements }) => [project.alias, engagements[0]?.role.id]),
    [['alpha', 'vfx-artist']],
  );
  assert.ok(me.body.projects[0]?.folders.find(({ name }) => name === 'incoming')?.may.includes('file.write'));
  assert.equal(
    me.body.projects[0]?.folders.some(({ name }) => name === 'deliveries'),
    false,
  );
});

test('whoever is declined reads who declined, when and why; others do not see the request', async () => {
  await addPerson('hopeful', []);
  const until = world.clock.now() + 10 * DAY_MS;
  const body = { ask: 'access', project: 'alpha', role: 'editor' as RoleId, until, reason: 'reel 3' } as const;
  const { id } = (await as('hopeful').call('ask-access', { body })).body.request;
  const no = { granted: false, reason: 'Reel 3 is locked.' };
  assert.equal((await as('producer').call('decide-request', { params: { request: id }, body: no })).status, 200);
  const [mine] = (await as('hopeful').call('list-requests', { query: { state: 'all' } })).body.requests;
  assert.deepEqual(
    [mine?.state, mine?.decidedBy?.id, mine?.decisionReason, mine?.contained],
    ['declined', idOf('producer'), 'Reel 3 is locked.', false],
  );
  assert.ok((mine?.decidedAt ?? 0) >= (mine?.madeAt ?? Infinity));
  const others = (await as('editor').call('list-requests', { query: { state: 'all' } })).body.requests;
  assert.equal(
    others.some((one) => one.id === id),
    false,
  );
});

test('a change of facility roles is shown before it is made', async () => {
  await addPerson('climber', []);
  const roles = [{ role: 'assessor' as RoleId, until: world.clock.now() + 9 * DAY_MS }];
  const call = { params: { person: idOf('climber') }, body: { roles } };
  const effect = await as('owner').call('preview-roles', call);
  assert.equal(effect.status, 200, JSON.stringify(effect.body));
  assert.ok(effect.body.gains.some(({ person, actions }) => person.id === idOf('climber') && actions.length > 0));
  assert.deepEqual(world.engine.state().people.get(idOf('climber'))?.roles, [], 'a preview changes nothing');
  assert.equal((await as('editor').call('preview-roles', call)).status, 403);
});

test('who was added and never came has not been seen', async () => {
  const { body } = await as('owner').call('add-person', { body: { name: 'Late Arrival' } });
  assert.equal(body.person.lastSessionAt, undefined);
  const people = (await as('owner').call('list-people', { query: {} })).body.people;
  assert.equal(people.find(({ id }) => id === body.person.id)?.lastSessionAt, undefined);
  assert.ok((people.find(({ id }) => id === idOf('owner'))?.lastSessionAt ?? 0) > 0);
});

test('a service token reaches its project and nothing else, and dies with its engagement', async () => {
  const now = world.clock.now();
  const service = await owner.call('add-person', { body: { name: 'Render farm', nature: 'service' } });
  const given = await owner.call('give-engagement', {
    params: { project: 'alpha' },
    body: { person: service.body.person.id, role: 'render-service' as RoleId, from: now, until: now + DAY_MS },
  });
  assert.equal(given.status, 200, JSON.stringify(given.body));
  const issued = await owner.call('issue-token', {
    params: { engagement: given.body.engagement.id },
    body: { label: 'farm', until: now + DAY_MS },
  });
  assert.match(issued.body.token, /^plk_[\w-]{43}$/);
  const farm = new Browser(world);
  const headers = { authorization: `Bearer ${issued.body.token}` };
  assert.equal((await farm.call('see-project', { params: { project: 'alpha' }, headers })).status, 200);
  assert.equal((await farm.call('see-project', { params: { project: 'beta' }, headers })).status, 403);
  assert.equal((await farm.call('add-ssh-key', { body: { publicKey: 'x' }, headers })).status, 403);
  const ended = await owner.call('end-engagement', { params: { engagement: given.body.engagement.id } });
  assert.equal(ended.status, 200, JSON.stringify(ended.body));
  assert.notEqual((await farm.call('see-project', { params: { project: 'alpha' }, headers })).status, 200);
});

test('a producer issues a token on her title, and revokes it herself', async () => {
  const until = world.clock.now() + DAY_MS;
  const service = await owner.call('add-person', { body: { name: 'Dailies robot', nature: 'service' } });
  const wanted = { person: service.body.person.id, role: 'render-service' as RoleId, from: until - DAY_MS, until };
  const given = await as('producer').call('give-engagement', { params: { project: 'alpha' }, body: wanted });
  assert.equal(given.status, 200, JSON.stringify(given.body));
  const params = { engagement: given.body.engagement.id };
  const issued = await as('producer').call('issue-token', { params, body: { label: 'dailies', until } });
  assert.equal(issued.status, 200, JSON.stringify(issued.body));
  const headers = { authorization: `Bearer ${issued.body.token}` };
  const robot = () => new Browser(world).call('see-project', { params: { project: 'alpha' }, headers });
  assert.equal((await robot()).status, 200);
  assert.equal((await as('producer').call('list-tokens', { params })).body.mayRevoke, true);
  const revocation = { params: { credential: issued.body.credential.id }, body: {} };
  assert.equal((await as('editor').call('revoke-credential', revocation)).status, 403);
  const revoked = await as('producer').call('revoke-credential', revocation);
  assert.equal(revoked.status, 200, JSON.stringify(revoked.body));
  assert.equal((await robot()).status, 401);
});

test('ending all access gives a cut whose receipt can be awaited, and the browser is out', async () => {
  const id = idOf('client-reviewer');
  const ended = await owner.call('end-all-access', { params: { person: id }, body: { reason: 'job done' } });
  assert.equal(ended.status, 200, JSON.stringify(ended.body));
  const cut = await owner.call('see-cut', { params: { cut: ended.body.cut }, query: { wait: 5000 } });
  assert.equal(cut.body.cut.complete, true, JSON.stringify(cut.body));
  assert.equal(cut.body.cut.receipts[0]?.probe.accessRefused, true);
  assert.deepEqual([cut.body.cut.reason, cut.body.cut.orderedBy?.name], ['job done', 'Robin Osei']);
  assert.equal((await as('client-reviewer').call('me')).status, 401);
});

test('an exception is ended before its time, with a reason, by whoever may record one', async () => {
  const { exceptions } = (await owner.call('facility')).body;
  assert.deepEqual(
    exceptions.map(({ rule }) => rule),
    ['facility-of-one'],
  );
  const person = idOf('editor');
  const until = world.clock.now() + DAY_MS;
  const wanted = { rule: 'wrangler-and-production', reason: 'two hats for a week', person, until };
  assert.equal((await owner.call('record-exception', { body: wanted })).status, 200);
  const made = (await owner.call('facility')).body.exceptions.find((one) => one.person?.id === person);
  assert.ok(made !== undefined);
  const ending = { params: { exception: made.id }, body: { reason: 'a second wrangler came' } };
  assert.equal((await as('assessor').call('end-exception', ending)).status, 403);
  assert.equal((await owner.call('end-exception', ending)).status, 200);
  assert.equal((await owner.call('facility')).body.exceptions.length, exceptions.length);
  assert.equal((await owner.call('end-exception', ending)).body.code, 'unknown-exception');
});

test('a facility role near its end is on Today, and is extended there', async () => {
  const until = world.clock.now() + 5 * DAY_MS;
  const params = { person: idOf('assessor') };
  const change = (end: number) =>
    owner.call('change-roles', { params, body: { roles: [{ role: 'assessor' as RoleId, until: end }] } });
  assert.equal((await change(until)).status, 200);
  const ending = async (browser: Browser) =>
    (await browser.call('today')).body.rolesEnding.map(({ person, role, until: end }) => [person.id, role.id, end]);
  assert.deepEqual(await ending(owner), [[params.person, 'assessor', until]]);
  assert.deepEqual(await ending(as('assessor')), [[params.person, 'assessor', until]]);
  assert.deepEqual(await ending(as('editor')), [], 'nobody else is told');
  assert.equal((await change(until + 300 * DAY_MS)).status, 200);
  assert.deepEqual(await ending(owner), []);
});

test('today gathers what needs a person', async () => {
  const today = await owner.call('today');
  assert.equal(today.status, 200, JSON.stringify(today.body));
  assert.ok(today.body.cuts.length > 0);
  assert.ok(today.body.refused.some(({ kind }) => kind === 'access.refused'));
  const artist = await as('editor').call('today');
  assert.deepEqual([artist.body.locked, artist.body.recoveries, artist.body.refused], [[], [], []]);
});

test('an erased person has no name any more, anywhere, and cannot be found by mail', async () => {
  const added = await owner.call('add-person', { body: { name: 'Erika Gone', mail: 'erika@gone.example' } });
  const person = added.body.person.id;
  const before = await owner.call('see-person', { params: { person } });
  assert.deepEqual([before.body.person.name, before.body.person.mail], ['Erika Gone', 'erika@gone.example']);
  const erased = await owner.call('erase-person', {
    params: { person },
    body: { reason: 'asked for it', confirm: 'erase' },
  });
  assert.equal(erased.status, 200, JSON.stringify(erased.body));
  const after = await owner.call('see-person', { params: { person } });
  assert.deepEqual(
    [after.body.person.name, after.body.person.mail, after.body.person.standing],
    [null, null, 'erased'],
  );
  const history = await owner.call('person-history', { params: { person } });
  const addition = history.body.entries.find(({ kind }) => kind === 'person.added');
  assert.deepEqual([addition?.data['name'], addition?.data['mail']], [null, null]);
  const state = world.engine.state().people.get(person);
  assert.ok(state !== undefined && world.keys.unseal(state.name) === undefined);
});

test('the event stream of an artist tells nothing about the facility or other people', async () => {
  const response = await as('editor').fetch(`${API_PREFIX}/events`, { headers: { accept: 'text/event-stream' } });
  assert.ok(response.body !== null);
  const reader = response.body.getReader();
  await owner.call('change-settings', { body: { binDays: 21 } });
  await owner.call('add-person', { body: { name: 'Somebody Else' } });
  await as('editor').call('add-ssh-key', {
    body: { publicKey: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJl7AlGZ0cz1y3FHkaRuGMs1cHDvNsGBbQJ9Q1DPRG3N' },
  });
  let text = '';
  while (!text.includes('credential.added')) text += new TextDecoder().decode((await reader.read()).value);
  assert.doesNotMatch(text, /settings-changed|person\.added/);
  await reader.cancel();
});

test('no fault came up', () => {
  assert.deepEqual(world.faults, []);
});
