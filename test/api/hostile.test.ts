/** A signed-in attacker over real HTTP: looks at other clients' work, floods, hoards memory, uses a code twice. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { Secret, TOTP } from 'otpauth';
import { VERIFICATIONS_MAX } from '#api/bundles.ts';
import { REQUEST_HEADER } from '#api/endpoints.ts';
import { DEEP_QUESTION_COST, SESSION_RATE } from '#api/identity/rate.ts';
import { DAY_MS } from '#model/limits.ts';
import type { PersonId, RoleId } from '#std/ids.ts';
import { Browser, createFacility, joinWith, openWorld } from './world.ts';
import type { World } from './world.ts';

const PASSWORD = 'Grebe-Trellis-47-Umbra';
const MINUTE = 60_000;

let world: World;
let owner: Browser;

before(async () => {
  world = await openWorld();
  ({ browser: owner } = await createFacility(world));
  const self = (await owner.call('me')).body.person.id;
  for (const alias of ['alpha', 'beta'])
    await owner.call('create-project', { body: { alias, title: alias, owner: self } });
});
after(() => world.close());

async function add(name: string, roles: { readonly [project: string]: string }) {
  world.clock.advance(MINUTE);
  const added = await owner.call('add-person', { body: { name, mail: `${name}@post.example`, inviteDays: 1 } });
  const { id } = added.body.person;
  for (const [project, role] of Object.entries(roles)) await engage(id, project, role);
  return { id, link: added.body.link ?? '' };
}

async function engage(person: PersonId, project: string, role: string): Promise<void> {
  const from = world.clock.now();
  const given = await owner.call('give-engagement', {
    params: { project },
    body: { person, role: role as RoleId, from, until: from + 30 * DAY_MS }, // a role's id is its name
  });
  assert.equal(given.status, 200, JSON.stringify(given.body));
}

test('a producer learns nothing of other clients’ projects from the people on hers', async () => {
  const producer = await add('producer', { alpha: 'producer' });
  const { browser } = await joinWith(world, producer.link);
  const shared = await add('shared', { alpha: 'editor', beta: 'editor' });
  const aliases = (projects: readonly { readonly alias: string }[]) => projects.map(({ alias }) => alias);
  const seen = await browser.call('see-person', { params: { person: shared.id } });
  assert.deepEqual(aliases(seen.body.person.projects), ['alpha']);
  const listed = (await browser.call('list-people')).body.people.find(({ id }) => id === shared.id);
  assert.deepEqual(aliases(listed?.projects ?? []), ['alpha']);
  const may = await browser.call('what-can', { body: { person: shared.id } });
  assert.deepEqual(aliases(may.body.projects.map(({ project }) => project)), ['alpha']);
  const asOwner = await owner.call('see-person', { params: { person: shared.id } });
  assert.deepEqual(aliases(asOwner.body.person.projects).sort(), ['alpha', 'beta']);
});

test('nobody takes over the mail address by which somebody else signs in', async () => {
  const engineer = await add('engineer', {});
  const roles = [{ role: 'engineer' as RoleId, until: world.clock.now() + DAY_MS }]; // a role's id is its name
  assert.equal((await owner.call('change-roles', { params: { person: engineer.id }, body: { roles } })).status, 200);
  const body = { name: 'Me', mail: 'Robin@Harbour.example' };
  const link = (await owner.call('invite', { params: { person: engineer.id }, body: { days: 1 } })).body.link;
  const { browser } = await joinWith(world, link);
  const renamed = await browser.call('rename-person', { params: { person: engineer.id }, body });
  assert.deepEqual([renamed.status, renamed.body.code], [409, 'mail-taken'], 'it is the owner’s');
  const added = await browser.call('add-person', { body });
  assert.deepEqual([added.status, added.body.code], [409, 'mail-taken']);
  const own = await browser.call('rename-person', {
    params: { person: engineer.id },
    body: { ...body, mail: 'engineer@post.example' },
  });
  assert.equal(own.status, 200, JSON.stringify(own.body));
});

test('a session that floods is told to wait, others are not, and a second later it may go on', async () => {
  const { browser } = await joinWith(world, (await add('flooder', {})).link);
  const past = { at: world.clock.now() - 1 };
  const ask = () => browser.call('list-roles', { query: past });
  const answers = await Promise.all(Array.from({ length: SESSION_RATE.burst / DEEP_QUESTION_COST + 30 }, ask));
  const waiting = answers.filter(({ status }) => status === 429);
  assert.ok(waiting.length > 0, 'questions about the past are dear');
  assert.ok(answers.some(({ status }) => status === 200));
  assert.equal(waiting[0]?.headers.get('retry-after'), '1');
  assert.equal(waiting[0]?.body.code, 'too-many-requests');
  assert.equal((await owner.call('me')).status, 200);
  world.clock.advance(1_000);
  assert.equal((await ask()).status, 200);
});

/** A verification whose body has begun and does not end, as a real client on a slow line has. */
function hold(browser: Browser): Promise<() => void> {
  return new Promise((held) => {
    const sent = request({
      port: world.portal.port,
      host: '127.0.0.1',
      path: '/api/v1/bundles/verification',
      method: 'POST',
      headers: { cookie: browser.cookie ?? '', [REQUEST_HEADER]: '1', host: `127.0.0.1:${world.portal.port}` },
    });
    sent.on('error', () => undefined);
    sent.write('PK', () => held(() => sent.destroy()));
  });
}

test('bundles that are sent to be verified do not fill the memory', async () => {
  const { browser } = await joinWith(world, (await add('hoarder', {})).link);
  const verify = () =>
    browser.fetch('/api/v1/bundles/verification', { method: 'POST', headers: { [REQUEST_HEADER]: '1' }, body: 'PK' });
  assert.equal((await verify()).status, 200);
  const held = await Promise.all(Array.from({ length: VERIFICATIONS_MAX }, () => hold(browser)));
  await new Promise((done) => setTimeout(done, 100));
  assert.equal((await verify()).status, 503);
  for (const letGo of held) letGo();
  await new Promise((done) => setTimeout(done, 100));
  assert.equal((await verify()).status, 200, 'a connection that breaks gives its turn back');
});

test('a code that stepped up is no code after a restart', async () => {
  const { link } = await add('stepper', {});
  const token = link.slice(link.indexOf('#') + 1);
  const browser = new Browser(world);
  const look = await browser.call('invitation-look', { body: { token } });
  const { secret } = look.body.options.totp;
  const code = () => new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: world.clock.now() });
  const enrolment = {
    type: 'password' as const,
    ceremony: look.body.options.ceremony,
    password: PASSWORD,
    code: code(),
  };
  assert.equal((await browser.call('invitation-accept', { body: { token, enrolment } })).status, 200);
  world.clock.advance(5 * MINUTE);
  const options = await browser.call('step-up-options');
  const used = code();
  const stepped = await browser.call('step-up', {
    body: { type: 'totp', ceremony: options.body.ceremony, code: used },
  });
  assert.equal(stepped.status, 200, JSON.stringify(stepped.body));
  world = await world.restart();
  const replay = await new Browser(world).call('sign-in-password', {
    body: { mail: 'stepper@post.example', password: PASSWORD, code: used },
  });
  assert.equal(replay.status, 401, 'whoever looked over her shoulder is in');
  world.clock.advance(2 * MINUTE);
  const fresh = await new Browser(world).call('sign-in-password', {
    body: { mail: 'stepper@post.example', password: PASSWORD, code: code() },
  });
  assert.equal(fresh.status, 200, JSON.stringify(fresh.body));
});
