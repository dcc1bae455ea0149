import { test } from 'node:test';
import assert from 'node:assert/strict';
import { decideSignIn, decideTransfer } from '#gates/registry/holding.ts';
import { settle, TestClock, testFacility, newId, START } from '#gates/registry/test-facility.ts';
import type { TestFacility } from '#gates/registry/test-facility.ts';
import { Deadlines } from '#gates/registry/deadlines.ts';
import type { Because } from '#model/events.ts';
import { DAY_MS, HOUR_MS } from '#model/limits.ts';
import type { LiveSession, SessionRegistry } from '#ports/sessions.ts';
import type { CutId, PersonId } from '#std/ids.ts';
import { Fault, isRefused } from '#std/refused.ts';
import { array, assert as holds, asyncProperty, boolean, nat, record } from 'fast-check';

const SFTP = { gate: 'sftp', decide: decideTransfer, shape: 'connection' } as const;
const PORTAL = { gate: 'portal', decide: decideSignIn, shape: 'visits' } as const;

async function opened(
  registry: SessionRegistry,
  facility: TestFacility,
  person: PersonId,
  ms = HOUR_MS,
): Promise<LiveSession> {
  const session = await registry.open({ gate: 'sftp', person, until: facility.clock.now() + ms });
  assert.ok(!isRefused(session), JSON.stringify(session));
  return session;
}

function watched(session: LiveSession, needs?: Parameters<LiveSession['attach']>[1]): Because[] {
  const deaths: Because[] = [];
  session.attach((because) => deaths.push(because), needs);
  return deaths;
}

/** Lets the probes of orders on the way finish. */
async function shut(facility: TestFacility, ...registries: readonly SessionRegistry[]): Promise<void> {
  await facility.clock.advance(300);
  await Promise.all(registries.map((registry) => registry.close()));
  await facility.engine.close();
}

function receipts(facility: TestFacility, cut: CutId) {
  return facility.engine.state().cuts.get(cut)?.receipts ?? [];
}

test('every kind of end reaches a live connection, and each leaves a receipt that names the rule', async (t) => {
  const cases: readonly (readonly [
    Because,
    string,
    (facility: TestFacility, who: Awaited<ReturnType<TestFacility['engage']>>, cut: CutId) => Promise<void>,
  ])[] = [
    [
      'button',
      'engagement-ended',
      (f, { engagements: [engagement] }, cut) =>
        f.do({ kind: 'end-engagement', engagement: engagement!, because: 'button', cut }),
    ],
    ['wrap', 'project-not-live', (f, _, cut) => f.do({ kind: 'wrap-project', project: f.alpha, cut })],
    ['lock', 'project-not-live', (f, _, cut) => f.do({ kind: 'lock-project', project: f.alpha, reason: 'leak', cut })],
    [
      'suspension',
      'person-not-active',
      (f, { person }, cut) =>
        f.do({ kind: 'suspend-person', person, because: 'suspension', cut }, { service: 'console', ...f.asOwner }),
    ],
    ['button', 'person-not-active', (f, { person }, cut) => f.do({ kind: 'end-all-access', person, cut })],
  ];
  for (const [because, rule, order] of cases) {
    await t.test(`${because} (${rule})`, async () => {
      const facility = await testFacility();
      const who = await facility.engage('editor', [[facility.alpha, 30 * DAY_MS]]);
      const registry = facility.registry(SFTP);
      const session = await opened(registry, facility, who.person);
      const deaths = watched(session);
      const cut = newId('cut');
      await order(facility, who, cut);
      assert.deepEqual([deaths, session.closed, registry.size], [[because], because, 0]);
      await facility.clock.advance(200);
      const [receipt] = receipts(facility, cut);
      assert.deepEqual(
        [receipt?.gate, receipt?.sessions, receipt?.probe],
        ['sftp', [session.id], { bytesStopped: true, accessRefused: true, watchedMs: 100, rule }],
      );
      assert.equal(facility.engine.state().sessions.has(session.id), false);
      assert.ok(
        isRefused(await registry.open({ gate: 'sftp', person: who.person, until: START + DAY_MS })),
        'no way back in',
      );
      await shut(facility, registry);
    });
  }
});

test('the socket dies before anything is written, though the disk never answers', async () => {
  const facility = await testFacility();
  const { person, engagements } = await facility.engage('editor', [[facility.alpha, DAY_MS]]);
  const registry = facility.registry(SFTP);
  const session = await opened(registry, facility, person);
  const order: string[] = [];
  facility.engine.subscribe((placed) => order.push(...placed.map(({ entry }) => entry.kind)));
  session.attach(() => order.push('destroyed'));
  await facility.do({ kind: 'end-engagement', engagement: engagements[0]!, because: 'button', cut: newId('cut') });
  await settle();
  assert.ok(order.indexOf('destroyed') < order.indexOf('session.closed'), order.join(' '));
  await shut(facility, registry);
});

test('an engagement that ends by the clock ends the connection at its deadline, to the millisecond', async () => {
  const facility = await testFacility();
  const { person } = await facility.engage('editor', [
    [facility.alpha, 10_000],
    [facility.beta, DAY_MS],
  ]);
  const registry = facility.registry(SFTP);
  const deaths = watched(await opened(registry, facility, person));
  await facility.clock.advance(9_999);
  assert.deepEqual(deaths, []);
  await facility.clock.advance(1);
  assert.deepEqual(deaths, ['clock']);
  const again = await opened(registry, facility, person);
  assert.equal(again.closed, undefined, 'what is left of the access can be reached anew');
  await shut(facility, registry);
});

test('more time reaches a live connection without a new one', async () => {
  const facility = await testFacility();
  const { person, engagements } = await facility.engage('editor', [[facility.alpha, 10_000]]);
  const registry = facility.registry(SFTP);
  const session = await opened(registry, facility, person);
  await facility.do({ kind: 'extend-engagement', engagement: engagements[0]!, until: START + DAY_MS });
  await facility.clock.advance(60_000);
  assert.equal(session.closed, undefined);
  await shut(facility, registry);
});

test('with the engine dead, the lease ends what the clock has not, and nothing new opens', async () => {
  const facility = await testFacility();
  const { person } = await facility.engage('editor', [[facility.alpha, DAY_MS]]);
  let lease = 5000;
  let tell: (held: boolean) => void = () => undefined;
  const engine = {
    ...facility.engine,
    state: () => facility.engine.state(),
    lease: () => lease,
    onLease: (listener: typeof tell) => ((tell = listener), () => undefined),
  };
  const registry = facility.registry({ ...SFTP, engine });
  const session = await opened(registry, facility, person);
  const deaths = watched(session);
  await facility.clock.advance(4_000);
  assert.deepEqual(deaths, []);
  await facility.clock.advance(2_000);
  assert.deepEqual(deaths, ['lease'], 'the sweep notices although nobody told it');
  assert.ok(isRefused(await registry.open({ gate: 'sftp', person, until: START + DAY_MS })));
  lease = Number.MAX_SAFE_INTEGER;
  tell(true);
  await settle();
  const closing = await facility.engine.search({ session: session.id, limit: 10 });
  assert.deepEqual(
    closing.entries.map(({ entry }) => [entry.kind, 'because' in entry.data ? entry.data.because : '']),
    [
      ['session.closed', 'lease'],
      ['session.opened', ''],
    ],
  );
  await shut(facility, registry);
});

test('closings wait for an engine that is gone, and are told when it is back', async () => {
  const facility = await testFacility();
  const { person } = await facility.engage('editor', [[facility.alpha, DAY_MS]]);
  let isGone = false;
  let tell: (held: boolean) => void = () => undefined;
  const engine = {
    ...facility.engine,
    state: () => facility.engine.state(),
    onLease: (listener: typeof tell) => ((tell = listener), () => undefined),
    command: (...args: Parameters<typeof facility.engine.command>) =>
      isGone ? Promise.reject(new Fault('engine-lost', 'gone')) : facility.engine.command(...args),
  };
  const registry = facility.registry({ ...SFTP, engine });
  const session = await opened(registry, facility, person);
  isGone = true;
  tell(false);
  await settle();
  assert.equal(session.closed, 'lease');
  assert.ok(facility.engine.state().sessions.has(session.id), 'not recorded yet');
  isGone = false;
  tell(true);
  await settle();
  assert.equal(facility.engine.state().sessions.has(session.id), false);
  await shut(facility, registry);
});

test('a browser session outlives a project; the downloads of that project do not', async () => {
  const facility = await testFacility();
  const { person, engagements } = await facility.engage('editor', [
    [facility.alpha, DAY_MS],
    [facility.beta, DAY_MS],
  ]);
  const registry = facility.registry(PORTAL);
  const session = await opened(registry, facility, person);
  const [alpha, beta] = [facility.alpha, facility.beta].map((project) =>
    watched(session, { action: 'file.read', project, path: 'media/a.mov' }),
  );
  const denied = watched(session, { action: 'file.read', project: facility.alpha, path: '' });
  assert.deepEqual(denied, ['rights-changed'], 'what is not permitted is destroyed as it is attached');
  const cut = newId('cut');
  await facility.do({ kind: 'end-engagement', engagement: engagements[0]!, because: 'button', cut });
  assert.deepEqual([alpha, beta, session.closed], [['button'], [], undefined]);
  await facility.clock.advance(200);
  assert.deepEqual(
    receipts(facility, cut).map(({ sessions, probe }) => [sessions, probe.bytesStopped, probe.accessRefused]),
    [[[session.id], true, true]],
  );
  await shut(facility, registry);
});

test('a download ends at the local deadline of its own right', async () => {
  const facility = await testFacility();
  const { person } = await facility.engage('editor', [
    [facility.alpha, 5_000],
    [facility.beta, DAY_MS],
  ]);
  const registry = facility.registry({ ...PORTAL, sweepMs: 3_600_000 });
  const session = await opened(registry, facility, person);
  const deaths = watched(session, { action: 'file.read', project: facility.alpha, path: 'media/a.mov' });
  await facility.clock.advance(4_999);
  assert.deepEqual(deaths, []);
  await facility.clock.advance(1);
  assert.deepEqual([deaths.length, session.closed], [1, undefined]);
  await shut(facility, registry);
});

test('a byte after the cut is confessed in the receipt', async () => {
  const facility = await testFacility();
  const { person } = await facility.engage('editor', [[facility.alpha, DAY_MS]]);
  const registry = facility.registry(SFTP);
  const session = await opened(registry, facility, person);
  const cut = newId('cut');
  await facility.do({ kind: 'end-all-access', person, cut });
  await facility.clock.advance(150);
  session.bytesOut += 1;
  await facility.clock.advance(200);
  assert.equal(receipts(facility, cut)[0]?.probe.bytesStopped, false);
  await shut(facility, registry);
});

test('a gate with nothing live still answers each order, once', async () => {
  const facility = await testFacility();
  const { person } = await facility.engage('editor', [[facility.alpha, DAY_MS]]);
  const registry = facility.registry(SFTP);
  const cut = newId('cut');
  await facility.do({ kind: 'end-all-access', person, cut });
  await facility.clock.advance(5_000);
  assert.deepEqual(
    receipts(facility, cut).map(({ sessionCount, probe }) => [sessionCount, probe.accessRefused]),
    [[0, true]],
  );
  await shut(facility, registry);
});

test('an order that a crashed gate never answered is answered by the next one', async () => {
  const facility = await testFacility();
  const { person } = await facility.engage('editor', [[facility.alpha, DAY_MS]]);
  const first = facility.registry(SFTP);
  const lost = await opened(first, facility, person);
  const cut = newId('cut');
  // The first registry dies here: nobody listens while the order is given.
  await first.close();
  assert.equal(facility.engine.state().sessions.has(lost.id), false);
  await facility.do({ kind: 'end-all-access', person, cut });
  const second = facility.registry(SFTP);
  await facility.clock.advance(200);
  assert.equal(receipts(facility, cut).length, 1);
  await shut(facility, second);
});

test('connections of an earlier run are closed at start; cookies are adopted when they are used', async () => {
  const facility = await testFacility();
  const { person } = await facility.engage('editor', [[facility.alpha, DAY_MS]]);
  const gate = { service: 'gate-sftp' };
  const [connection, cookie] = [newId('session'), newId('session')];
  await facility.do({ kind: 'open-session', session: connection, person, gate: 'sftp', until: START + HOUR_MS }, gate);
  await facility.do({ kind: 'open-session', session: cookie, person, gate: 'portal', until: START + HOUR_MS }, gate);
  const sftp = facility.registry(SFTP);
  const portal = facility.registry(PORTAL);
  await settle();
  assert.equal(facility.engine.state().sessions.has(connection), false);
  const adopted = portal.adopt(cookie);
  assert.ok(!isRefused(adopted));
  assert.equal(portal.adopt(cookie), adopted);
  const cut = newId('cut');
  await facility.do({ kind: 'end-all-access', person, cut });
  assert.ok(isRefused(portal.adopt(cookie)));
  await shut(facility, sftp, portal);
});

test('a cookie that nobody used since the restart is closed by an order too', async () => {
  const facility = await testFacility();
  const { person } = await facility.engage('editor', [[facility.alpha, DAY_MS]]);
  const cookie = newId('session');
  await facility.do(
    { kind: 'open-session', session: cookie, person, gate: 'portal', until: START + HOUR_MS },
    { service: 'gate-portal' },
  );
  const portal = facility.registry(PORTAL);
  const cut = newId('cut');
  await facility.do({ kind: 'end-all-access', person, cut });
  await facility.clock.advance(300);
  assert.equal(facility.engine.state().sessions.has(cookie), false);
  assert.deepEqual(
    receipts(facility, cut).map(({ sessions }) => sessions),
    [[cookie]],
  );
  await shut(facility, portal);
});

test('an order that arrives while a session opens still ends it', async () => {
  const facility = await testFacility();
  const { person } = await facility.engage('editor', [[facility.alpha, DAY_MS]]);
  const registry = facility.registry(SFTP);
  const opening = registry.open({ gate: 'sftp', person, until: START + HOUR_MS });
  const ending = facility.do({ kind: 'end-all-access', person, cut: newId('cut') });
  const answer = await opening;
  await ending;
  await facility.clock.advance(300);
  assert.ok(isRefused(answer) || answer.closed !== undefined);
  assert.equal(registry.size, 0);
  assert.equal([...facility.engine.state().sessions.values()].filter((session) => session.person === person).length, 0);
  await shut(facility, registry);
});

test('a right that a role loses ends what was opened with it', async () => {
  const facility = await testFacility();
  const role = 'ingest' as Parameters<TestFacility['engage']>[0];
  const define = (actions: readonly string[]) =>
    facility.do(
      {
        kind: 'define-role',
        role: role as never,
        title: 'Ingest',
        scope: 'project',
        grants: actions.map((action) => ({ action })),
      },
      { service: 'clock' },
    ); // a role id
  await define(['project.see', 'file.list', 'file.read']);
  const { person } = await facility.engage(role, [[facility.alpha, DAY_MS]]);
  const registry = facility.registry(SFTP);
  const deaths = watched(await opened(registry, facility, person));
  await define(['project.see', 'file.list']);
  assert.deepEqual(deaths, ['rights-changed']);
  await shut(facility, registry);
});

test('one thing that fails to die does not save the others', async () => {
  const facility = await testFacility();
  const { person } = await facility.engage('editor', [[facility.alpha, DAY_MS]]);
  const faults: unknown[] = [];
  const registry = facility.registry({ ...SFTP, onFault: (error) => faults.push(error) });
  const session = await opened(registry, facility, person);
  session.attach(() => {
    throw new Error('stuck');
  });
  const deaths = watched(session);
  await session.close('signed-out');
  assert.deepEqual([deaths, faults.length], [['signed-out'], 1]);
  const late = watched(session);
  assert.deepEqual(late, ['signed-out'], 'what comes too late dies at once');
  await shut(facility, registry);
});

test('deadlines run in order, once, by whichever clock comes first', async () => {
  await holds(
    asyncProperty(array(record({ at: nat(1000), taken: boolean() }), { maxLength: 60 }), async (items) => {
      const clock = new TestClock();
      const deadlines = new Deadlines(clock);
      const ran: number[] = [];
      const cancels = items.map(({ at }) => deadlines.add(START + at, () => ran.push(at)));
      items.forEach(({ taken }, index) => (taken ? cancels[index]?.() : undefined));
      await clock.advance(500);
      const kept = items
        .filter(({ taken }) => !taken)
        .map(({ at }) => at)
        .sort((a, b) => a - b);
      assert.deepEqual(
        ran,
        kept.filter((at) => at <= 500),
      );
      clock.setBack(10_000);
      clock.passUnnoticed(500);
      deadlines.runDue();
      assert.deepEqual(ran, kept, 'a wall clock that is set back saves nobody');
      assert.equal(deadlines.size, 0);
    }),
    { numRuns: 50 },
  );
});
