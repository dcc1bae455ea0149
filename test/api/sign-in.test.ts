/** Identity over real HTTP: first run, passkeys, passwords with codes, invitations, recovery, lockout, cookies, rotation, idling. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { Secret, TOTP } from 'otpauth';
import { Authenticator } from './authenticator.ts';
import { Browser, createFacility, joinWith, openWorld } from './world.ts';
import type { World } from './world.ts';

const MINUTE = 60_000;
const PASSWORD = 'Grebe-Trellis-47-Umbra';

let world: World;
let owner: Browser;
let ownerKey: Authenticator;

before(async () => {
  world = await openWorld();
  ({ browser: owner, passkey: ownerKey } = await createFacility(world));
});
after(() => world.close());

function codeAt(secret: string, at: number): string {
  return new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: at });
}

/** Rate limits are per address and everybody here has one: time heals them. */
function calm(): void {
  world.clock.advance(2 * MINUTE);
}

async function signInWith(passkey: Authenticator, tampering = {}) {
  const browser = new Browser(world);
  const options = await browser.call('sign-in-passkey-options');
  const answer = await browser.call('sign-in-passkey', {
    body: { ceremony: options.body.ceremony, response: passkey.get(options.body.options, tampering) },
  });
  return { browser, answer, options };
}

async function refusals(why: string): Promise<number> {
  const page = await world.engine.search({ kind: 'signin.refused', limit: 200 });
  return page.entries.filter(
    ({ entry }) => entry.kind === 'signin.refused' && entry.data.why === why && entry.by.from === '127.0.0.1',
  ).length;
}

async function addPerson(name: string, mail: string) {
  const added = await owner.call('add-person', { body: { name, mail, inviteDays: 3 } });
  assert.equal(added.status, 200, JSON.stringify(added.body));
  return { id: added.body.person.id, link: added.body.link ?? '' };
}

async function joinWithPassword(link: string, password = PASSWORD) {
  const token = link.slice(link.indexOf('#') + 1);
  const browser = new Browser(world);
  const look = await browser.call('invitation-look', { body: { token } });
  const { secret } = look.body.options.totp;
  const code = codeAt(secret, world.clock.now());
  const answer = await browser.call('invitation-accept', {
    body: { token, enrolment: { type: 'password', ceremony: look.body.options.ceremony, password, code } },
  });
  return { browser, secret, answer };
}

test('first run happens once', async () => {
  const status = await new Browser(world).call('status');
  assert.deepEqual([status.body.created, status.body.firstRun], [true, false]);
  const again = await new Browser(world).call('first-run-options', { body: { ownerName: 'Mallory' } });
  assert.deepEqual([again.status, again.body.code], [409, 'already-set-up']);
});

test('the owner is signed in, and a new browser signs in with the passkey', async () => {
  const me = await owner.call('me');
  assert.equal(me.body.person.name, 'Robin Osei');
  assert.deepEqual(me.body.hats[0], 'facility');
  const { browser, answer } = await signInWith(ownerKey);
  assert.equal(answer.status, 200);
  assert.equal((await browser.call('me')).body.person.id, me.body.person.id);
});

test('a passkey answer works once, for its challenge, its origin, and a verified person', async () => {
  calm();
  const first = await signInWith(ownerKey);
  const replay = await new Browser(world).call('sign-in-passkey', {
    body: { ceremony: first.options.body.ceremony, response: ownerKey.get(first.options.body.options) },
  });
  assert.deepEqual([replay.status, replay.body.code], [422, 'ceremony-over']);
  for (const tampering of [{ unverified: true }, { origin: 'https://evil.example' }, { challenge: 'AAAA' }]) {
    const { answer } = await signInWith(ownerKey, tampering);
    assert.deepEqual([answer.status, answer.body.code], [401, 'passkey-refused'], JSON.stringify(tampering));
  }
  assert.equal(await refusals('wrong-passkey'), 3);
  const { answer } = await signInWith(new Authenticator(world.portal.origin));
  assert.equal(answer.body.code, 'unknown-passkey');
  assert.equal(await refusals('unknown-passkey'), 1);
});

test('a passkey whose counter falls back is refused: it was copied', async () => {
  calm();
  assert.equal((await signInWith(ownerKey)).answer.status, 200);
  ownerKey.counter -= 2;
  assert.equal((await signInWith(ownerKey)).answer.body.code, 'passkey-refused');
  ownerKey.counter += 5;
});

test('the cookie is strict, unreadable for scripts, and never sent by a URL', async () => {
  calm();
  const browser = new Browser(world);
  const options = await browser.call('sign-in-passkey-options');
  const { headers } = await browser.call('sign-in-passkey', {
    body: { ceremony: options.body.ceremony, response: ownerKey.get(options.body.options) },
  });
  const cookie = headers.get('set-cookie') ?? '';
  assert.match(cookie, /^picturelock-loopback=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
  const { cookieFor } = await import('#api/authenticate.ts');
  assert.equal(cookieFor('t', true), '__Host-picturelock=t; Path=/; HttpOnly; SameSite=Strict; Secure');
});

test('an invitation enrols once; a wrong or old token is refused', async () => {
  calm();
  const { link } = await addPerson('Ines Vega', 'ines@freelance.example');
  assert.match(link, /^http:\/\/localhost:\d+\/invitation#[\w-]{43}$/);
  const { browser } = await joinWith(world, link);
  assert.equal((await browser.call('me')).body.person.name, 'Ines Vega');
  const token = link.slice(link.indexOf('#') + 1);
  for (const used of [token, 'A'.repeat(43)]) {
    const look = await new Browser(world).call('invitation-look', { body: { token: used } });
    assert.deepEqual([look.status, look.body.code], [410, 'invitation-closed']);
  }
  const late = await addPerson('Late Lee', 'late@freelance.example');
  world.clock.advance(4 * 24 * 60 * MINUTE);
  await reSignIn();
  assert.equal(
    (await new Browser(world).call('invitation-look', { body: { token: late.link.slice(late.link.indexOf('#') + 1) } }))
      .status,
    410,
  );
});

async function reSignIn(): Promise<void> {
  const { browser, answer } = await signInWith(ownerKey);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  owner = browser;
}

test('password and code sign in; each wrong part gives the same answer; the fifth locks', async () => {
  calm();
  const { id, link } = await addPerson('Pat Kim', 'Pat@Freelance.example');
  const { secret, answer } = await joinWithPassword(link);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  calm();
  const ok = await new Browser(world).call('sign-in-password', {
    body: { mail: 'pat@freelance.EXAMPLE', password: PASSWORD, code: codeAt(secret, world.clock.now()) },
  });
  assert.equal(ok.status, 200, JSON.stringify(ok.body));
  calm();
  const code = codeAt(secret, world.clock.now());
  const wrong = [
    { mail: 'pat@freelance.example', password: 'Not-The-Password-9', code },
    { mail: 'pat@freelance.example', password: PASSWORD, code: '000000' },
    { mail: 'nobody@freelance.example', password: PASSWORD, code },
  ];
  const answers = [];
  for (const body of wrong) answers.push((await new Browser(world).call('sign-in-password', { body })).body);
  assert.deepEqual(answers[0], answers[1]);
  assert.deepEqual(answers[0], answers[2]);
  assert.deepEqual(
    [await refusals('wrong-password'), await refusals('wrong-code'), await refusals('unknown-person')],
    [1, 1, 1],
  );
  for (let tries = 0; tries < 3; tries += 1) {
    await new Browser(world).call('sign-in-password', {
      body: { mail: 'pat@freelance.example', password: 'Not-The-Password-9', code },
    });
  }
  assert.equal(world.engine.state().people.get(id)?.locked, true);
  calm();
  const right = await new Browser(world).call('sign-in-password', {
    body: { mail: 'pat@freelance.example', password: PASSWORD, code: codeAt(secret, world.clock.now()) },
  });
  assert.deepEqual([right.status, right.body.code], [401, 'sign-in-refused']);
  const unlocked = await owner.call('unlock-person', { params: { person: id } });
  assert.equal(unlocked.status, 200, JSON.stringify(unlocked.body));
  calm();
  const last = await new Browser(world).call('sign-in-password', {
    body: { mail: 'pat@freelance.example', password: PASSWORD, code: codeAt(secret, world.clock.now()) },
  });
  assert.equal(last.status, 200);
});

test('a code counts once, even in another browser and after a restart', async () => {
  calm();
  const { link } = await addPerson('Cody Once', 'cody@freelance.example');
  const { secret } = await joinWithPassword(link);
  calm();
  const body = { mail: 'cody@freelance.example', password: PASSWORD, code: codeAt(secret, world.clock.now()) };
  assert.equal((await new Browser(world).call('sign-in-password', { body })).status, 200);
  assert.equal((await new Browser(world).call('sign-in-password', { body })).status, 401);
  world = await world.restart();
  assert.equal((await new Browser(world).call('sign-in-password', { body })).status, 401);
  assert.equal(await refusals('code-used-before'), 2);
  await reSignIn();
});

test('weak passwords, names and common patterns are refused at enrolment', async () => {
  calm();
  const { link } = await addPerson('Weak Wanda', 'wanda@freelance.example');
  for (const password of ['short-1A', 'alllowercaseletters', 'Wanda-Trellis-47-Umbra', 'Password123456789!']) {
    const { answer } = await joinWithPassword(link, password);
    assert.deepEqual([answer.status, answer.body.code], [422, 'weak-password'], password);
    calm();
  }
});

test('a session idles out after 15 minutes, and background polling does not hold it', async () => {
  calm();
  const { browser } = await signInWith(ownerKey);
  world.clock.advance(10 * MINUTE);
  assert.equal((await browser.call('me', { headers: { 'x-picturelock-background': '1' } })).status, 200);
  world.clock.advance(4 * MINUTE);
  assert.equal((await browser.call('me')).status, 200);
  world.clock.advance(14 * MINUTE);
  assert.equal((await browser.call('me')).status, 200);
  world.clock.advance(15 * MINUTE + 1000);
  assert.deepEqual((await browser.call('me')).body.code, 'signed-out');
  await reSignIn();
});

test('the token changes within 30 minutes; the old one dies after a short overlap', async () => {
  calm();
  const { browser } = await signInWith(ownerKey);
  const first = browser.cookie;
  world.clock.advance(8 * MINUTE);
  await browser.call('me');
  assert.equal(browser.cookie, first);
  world.clock.advance(8 * MINUTE);
  await browser.call('me');
  assert.notEqual(browser.cookie, first);
  const old = withCookie(first);
  assert.equal((await old.call('me')).status, 200);
  assert.equal((await browser.call('me')).status, 200);
  assert.equal((await old.call('me')).status, 200, 'it was under way');
  world.clock.advance(31_000);
  assert.equal((await old.call('me')).status, 401);
  assert.equal((await browser.call('me')).status, 200);
});

function withCookie(cookie: string | undefined): Browser {
  assert.ok(cookie !== undefined);
  const browser = new Browser(world);
  browser.cookie = cookie;
  return browser;
}

test('an answer that carries a fresh token and is lost signs nobody out: the old one goes on, and is given another', async () => {
  calm();
  const { browser } = await signInWith(ownerKey);
  const first = browser.cookie;
  world.clock.advance(14 * MINUTE);
  await browser.call('me');
  world.clock.advance(2 * MINUTE);
  const lost = withCookie(first);
  await lost.call('me');
  assert.notEqual(lost.cookie, first);
  assert.equal((await browser.call('me')).status, 200);
  assert.equal(browser.cookie, first, 'requests that race are not given one each');
  world.clock.advance(5 * MINUTE);
  assert.equal((await browser.call('me')).status, 200);
  assert.ok(browser.cookie !== first && browser.cookie !== lost.cookie);
  assert.equal((await lost.call('me')).status, 200, 'late, not dead');
  assert.equal((await browser.call('me')).status, 200);
  world.clock.advance(31_000);
  assert.equal((await lost.call('me')).status, 401);
  assert.equal((await withCookie(first).call('me')).status, 401);
  assert.equal((await browser.call('me')).status, 200);
});

test('a token that was replaced and never followed by the fresh one still ends at 30 minutes', async () => {
  calm();
  const { browser } = await signInWith(ownerKey);
  const first = browser.cookie;
  for (let minutes = 0; minutes < 28; minutes += 7) {
    world.clock.advance(7 * MINUTE);
    assert.equal((await withCookie(first).call('me')).status, 200);
  }
  world.clock.advance(2 * MINUTE + 1000);
  assert.equal((await withCookie(first).call('me')).status, 401);
  await reSignIn();
});

test('12 hours end a session however busy it is', async () => {
  calm();
  const { browser } = await signInWith(ownerKey);
  for (let minutes = 0; minutes < 12 * 60 - 10; minutes += 14) {
    world.clock.advance(14 * MINUTE);
    assert.equal((await browser.call('me')).status, minutes + 14 < 12 * 60 ? 200 : 401);
  }
  world.clock.advance(14 * MINUTE);
  assert.equal((await browser.call('me')).status, 401);
  await reSignIn();
});

test('a session survives a restart of the portal; signing out ends it', async () => {
  calm();
  const { browser } = await signInWith(ownerKey);
  world = await world.restart();
  const kept = new Browser(world);
  kept.cookie = browser.cookie;
  assert.equal((await kept.call('me')).status, 200);
  const stale = new Browser(world);
  stale.cookie = kept.cookie;
  const out = await kept.call('sign-out');
  assert.equal(out.status, 200);
  assert.match(out.headers.get('set-cookie') ?? '', /Max-Age=0/);
  assert.equal((await stale.call('me')).status, 401);
  await reSignIn();
});

test('a second factor that is too old is refused, and stepping up renews it with a fresh token', async () => {
  calm();
  const { browser } = await signInWith(ownerKey);
  for (let step = 0; step < 7; step += 1) {
    world.clock.advance(10 * MINUTE);
    await browser.call('me');
  }
  const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJl7AlGZ0cz1y3FHkaRuGMs1cHDvNsGBbQJ9Q1DPRG3N robin@laptop';
  const refused = await browser.call('add-ssh-key', { body: { publicKey: key } });
  assert.deepEqual([refused.status, refused.body.code], [403, 'factor-too-old']);
  const former = browser.cookie;
  const options = await browser.call('step-up-options');
  const stepped = await browser.call('step-up', {
    body: { type: 'passkey', ceremony: options.body.ceremony, response: ownerKey.get(options.body.options) },
  });
  assert.equal(stepped.status, 200, JSON.stringify(stepped.body));
  assert.notEqual(browser.cookie, former);
  const added = await browser.call('add-ssh-key', { body: { publicKey: key } });
  assert.equal(added.status, 200, JSON.stringify(added.body));
  assert.match(added.body.credential.fingerprint ?? '', /^SHA256:[A-Za-z0-9+/]{43}$/);
});

test('recovery takes two administrators; the link enrols anew and the old passkey is over', async () => {
  calm();
  await reSignIn();
  const lost = await addPerson('Lost Lou', 'lou@freelance.example');
  const lou = await joinWith(world, lost.link);
  const until = world.clock.now() + 200 * 24 * 60 * MINUTE;
  const second = await owner.call('add-person', {
    body: { name: 'Second Admin', inviteDays: 1, roles: [{ role: 'security-lead' as never, until }] },
  });
  assert.equal(second.status, 200, JSON.stringify(second.body));
  const lead = await joinWith(world, second.body.link ?? '');
  const asked = await owner.call('ask-recovery', { params: { person: lost.id }, body: { reason: 'lost her phone' } });
  assert.equal(asked.status, 200, JSON.stringify(asked.body));
  const { id } = asked.body.recovery;
  const first = await owner.call('approve-recovery', { params: { recovery: id } });
  assert.equal(first.body.link, undefined);
  assert.equal((await owner.call('approve-recovery', { params: { recovery: id } })).body.code, 'needs-another');
  const both = await lead.browser.call('approve-recovery', { params: { recovery: id } });
  assert.match(both.body.link ?? '', /#[\w-]{43}$/);
  assert.equal((await lou.browser.call('me')).status, 401);
  calm();
  assert.equal((await signInWith(lou.passkey)).answer.body.code, 'unknown-passkey');
  const again = await joinWith(world, both.body.link ?? '');
  assert.equal((await again.browser.call('me')).body.person.id, lost.id);
});

test('too many tries from one address are slowed down, and the flood does not flood the ledger', async () => {
  calm();
  const answers = [];
  for (let tries = 0; tries < 14; tries += 1)
    answers.push((await new Browser(world).call('sign-in-passkey-options')).status);
  assert.ok(answers.slice(0, 8).every((status) => status === 200));
  assert.equal(answers.at(-1), 429);
  assert.equal(await refusals('too-many-tries'), 1);
  calm();
});

test('no fault came up', () => {
  assert.deepEqual(world.faults, []);
});

test('a weak password or a mistyped code costs neither the invitation nor the QR code', async () => {
  calm();
  const { link } = await addPerson('Ada Second-Try', 'ada@second.example');
  const token = link.slice(link.indexOf('#') + 1);
  const browser = new Browser(world);
  const look = await browser.call('invitation-look', { body: { token } });
  const { ceremony, totp } = look.body.options;
  const enrol = (password: string, code: string) =>
    browser.call('invitation-accept', { body: { token, enrolment: { type: 'password', ceremony, password, code } } });
  const code = codeAt(totp.secret, world.clock.now());
  const wrong = String((Number(code) + 1) % 1_000_000).padStart(6, '0');
  const weak = await enrol('short', code);
  assert.notEqual(weak.status, 200);
  assert.equal((await enrol(PASSWORD, wrong)).body.code, 'wrong-code');
  assert.equal((await enrol(PASSWORD, code)).status, 200);
});
