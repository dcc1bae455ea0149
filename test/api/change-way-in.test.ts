/** Changing one's own password or code app: the session that asks goes on, every other that the old one let in is cut, with a receipt. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { Secret, TOTP } from 'otpauth';
import { API_PREFIX } from '#api/endpoints.ts';
import type { AnswerOf } from '#api/endpoints.ts';
import { DAY_MS, MINUTE_MS } from '#model/limits.ts';
import type { CredentialId } from '#std/ids.ts';
import { Authenticator } from './authenticator.ts';
import { Browser, createFacility, openWorld } from './world.ts';
import type { World } from './world.ts';

const MAIL = 'pat@freelance.example';
const PASSWORDS = ['Grebe-Trellis-47-Umbra', 'Plinth-Osprey-82-Velum', 'Sorrel-Tundra-19-Quill'] as const;

let world: World;
let passkey: Authenticator;
let secret: string;
let password: string = PASSWORDS[0];
before(async () => {
  world = await openWorld();
  const { browser: owner } = await createFacility(world);
  const added = await owner.call('add-person', { body: { name: 'Pat Kim', mail: MAIL, inviteDays: 3 } });
  const token = (added.body.link ?? '').split('#')[1] ?? '';
  const pat = new Browser(world);
  const { options } = (await pat.call('invitation-look', { body: { token } })).body;
  secret = options.totp.secret;
  const enrolment = { type: 'password', ceremony: options.ceremony, password, code: code() } as const;
  assert.equal((await pat.call('invitation-accept', { body: { token, enrolment } })).status, 200);
  passkey = new Authenticator(world.portal.origin);
  const adding = await pat.call('add-credential-options');
  const response = passkey.create(adding.body.passkey);
  const made = await pat.call('add-passkey', { body: { ceremony: adding.body.ceremony, label: 'Laptop', response } });
  assert.equal(made.status, 200, JSON.stringify(made.body));
});
after(() => world.close());

function code(): string {
  return new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: world.clock.now() });
}

async function byPassword(): Promise<Browser> {
  world.clock.advance(MINUTE_MS); // a code counts once
  const browser = new Browser(world);
  const { status, body } = await browser.call('sign-in-password', { body: { mail: MAIL, password, code: code() } });
  assert.equal(status, 200, JSON.stringify(body));
  return browser;
}

async function byPasskey(): Promise<Browser> {
  const browser = new Browser(world);
  const begun = await browser.call('sign-in-passkey-options');
  const body = { ceremony: begun.body.ceremony, response: passkey.get(begun.body.options) };
  assert.equal((await browser.call('sign-in-passkey', { body })).status, 200);
  return browser;
}

/** The stream of events that a page keeps open. */
async function listen(browser: Browser) {
  const leaving = new AbortController();
  const headers = { accept: 'text/event-stream' };
  const response = await browser.fetch(`${API_PREFIX}/events`, { headers, signal: leaving.signal });
  assert.equal(response.status, 200);
  const stream = { over: false, leave: () => leaving.abort() };
  const ended = (async () => {
    try {
      for await (const _ of response.body ?? []);
    } catch {
      // Reset, which is how a cut ends it.
    }
    stream.over = true;
  })();
  return { stream, ended };
}

async function isIn(browser: Browser): Promise<boolean> {
  return (await browser.call('me')).status === 200;
}

/** One receipt of the portal: what it cut, and that the old credential lets nobody in. */
async function proven(asking: Browser, { replaced }: AnswerOf<'set-password'>, sessions: number): Promise<void> {
  assert.equal(replaced?.sessions, sessions);
  const { cut } = (await asking.call('see-cut', { params: { cut: replaced.cut }, query: { wait: 5_000 } })).body;
  assert.deepEqual([cut.because, cut.complete, cut.receipts.length], ['credential-ended', true, 1]);
  const [receipt] = cut.receipts;
  assert.deepEqual(
    [
      receipt?.gate,
      receipt?.sessionCount,
      receipt?.probe.bytesStopped,
      receipt?.probe.accessRefused,
      receipt?.probe.rule,
    ],
    ['portal', sessions, true, true, 'credential-ended'],
  );
}

test('a new password: this session goes on under it, those of the old one end, and a passkey’s is not touched', async () => {
  world.clock.advance(DAY_MS + MINUTE_MS); // a password stays for a day
  const [here, there, laptop] = [await byPassword(), await byPassword(), await byPasskey()];
  const [mine, theirs] = [await listen(here), await listen(there)];
  const former = here.cookie;
  [, password] = PASSWORDS;
  const set = await here.call('set-password', { body: { password } });
  assert.equal(set.status, 200, JSON.stringify(set.body));
  await theirs.ended;
  await proven(here, set.body, 1);
  assert.deepEqual([await isIn(here), await isIn(there), await isIn(laptop)], [true, false, true]);
  assert.equal(mine.stream.over, false, 'what this session was doing goes on');
  assert.notEqual(here.cookie, former, 'rights changed, so the token did');
  const { session } = (await here.call('me')).body;
  assert.equal(session.credential?.id, set.body.credential.id);
  mine.stream.leave();
  await mine.ended;
});

test('after that the session lives and dies with the new password', async () => {
  const here = await byPassword();
  const { credential } = (await here.call('me')).body.session;
  assert.ok(credential !== undefined);
  const laptop = await byPasskey();
  const revoked = { params: { credential: credential.id as CredentialId }, body: {} };
  world.clock.advance(DAY_MS + MINUTE_MS);
  const later = await byPassword();
  [, , password] = PASSWORDS;
  assert.equal((await later.call('set-password', { body: { password } })).status, 200);
  const again = (await later.call('me')).body.session.credential;
  assert.notEqual(again?.id, credential.id);
  assert.equal((await later.call('revoke-credential', revoked)).body.code, 'already-done');
  const end = await later.call('revoke-credential', { params: { credential: again?.id as CredentialId }, body: {} });
  assert.equal(end.status, 200, JSON.stringify(end.body));
  assert.deepEqual([await isIn(later), await isIn(laptop)], [false, false]);
  const desk = await byPasskey();
  // With no password there is none to replace: nothing is cut.
  const fresh = await desk.call('set-password', { body: { password: 'Kestrel-Gneiss-58-Anvil' } });
  assert.deepEqual([fresh.status, fresh.body.replaced], [200, undefined], JSON.stringify(fresh.body));
  password = 'Kestrel-Gneiss-58-Anvil';
});

test('a new code app: sessions that came by a code of the old one end, the one that asks goes on', async () => {
  const [here, there, laptop] = [await byPassword(), await byPassword(), await byPasskey()];
  const options = (await here.call('add-credential-options')).body;
  const old = secret;
  secret = options.totp.secret;
  const body = { ceremony: options.ceremony, code: code() };
  const wrong = await here.call('set-totp', { body: { ...body, code: '000000' } });
  assert.deepEqual([wrong.status, await isIn(there)], [401, true]);
  const set = await here.call('set-totp', { body });
  assert.equal(set.status, 200, JSON.stringify(set.body));
  await proven(here, set.body, 1);
  assert.deepEqual([await isIn(here), await isIn(there), await isIn(laptop)], [true, false, true]);
  world.clock.advance(MINUTE_MS);
  const stale = new TOTP({ secret: Secret.fromBase32(old) }).generate({ timestamp: world.clock.now() });
  const refused = await new Browser(world).call('sign-in-password', { body: { mail: MAIL, password, code: stale } });
  assert.equal(refused.status, 401);
  assert.equal(await isIn(await byPassword()), true);
});

test('whoever changes it from a passkey’s session ends every session of the password', async () => {
  const [here, there, laptop] = [await byPassword(), await byPassword(), await byPasskey()];
  const options = (await laptop.call('add-credential-options')).body;
  secret = options.totp.secret;
  const set = await laptop.call('set-totp', { body: { ceremony: options.ceremony, code: code() } });
  assert.equal(set.status, 200, JSON.stringify(set.body));
  assert.ok((set.body.replaced?.sessions ?? 0) >= 2);
  await proven(laptop, set.body, set.body.replaced?.sessions ?? 0);
  assert.deepEqual([await isIn(here), await isIn(there), await isIn(laptop)], [false, false, true]);
});

test('no fault came up', () => assert.deepEqual(world.faults, []));
