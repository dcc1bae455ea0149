/** Nobody keeps a dormant account: warned, then suspended by the clock, a person and a service alike; use of any kind prevents it. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { randomFillSync } from 'node:crypto';
import { decideSignIn } from '#gates/registry/holding.ts';
import { createRegistry } from '#gates/registry/registry.ts';
import { SESSION_MS_MAX } from '#api/identity/sign-ins.ts';
import { DAY_MS } from '#model/limits.ts';
import type { EntryKind } from '#model/events.ts';
import type { PersonId, RoleId } from '#std/ids.ts';
import type { Authenticator } from './authenticator.ts';
import { Browser, createFacility, joinWith, openWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;
let owner: Browser;
let ownerKey: Authenticator;

before(async () => {
  world = await openWorld();
  ({ browser: owner, passkey: ownerKey } = await createFacility(world));
  const self = (await owner.call('me')).body.person.id;
  await made(owner.call('create-project', { body: { alias: 'alpha', title: 'Alpha', owner: self } }));
});
after(() => world.close());

async function made<T>(call: Promise<{ readonly status: number; readonly body: T }>): Promise<T> {
  const { status, body } = await call;
  assert.equal(status, 200, JSON.stringify(body));
  return body;
}

async function signIn(passkey: Authenticator) {
  const browser = new Browser(world);
  const options = await browser.call('sign-in-passkey-options');
  const response = passkey.get(options.body.options);
  return {
    browser,
    answer: await browser.call('sign-in-passkey', { body: { ceremony: options.body.ceremony, response } }),
  };
}

interface Farm {
  readonly id: PersonId;
  use(): Promise<number>;
  /** Holds the event stream; resolves at its first byte. */
  listen(): Promise<{ readonly over: Promise<string> }>;
}

async function farm(): Promise<Farm> {
  const [from, until] = [world.clock.now(), world.clock.now() + 90 * DAY_MS];
  const { person } = await made(owner.call('add-person', { body: { name: 'Render farm', nature: 'service' } }));
  const engagement = { person: person.id, role: 'render-service' as RoleId, from, until };
  const given = await made(owner.call('give-engagement', { params: { project: 'alpha' }, body: engagement }));
  const params = { engagement: given.engagement.id };
  const { token } = await made(owner.call('issue-token', { params, body: { label: 'farm', until } }));
  const headers = { authorization: `Bearer ${token}` };
  return {
    id: person.id,
    use: async () => (await new Browser(world).call('see-project', { params: { project: 'alpha' }, headers })).status,
    listen: async () => {
      const answer = await new Browser(world).fetch('/api/v1/events', {
        headers: { ...headers, accept: 'text/event-stream' },
      });
      assert.equal(answer.status, 200);
      const reader = answer.body?.getReader();
      await reader?.read();
      const over = (async () => {
        while ((await reader?.read())?.done === false) continue;
        return 'ended';
      })().catch(() => 'ended');
      return { over };
    },
  };
}

/** Waits until the clock's own work is done: what the engine asks for when something falls due. */
async function recorded(kind: EntryKind, person: PersonId): Promise<number> {
  for (let tries = 0; tries < 100; tries += 1) {
    const { entries } = await world.engine.search({ kind, person, limit: 5 });
    const [newest] = entries;
    if (newest !== undefined) return newest.entry.at;
    await new Promise((done) => setTimeout(done, 20));
  }
  return assert.fail(`no ${kind}`);
}

async function days(count: number): Promise<void> {
  for (let day = 0; day < count; day += 1) {
    world.clock.advance(DAY_MS);
    await new Promise((done) => setTimeout(done, 20));
  }
}

test(
  'idle accounts are warned, suspended after 30 days and told why; used ones are not',
  { timeout: 30_000 },
  async () => {
    const added = await made(owner.call('add-person', { body: { name: 'Idle Ida', inviteDays: 1 } }));
    const ida = { id: added.person.id, ...(await joinWith(world, added.link ?? '')) };
    const [idle, busy] = [await farm(), await farm()];
    assert.deepEqual([await idle.use(), await busy.use()], [200, 200]);
    const began = world.clock.now();

    await days(24);
    assert.equal(await busy.use(), 200);
    const fresh = await signIn(ownerKey);
    assert.equal(fresh.answer.status, 200);
    for (const { id } of [ida, idle]) {
      const warnedAt = await recorded('person.warned', id);
      assert.ok(Math.abs(warnedAt - began - 23 * DAY_MS) < DAY_MS * 1.1, 'a week before');
    }
    const { dormant } = await made(fresh.browser.call('today'));
    assert.ok(
      [ida.id, idle.id].every((id) => dormant.some((one) => one.id === id)),
      'Today shows who sleeps',
    );

    await days(7);
    for (const { id } of [ida, idle]) {
      assert.ok((await recorded('person.suspended', id)) - began >= 30 * DAY_MS);
      assert.equal(world.engine.state().people.get(id)?.standing, 'dormant');
      const { entries } = await world.engine.search({ kind: 'cut.ordered', person: id, limit: 5 });
      assert.ok(entries.some(({ entry }) => entry.kind === 'cut.ordered' && entry.data.because === 'dormancy'));
      await recorded('cut.receipt', id);
    }
    assert.equal(await idle.use(), 403);
    assert.equal(await busy.use(), 200, 'whoever was here within 30 days stays');
    const refused = await signIn(ida.passkey);
    assert.deepEqual([refused.answer.status, refused.answer.body.code], [403, 'person-not-active']);
    await recorded('signin.refused', ida.id);
  },
);

test('whoever falls dormant with a connection still open loses the connection, too', { timeout: 30_000 }, async () => {
  const { browser } = await signIn(ownerKey);
  await made(browser.call('change-settings', { body: { dormantAfterDays: 1 } }));
  const added = await made(browser.call('add-person', { body: { name: 'Silent Sam' } }));
  const { id } = added.person;
  // No sign-in lives for so many days; a seat on a remote desk may.
  const { engine, clock } = world;
  const random = { bytes: (count: number) => randomFillSync(new Uint8Array(count)) };
  const onFault = (fault: unknown): void => void world.faults.push(fault);
  const rules = { decide: decideSignIn, shape: 'visits', watchMs: 20, sessionMsMax: 7 * DAY_MS } as const;
  const desktops = createRegistry({ engine, clock, random, gate: 'desktop', ...rules, onFault });
  const session = await desktops.open({ gate: 'desktop', person: id, until: clock.now() + 6 * DAY_MS });
  assert.ok(!('code' in session), JSON.stringify(session));
  const ended = Promise.withResolvers<string>();
  session.attach((because) => ended.resolve(because));
  await days(2);
  await recorded('person.warned', id);
  assert.equal(session.closed, undefined, 'a warned person goes on');
  await days(2);
  assert.equal(await ended.promise, 'dormancy');
  assert.equal(world.engine.state().people.get(id)?.standing, 'dormant');
  await desktops.close(); // when its receipt is recorded
  const { entries } = await engine.search({ kind: 'cut.receipt', person: id, limit: 5 });
  const receipts = entries.flatMap(({ entry }) => (entry.kind === 'cut.receipt' ? [entry.data] : []));
  const receipt = receipts.find(({ gate }) => gate === 'desktop');
  assert.deepEqual(world.faults, []);
  assert.deepEqual(
    [receipt?.sessions, receipt?.probe.bytesStopped, receipt?.probe.accessRefused],
    [[session.id], true, true],
  );
});

test('holding a stream open is no use of an account: it ends with its session, and the account goes to sleep', async () => {
  ({ browser: owner } = await signIn(ownerKey));
  const machine = await farm();
  const stream = await machine.listen();
  world.clock.advance(SESSION_MS_MAX + 1_000);
  assert.equal(await stream.over, 'ended');
  await days(2);
  await recorded('person.warned', machine.id);
  await days(2);
  await recorded('person.suspended', machine.id);
  assert.equal(await machine.use(), 403);
});
