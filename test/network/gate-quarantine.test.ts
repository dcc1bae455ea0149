/** The network gate and quarantine: what is held stays held, whatever else fails or ends, and its receipt says what was seen. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addFlow, addFreelancer, enforced, opened, quarantined, receiptOf, release } from './acts.ts';
import { newId, SCREEN, SMB } from './guarded-facility.ts';
import { withoutNamespaces } from './namespaces.ts';
import type { Warden } from '#ports/warden.ts';
import { Fault } from '#std/refused.ts';

const skip = withoutNamespaces();

test('rules that do not load hold up no quarantine, no end of a path and no receipt', { skip }, async (t) => {
  let isFailing = false;
  const between = (warden: Warden): Warden => ({
    ...warden,
    async check(rules) {
      if (isFailing) throw new Fault('nft-failed', 'nft refuses these rules');
      await warden.check(rules);
    },
  });
  const facility = await opened(t, { between, timings: { againMs: 3_600_000 } });
  const { ask, broker, engine, gate, nas, seat, finding } = facility;
  await enforced(facility);
  const session = await facility.openSession();
  const [kept, ended] = [await facility.openPath(session, seat, SCREEN, 60_000), newId('path')];
  await ask(
    {
      kind: 'open-path',
      path: ended,
      session,
      from: broker.v4,
      to: nas.v4,
      protocol: 'tcp',
      port: SMB,
      until: Date.now() + 60_000,
    },
    { service: 'gate-desktop' },
  );
  await gate.level();
  assert.equal(await broker.tryOpen(nas.v4, SMB), 'open');
  isFailing = true;
  await addFlow(facility);
  assert.match((await finding('enforcement-failed')).says, /refuses these rules/);
  await ask({ kind: 'close-path', path: ended, because: 'signed-out' }, { service: 'gate-desktop' });
  await gate.level();
  assert.equal(await broker.tryOpen(nas.v4, SMB), 'ECONNREFUSED', 'a path ends');
  assert.equal(await broker.tryOpen(seat.v4, SCREEN), 'open', 'another goes on');
  const { cut } = await quarantined(facility, 'seat');
  assert.equal(await seat.tryOpen(nas.v4, SMB), 'timeout', 'what is in quarantine is off the network');
  assert.ok(!engine.state().network.paths.has(kept));
  const { probe, sessionCount } = await receiptOf(facility, cut);
  assert.deepEqual([probe.bytesStopped, sessionCount], [true, 1]);
  assert.ok(
    engine.state().network.findings.some((found) => found.finding === 'enforcement-failed'),
    'and the load still fails',
  );
  isFailing = false;
  await gate.level();
  assert.ok(!engine.state().network.findings.some((found) => found.finding === 'enforcement-failed'));
  assert.equal(await seat.tryOpen(nas.v4, SMB), 'timeout');
});

test(
  'a load keeps a quarantine that stands, and a gate that starts anew takes up what is there',
  { skip },
  async (t) => {
    const facility = await opened(t, {});
    await enforced(facility);
    const { seat, nas, engine, gate } = facility;
    await quarantined(facility, 'seat');
    const before = engine.state().network.apply?.id;
    await addFlow(facility);
    assert.notEqual(engine.state().network.apply?.id, before);
    assert.equal(await seat.tryOpen(nas.v4, SMB), 'timeout');
    await facility.confirm();
    const applied = engine.state().network.apply?.id;
    await gate.close();
    const again = facility.startGate();
    await again.level();
    assert.equal(engine.state().network.apply?.id, applied, 'nothing had to be loaded');
    assert.ok(!engine.state().network.findings.some(({ finding }) => finding === 'drift'));
    assert.equal(await seat.tryOpen(nas.v4, SMB), 'timeout');
    await again.close();
  },
);

test('a person or a project in quarantine takes the seat along, and only it', { skip }, async (t) => {
  const facility = await opened(t, {});
  await enforced(facility);
  const { broker, nas, seat, until } = facility;
  const before = await addFreelancer(facility);
  for (const scope of [
    { kind: 'person', person: before.person } as const,
    { kind: 'project', project: before.project } as const,
  ]) {
    const session = await before.openSession();
    await facility.openPath(session, seat, SCREEN, 60_000);
    assert.equal(await broker.tryOpen(seat.v4, SCREEN), 'open');
    const { cut, quarantine } = await quarantined(facility, scope);
    assert.equal(await seat.tryOpen(nas.v4, SMB), 'timeout', `the seat of the ${scope.kind} is off the network`);
    assert.equal(await broker.tryOpen(nas.v4, SMB), 'ECONNREFUSED', 'the broker serves others and is refused as ever');
    const { probe, sessions } = await receiptOf(facility, cut);
    assert.deepEqual([probe.bytesStopped, probe.accessRefused, probe.rule], [true, true, 'quarantined']);
    assert.deepEqual(sessions, [session]);
    await release(facility, quarantine);
    assert.equal(await seat.tryOpen(nas.v4, SMB), 'open');
  }
  const alone = await quarantined(facility, { kind: 'person', person: before.person });
  const nothing = await receiptOf(facility, alone.cut);
  assert.deepEqual(
    [nothing.probe.bytesStopped, nothing.probe.accessRefused, nothing.probe.rule],
    [false, false, 'nothing-to-hold'],
    'no machine and no seat: nothing was proved',
  );
  await release(facility, alone.quarantine);
  await facility.mode('off');
  const off = await quarantined(facility, 'seat');
  const unguarded = await receiptOf(facility, off.cut);
  assert.deepEqual(
    [unguarded.probe.bytesStopped, unguarded.probe.accessRefused, unguarded.probe.rule],
    [false, false, 'network-not-guarded'],
  );
  const session = await before.openSession();
  const cut = newId('cut');
  await facility.ask({ kind: 'end-session', session, cut });
  await facility.gate.level();
  const later = await quarantined(facility, 'nas');
  await receiptOf(facility, later.cut);
  assert.deepEqual((await until(({ cuts }) => cuts.has(cut))).cuts.get(cut)?.receipts, [], 'off, it cuts nothing');
});
