/** Login tracking, as a table: for every way in and every reason, one entry that says who, from where, with what and why; and no secret. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { Secret, TOTP } from 'otpauth';
import { API_PREFIX } from '#api/endpoints.ts';
import { decodeEntry } from '#ledger/entry.ts';
import type { EntryOf } from '#model/events.ts';
import { HOUR_MS, LOCKOUT_FAILURES, MINUTE_MS } from '#model/limits.ts';
import type { CredentialId, PersonId, ZoneId } from '#std/ids.ts';
import { Authenticator } from './authenticator.ts';
import { Browser, createFacility, joinWith, openWorld } from './world.ts';
import type { World } from './world.ts';

const PASSWORD = 'Grebe-Trellis-47-Umbra';
const NOBODYS_LINK = 'A'.repeat(43);

let world: World;
let owner: Browser;
let ownerKey: Authenticator;
let ownerId: PersonId;
before(async () => {
  world = await openWorld();
  ({ browser: owner, passkey: ownerKey } = await createFacility(world));
  ownerId = (await owner.call('me')).body.person.id as PersonId; // ids are text in answers
});
after(() => world.close());

/** Who, with what, why; and what must stand in no entry. */
interface Row {
  readonly with: string;
  readonly why: string;
  /** Runs the one refused attempt; everything before it is not refused. */
  readonly tries: () => Promise<Tried>;
}
interface Tried {
  readonly person?: string | undefined;
  readonly credential?: string | undefined;
  readonly secrets?: readonly string[];
}

const rows: readonly Row[] = [
  { with: 'password-and-totp', why: 'unknown-person', tries: () => byPassword('nobody@freelance.example') },
  { with: 'password-and-totp', why: 'no-password', tries: () => byPassword('robin@harbour.example', {}, ownerId) },
  { with: 'password-and-totp', why: 'wrong-password', tries: () => byPat({ password: 'Not-The-Password-9' }) },
  { with: 'password-and-totp', why: 'wrong-code', tries: () => byPat({ code: '000000' }) },
  {
    with: 'password-and-totp',
    why: 'code-used-before',
    tries: async () => {
      const { mail, secret } = await pat();
      const code = codeOf(secret);
      const first = await new Browser(world).call('sign-in-password', { body: { mail, password: PASSWORD, code } });
      assert.equal(first.status, 200, JSON.stringify(first.body));
      return byPat({ code });
    },
  },
  {
    with: 'password-and-totp',
    why: 'locked',
    tries: async () => {
      const { id } = await pat();
      const guess = { kind: 'refuse-signin', person: id, with: 'totp', why: 'wrong-code', gate: 'portal' } as const;
      for (let at = 0; at < LOCKOUT_FAILURES; at += 1) await world.engine.command(guess, { service: 'gate-portal' });
      seen = refusals().length;
      const tried = await byPat();
      assert.equal((await owner.call('unlock-person', { params: { person: id } })).status, 200);
      return tried;
    },
  },
  {
    with: 'password-and-totp',
    why: 'person-not-active',
    tries: async () => {
      const { id } = await pat();
      await owner.call('suspend-person', { params: { person: id }, body: { reason: 'on leave' } });
      const tried = await byPat();
      await owner.call('restore-person', { params: { person: id }, body: { reason: 'back' } });
      return tried;
    },
  },
  {
    with: 'password-and-totp',
    why: 'too-many-tries',
    tries: () =>
      untilTooMany(async () => {
        const body = { mail: 'nobody@freelance.example', password: PASSWORD, code: '123456' };
        return (await new Browser(world).call('sign-in-password', { body })).status;
      }),
  },

  { with: 'passkey', why: 'unknown-passkey', tries: () => byPasskey(new Authenticator(world.portal.origin), {}) },
  {
    with: 'passkey',
    why: 'wrong-passkey',
    tries: () => byPasskey(ownerKey, { tampering: { unverified: true } }, ownerId),
  },
  {
    with: 'passkey',
    why: 'wrong-passkey',
    tries: () => byPasskey(ownerKey, { tampering: { origin: 'https://evil.example' } }, ownerId),
  },
  {
    with: 'passkey',
    why: 'ceremony-over',
    tries: async () => {
      const begun = await new Browser(world).call('sign-in-passkey-options');
      const body = { ceremony: begun.body.ceremony, response: ownerKey.get(begun.body.options) };
      assert.equal((await new Browser(world).call('sign-in-passkey', { body })).status, 200);
      return byPasskey(ownerKey, { begun }, ownerId);
    },
  },
  {
    with: 'passkey',
    why: 'ceremony-over',
    tries: async () => {
      // Begun for another purpose, by somebody who is signed in.
      const { body } = await owner.call('step-up-options');
      return byPasskey(
        ownerKey,
        { begun: { body: { ceremony: body.ceremony, options: body.options ?? {} } } },
        ownerId,
      );
    },
  },
  {
    with: 'passkey',
    why: 'credential-revoked',
    tries: async () => {
      const { id, passkey, browser } = await joined('Rhea Voked');
      const [own] = (await browser.call('my-credentials')).body.credentials;
      assert.ok(own !== undefined);
      await owner.call('revoke-credential', { params: { credential: own.id as CredentialId }, body: {} });
      return { ...(await byPasskey(passkey, {}, id)), credential: own.id };
    },
  },
  {
    with: 'passkey',
    why: 'person-not-active',
    tries: async () => {
      const { id, passkey } = await joined('Sus Pended');
      await owner.call('suspend-person', { params: { person: id }, body: { reason: 'on leave' } });
      return byPasskey(passkey, {}, id);
    },
  },
  {
    with: 'passkey',
    why: 'too-many-tries',
    tries: () => untilTooMany(async () => (await new Browser(world).call('sign-in-passkey-options')).status),
  },

  { with: 'invitation', why: 'unknown-invitation', tries: () => look(NOBODYS_LINK) },
  {
    with: 'invitation',
    why: 'invitation-used',
    tries: async () => {
      const { id, link } = await invited('Una Used');
      await joinWith(world, link);
      return look(tokenOf(link), id);
    },
  },
  {
    with: 'invitation',
    why: 'invitation-withdrawn',
    tries: async () => {
      const { id, link } = await invited('Wim Withdrawn');
      const [open] = world.engine
        .state()
        .invitations.filter(({ person }) => person === id)
        .keys();
      assert.ok(open !== undefined);
      await owner.call('withdraw-invitation', { params: { invitation: open } });
      return look(tokenOf(link), id);
    },
  },
  {
    with: 'invitation',
    why: 'person-not-active',
    tries: async () => {
      const { id, link } = await invited('Ivo Inactive');
      await owner.call('suspend-person', { params: { person: id }, body: { reason: 'not coming' } });
      return look(tokenOf(link), id);
    },
  },
  ...(['ceremony-over', 'passkey-refused'] as const).map((why): Row => ({
    with: 'invitation',
    why,
    tries: async () => {
      const { id, link } = await invited(`Ida ${why}`);
      const token = tokenOf(link);
      const { options } = (await new Browser(world).call('invitation-look', { body: { token } })).body;
      const ceremony = why === 'ceremony-over' ? NOBODYS_LINK : options.ceremony;
      const response = new Authenticator(world.portal.origin).create(options.passkey, {
        origin: 'https://evil.example',
      });
      const enrolment = { type: 'passkey', ceremony, label: 'Phone', response } as const;
      assert.notEqual((await new Browser(world).call('invitation-accept', { body: { token, enrolment } })).status, 200);
      return { person: id, secrets: [token] };
    },
  })),
  ...(['weak-password', 'wrong-code'] as const).map((why): Row => ({
    with: 'invitation',
    why,
    tries: async () => {
      const { id, link } = await invited(`Ada ${why}`);
      const chosen = why === 'weak-password' ? 'short' : PASSWORD;
      const { status } = await enrolPassword(link, chosen, why === 'wrong-code' ? () => '000000' : codeOf);
      assert.notEqual(status, 200);
      return { person: id, secrets: [tokenOf(link), PASSWORD] };
    },
  })),
  {
    with: 'recovery',
    why: 'invitation-used',
    tries: async () => {
      const { id, link } = await recovered();
      await joinWith(world, link);
      return look(tokenOf(link), id);
    },
  },

  ...(['step-up-passkey-refused', 'step-up-unknown-passkey', 'step-up-ceremony-over'] as const).map((why): Row => ({
    with: 'passkey',
    why,
    tries: async () => {
      const { options, ceremony } = (await owner.call('step-up-options')).body;
      const key = why === 'step-up-unknown-passkey' ? new Authenticator(world.portal.origin) : ownerKey;
      const answered = {
        type: 'passkey' as const,
        ceremony: why === 'step-up-ceremony-over' ? NOBODYS_LINK : ceremony,
        response: key.get(options, { unverified: true }),
      };
      assert.notEqual((await owner.call('step-up', { body: answered })).status, 200);
      return { person: ownerId };
    },
  })),
  ...(['step-up-wrong-code', 'step-up-ceremony-over', 'step-up-person-locked'] as const).map((why): Row => ({
    with: 'totp',
    why,
    tries: async () => {
      const { id, mail, secret } = await pat();
      const browser = new Browser(world);
      const opened = { mail, password: PASSWORD, code: codeOf(secret) };
      assert.equal((await browser.call('sign-in-password', { body: opened })).status, 200);
      world.clock.advance(MINUTE_MS);
      const { ceremony } = (await browser.call('step-up-options')).body;
      if (why === 'step-up-person-locked') await lock(id);
      const body = {
        type: 'totp' as const,
        ceremony: why === 'step-up-ceremony-over' ? NOBODYS_LINK : ceremony,
        code: why === 'step-up-wrong-code' ? '000000' : codeOf(secret),
      };
      assert.notEqual((await browser.call('step-up', { body })).status, 200);
      // Only a wrong code is a guess: a step that timed out takes nobody nearer to the lock.
      const { failures, locked } = world.engine.state().people.get(id) ?? {};
      if (why !== 'step-up-person-locked')
        assert.deepEqual([failures, locked], [why === 'step-up-wrong-code' ? 1 : 0, false]);
      else await owner.call('unlock-person', { params: { person: id } });
      return { person: id };
    },
  })),

  { with: 'service-token', why: 'unknown-token', tries: () => byToken(`plk_${NOBODYS_LINK}`) },
  { with: 'service-token', why: 'not-a-token', tries: () => byToken('ghp_somebodyElsesSecret') },
  {
    with: 'service-token',
    why: 'not-a-token',
    tries: () => byAuthorization('Basic cm9vdDpzZWNyZXQ=', ['cm9vdDpzZWNyZXQ']),
  },
  {
    with: 'service-token',
    why: 'credential-revoked',
    tries: async () => {
      const its = await token();
      await owner.call('revoke-credential', { params: { credential: its.credential }, body: {} });
      return { ...(await byToken(its.token)), person: its.person, credential: its.credential };
    },
  },
  {
    with: 'service-token',
    why: 'credential-expired',
    tries: async () => {
      const its = await token({ forMs: 3 * MINUTE_MS });
      world.clock.advance(4 * MINUTE_MS);
      return { ...(await byToken(its.token)), person: its.person, credential: its.credential };
    },
  },
  {
    with: 'service-token',
    why: 'person-not-active',
    tries: async () => {
      const its = await token();
      await owner.call('suspend-person', { params: { person: its.person }, body: { reason: 'odd traffic' } });
      return { ...(await byToken(its.token)), person: its.person, credential: its.credential };
    },
  },
  {
    with: 'service-token',
    why: 'zone-not-allowed',
    tries: async () => {
      const its = await token({ elsewhere: true });
      return { ...(await byToken(its.token)), person: its.person, credential: its.credential };
    },
  },

  {
    with: 'first-run',
    why: 'already-set-up',
    tries: async () => {
      await new Browser(world).call('first-run-options', { body: { ownerName: 'Mallory' } });
      return {};
    },
  },
  {
    with: 'demo-link',
    why: 'unknown-link',
    tries: async () => {
      await new Browser(world).call('sign-in-link', { body: { token: NOBODYS_LINK } });
      return { secrets: [NOBODYS_LINK] };
    },
  },
];

/** Refusals before the attempt under test. */
let seen = 0;

for (const [number, row] of rows.entries()) {
  test(`${number + 1}. ${row.with}: ${row.why}`, async () => {
    await calm();
    seen = refusals().length;
    const { person, credential, secrets = [] } = await row.tries();
    const every = refusals().slice(seen);
    // What came before the limit was reached was refused as well.
    const told = row.why === 'too-many-tries' ? every.filter(({ data }) => data.why === row.why) : every;
    assert.deepEqual(
      told.map(({ by, about, data }) => [by.from, by.service, about.person, data.with, data.why, data.gate]),
      [['127.0.0.1', 'gate-portal', person, row.with, row.why, 'portal']],
    );
    if (credential !== undefined) assert.equal(told[0]?.about.credential, credential);
    const ledger = world.engine.store.entries.map((bytes) => Buffer.from(bytes).toString('utf8')).join('\n');
    for (const secret of secrets) assert.ok(!ledger.includes(secret), 'a secret stands in the ledger');
  });
}

test('a machine that repeats an ended token writes a few entries, hears the same answer, and holds no person up', async () => {
  await calm();
  const its = await token();
  await owner.call('revoke-credential', { params: { credential: its.credential }, body: {} });
  seen = refusals().length;
  for (let tries = 0; tries < 60; tries += 1) await byToken(its.token);
  const whys = refusals()
    .slice(seen)
    .map(({ data }) => data.why);
  assert.equal(whys.filter((why) => why === 'too-many-tries').length, 1);
  assert.ok(whys.length < 20, `${whys.length} entries`);
  assert.equal((await new Browser(world).call('sign-in-passkey-options')).status, 200);
});

test('answers to steps that nobody began use up the tries of their address', async () => {
  await calm();
  seen = refusals().length;
  const statuses: number[] = [];
  for (let tries = 0; tries < 40; tries += 1) {
    const body = { ceremony: NOBODYS_LINK, response: ownerKey.get({ challenge: 'AAAA' }) };
    statuses.push((await new Browser(world).call('sign-in-passkey', { body })).status);
  }
  assert.equal(statuses.at(-1), 429);
  const whys = refusals()
    .slice(seen)
    .map(({ data }) => data.why);
  assert.equal(whys.filter((why) => why === 'too-many-tries').length, 1);
  assert.ok(whys.length < 20, `${whys.length} entries`);
});

test('the set-up code of an empty facility is told, and an enrolment that fails there', async () => {
  const empty = await openWorld({ setupCode: 'correct-horse' });
  try {
    const browser = new Browser(empty);
    const name = { ownerName: 'Robin Osei' };
    assert.equal((await browser.call('first-run-options', { body: { ...name, setupCode: 'wrong' } })).status, 401);
    const options = await browser.call('first-run-options', { body: { ...name, setupCode: 'correct-horse' } });
    const response = new Authenticator(empty.portal.origin).create(options.body.passkey, { challenge: 'AAAA' });
    const enrolment = { type: 'passkey', ceremony: options.body.ceremony, label: 'Laptop', response } as const;
    const facility = { facility: 'Harbour Post', timeZone: 'Europe/London', setupCode: 'correct-horse' };
    assert.equal((await browser.call('first-run', { body: { ...name, ...facility, enrolment } })).status, 401);
    const told = refusalsIn(empty).map(({ data }) => [data.with, data.why]);
    assert.deepEqual(told, [
      ['setup-code', 'wrong-code'],
      ['first-run', 'passkey-refused'],
    ]);
  } finally {
    await empty.close();
  }
});

test('no fault came up', () => assert.deepEqual(world.faults, []));

/** The limits are per address and everybody here has one: time heals them. The owner stays awake. */
async function calm(): Promise<void> {
  world.clock.advance(2 * MINUTE_MS);
  if ((await owner.call('me')).status === 200) return;
  const begun = await owner.call('sign-in-passkey-options');
  const body = { ceremony: begun.body.ceremony, response: ownerKey.get(begun.body.options) };
  assert.equal((await owner.call('sign-in-passkey', { body })).status, 200);
}

function refusalsIn({ engine }: World): readonly EntryOf<'signin.refused'>[] {
  const entries = engine.store.entries.map((bytes) => decodeEntry(bytes));
  return entries.flatMap((entry) => (entry.kind === 'signin.refused' ? [entry] : []));
}

function refusals(): readonly EntryOf<'signin.refused'>[] {
  return refusalsIn(world);
}

const TRIES_MAX = 100;

async function untilTooMany(once: () => Promise<number>): Promise<Tried> {
  for (let tries = 0; tries < TRIES_MAX; tries += 1) if ((await once()) === 429) return {};
  throw new Error('nobody is ever stopped');
}

function codeOf(secret: string): string {
  return new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: world.clock.now() });
}

function tokenOf(link: string): string {
  return link.slice(link.indexOf('#') + 1);
}

async function invited(name: string, mail?: string): Promise<{ readonly id: PersonId; readonly link: string }> {
  const added = await owner.call('add-person', {
    body: { name, inviteDays: 3, ...(mail === undefined ? {} : { mail }) },
  });
  assert.equal(added.status, 200, JSON.stringify(added.body));
  return { id: added.body.person.id as PersonId, link: added.body.link ?? '' }; // ids are text in answers
}

async function joined(name: string) {
  const { id, link } = await invited(name);
  return { id, ...(await joinWith(world, link)) };
}

async function enrolPassword(link: string, password: string, code: (secret: string) => string) {
  const token = tokenOf(link);
  const { options } = (await new Browser(world).call('invitation-look', { body: { token } })).body;
  const { secret } = options.totp;
  const enrolment = { type: 'password', ceremony: options.ceremony, password, code: code(secret) } as const;
  const { status } = await new Browser(world).call('invitation-accept', { body: { token, enrolment } });
  return { status, secret };
}

let known: { readonly id: PersonId; readonly mail: string; readonly secret: string } | undefined;

/** Somebody with a password and a code; each time with a code that was not used yet. */
async function pat() {
  if (known !== undefined) return known;
  const mail = 'pat@freelance.example';
  const { id, link } = await invited('Pat Kim', mail);
  const { status, secret } = await enrolPassword(link, PASSWORD, codeOf);
  assert.equal(status, 200);
  world.clock.advance(MINUTE_MS);
  known = { id, mail, secret };
  return known;
}

async function lock(person: PersonId): Promise<void> {
  const guess = { kind: 'refuse-signin', person, with: 'totp', why: 'wrong-code', gate: 'portal' } as const;
  for (let at = 0; at < LOCKOUT_FAILURES; at += 1) await world.engine.command(guess, { service: 'gate-portal' });
  seen = refusals().length;
}

async function byPassword(
  mail: string,
  wrong: { password?: string; code?: string } = {},
  person?: string,
): Promise<Tried> {
  const password = wrong.password ?? PASSWORD;
  const body = { mail, password, code: wrong.code ?? '123456' };
  assert.notEqual((await new Browser(world).call('sign-in-password', { body })).status, 200);
  return { person, secrets: [password, mail] };
}

async function byPat(wrong: { password?: string; code?: string } = {}): Promise<Tried> {
  const { id, mail, secret } = await pat();
  return byPassword(mail, { code: codeOf(secret), ...wrong }, id);
}

async function byPasskey(
  key: Authenticator,
  how: {
    readonly tampering?: Parameters<Authenticator['get']>[1];
    readonly begun?: { readonly body: { readonly ceremony: string; readonly options: Record<string, unknown> } };
  },
  person?: string,
): Promise<Tried> {
  const begun = how.begun ?? (await new Browser(world).call('sign-in-passkey-options'));
  const body = { ceremony: begun.body.ceremony, response: key.get(begun.body.options, how.tampering) };
  assert.notEqual((await new Browser(world).call('sign-in-passkey', { body })).status, 200);
  return { person };
}

async function look(token: string, person?: string): Promise<Tried> {
  assert.equal((await new Browser(world).call('invitation-look', { body: { token } })).status, 410);
  return { person, secrets: [token] };
}

/** A link that two administrators have approved. */
async function recovered() {
  const { id } = await joined('Lost Lou');
  const until = world.clock.now() + 100 * 24 * HOUR_MS;
  const lead = await owner.call('add-person', {
    body: { name: 'Second Admin', inviteDays: 1, roles: [{ role: 'security-lead' as never, until }] }, // a built-in role
  });
  const { browser } = await joinWith(world, lead.body.link ?? '');
  const asked = await owner.call('ask-recovery', { params: { person: id }, body: { reason: 'lost her phone' } });
  const params = { recovery: asked.body.recovery.id };
  await owner.call('approve-recovery', { params });
  const both = await browser.call('approve-recovery', { params });
  assert.equal(both.status, 200, JSON.stringify(both.body));
  return { id, link: both.body.link ?? '' };
}

let farms = 0;

async function token({ forMs = HOUR_MS, elsewhere = false } = {}) {
  farms += 1;
  const alias = `title-${farms}`;
  const made = await owner.call('create-project', { body: { alias, title: alias, owner: ownerId } });
  assert.equal(made.status, 200, JSON.stringify(made.body));
  const added = await owner.call('add-person', { body: { name: `Farm ${farms}`, nature: 'service' } });
  const person = added.body.person.id as PersonId; // ids are text in answers
  const from = world.clock.now();
  const zones = elsewhere ? [await zoneElsewhere()] : undefined;
  const given = await owner.call('give-engagement', {
    params: { project: made.body.project.id as never }, // ids are text in answers
    body: {
      person,
      role: 'render-service' as never,
      from,
      until: from + HOUR_MS,
      ...(zones === undefined ? {} : { zones }),
    },
  });
  assert.equal(given.status, 200, JSON.stringify(given.body));
  const issued = await owner.call('issue-token', {
    params: { engagement: given.body.engagement.id as never },
    body: { label: 'farm', until: from + forMs },
  });
  assert.equal(issued.status, 200, JSON.stringify(issued.body));
  return { person, token: issued.body.token, credential: issued.body.credential.id as CredentialId };
}

async function zoneElsewhere() {
  const added = await owner.call('add-zone', {
    body: { name: 'Render', trust: 40, networks: [{ cidr: '10.9.0.0/16' }] },
  });
  assert.equal(added.status, 200, JSON.stringify(added.body));
  return added.body.zone.id as ZoneId; // ids are text in answers
}

function byToken(token: string): Promise<Tried> {
  return byAuthorization(`Bearer ${token}`, [token]);
}

async function byAuthorization(authorization: string, secrets: readonly string[]): Promise<Tried> {
  const response = await new Browser(world).fetch(`${API_PREFIX}/me`, { headers: { authorization } });
  await response.text();
  assert.ok(response.status === 401 || response.status === 403, String(response.status));
  return { secrets };
}
