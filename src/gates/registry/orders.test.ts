/** Orders are carried out as soon as they are durable, and answered when their entries have been folded. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { decideSignIn, decideTransfer } from '#gates/registry/holding.ts';
import { newId, settle, testFacility } from '#gates/registry/test-facility.ts';
import type { TestFacility } from '#gates/registry/test-facility.ts';
import { DAY_MS, HOUR_MS } from '#model/limits.ts';
import type { EngineClient } from '#ports/engine.ts';
import type { LiveSession, SessionRegistry } from '#ports/sessions.ts';
import type { PersonId } from '#std/ids.ts';
import { isRefused } from '#std/refused.ts';

const SFTP = { gate: 'sftp', decide: decideTransfer, shape: 'connection' } as const;
const PORTAL = { gate: 'portal', decide: decideSignIn, shape: 'visits' } as const;
const FAR = 24 * HOUR_MS;

async function opened(
  registry: SessionRegistry,
  facility: TestFacility,
  gate: 'sftp' | 'portal',
  person: PersonId,
): Promise<LiveSession> {
  const session = await registry.open({ gate, person, until: facility.clock.now() + HOUR_MS });
  assert.ok(!isRefused(session), JSON.stringify(session));
  return session;
}

async function shut(facility: TestFacility, ...registries: readonly SessionRegistry[]): Promise<void> {
  await facility.clock.advance(300);
  await Promise.all(registries.map((registry) => registry.close()));
  await facility.engine.close();
}

test('connections die before what follows from the order is folded, and the receipt names them once', async () => {
  const facility = await testFacility();
  const { person, engagements } = await facility.engage('editor', [[facility.alpha, DAY_MS]]);
  const [sftp, portal] = [facility.registry(SFTP), facility.registry(PORTAL)];
  const whole = await opened(sftp, facility, 'sftp', person);
  const visits = await opened(portal, facility, 'portal', person);
  const isOverThen: boolean[] = [];
  const noteState = (): unknown =>
    isOverThen.push(facility.engine.state().engagements.get(engagements[0]!)?.ended !== undefined);
  whole.attach(noteState);
  visits.attach(noteState, { action: 'file.read', project: facility.alpha, path: 'media/a.mov' });
  const cut = newId('cut');
  await facility.do({ kind: 'end-engagement', engagement: engagements[0]!, because: 'button', cut });
  assert.deepEqual(isOverThen, [false, false], 'nobody waited for the fold');
  assert.deepEqual([whole.closed, visits.closed], ['button', undefined]);
  await facility.clock.advance(300);
  const receipts = facility.engine.state().cuts.get(cut)?.receipts ?? [];
  assert.deepEqual(receipts.map(({ gate, sessions, sessionCount }) => [gate, sessions, sessionCount]).sort(), [
    ['portal', [visits.id], 1],
    ['sftp', [whole.id], 1],
  ]);
  await shut(facility, sftp, portal);
});

/** The engine as a gate sees it whose entries come later than the order: a large batch on a busy machine. */
function withLateEntries(engine: EngineClient): { readonly engine: EngineClient; readonly arrive: () => void } {
  const late: (() => void)[] = [];
  let isLate = false;
  return {
    engine: {
      ...engine,
      onOrders: (listener) =>
        engine.onOrders((orders) => {
          isLate = true;
          listener(orders);
        }),
      subscribe: (listener) =>
        engine.subscribe((placed, state) =>
          isLate ? late.push(() => listener(placed, state)) : listener(placed, state),
        ),
    },
    arrive() {
      isLate = false;
      for (const run of late.splice(0)) run();
    },
  };
}

test('who comes in between the order and its entries is ended by them; the sweep closes nothing under another reason', async () => {
  const facility = await testFacility();
  const { person } = await facility.engage('editor', [
    [facility.alpha, FAR],
    [facility.beta, FAR],
  ]);
  const { engine, arrive } = withLateEntries(facility.engine);
  const registry = facility.registry({ ...SFTP, engine });
  const first = await opened(registry, facility, 'sftp', person);
  const cut = newId('cut');
  await facility.do({ kind: 'lock-project', project: facility.alpha, reason: 'leak', cut });
  assert.equal(first.closed, 'lock');
  const second = await opened(registry, facility, 'sftp', person);
  await facility.clock.advance(1500); // a sweep in between
  assert.equal(facility.engine.state().sessions.has(first.id), true, 'not told before its entries are here');
  assert.equal(second.closed, undefined);
  arrive();
  await settle();
  assert.equal(second.closed, 'lock', 'opened in between, and covered');
  await facility.clock.advance(300);
  const [receipt] = facility.engine.state().cuts.get(cut)?.receipts ?? [];
  assert.deepEqual([...(receipt?.sessions ?? [])].sort(), [first.id, second.id].sort());
  assert.ok((receipt?.ms ?? 0) >= 1500, 'the time is that of the last connection that died');
  const closings = (await facility.engine.search({ kind: 'session.closed', limit: 10 })).entries.map(
    ({ entry }) => entry.kind === 'session.closed' && [entry.about.cut, entry.data.because],
  );
  assert.deepEqual(closings, [
    [cut, 'lock'],
    [cut, 'lock'],
  ]);
  await shut(facility, registry);
});
