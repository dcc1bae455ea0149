/**
 * The network gate over a real packet filter: paths of sessions, quarantine with its receipt, the mode and its confirmation, what others do to the
 * rules, and what is said about it.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { GuardedFacility } from './guarded-facility.ts';
import { newId, openGuardedFacility, SCREEN, SMB } from './guarded-facility.ts';
import { release } from './acts.ts';
import { withoutNamespaces } from './namespaces.ts';
import { assert as ensure } from '#std/assert.ts';
import type { Gate } from '#model/events.ts';
import type { SessionId } from '#std/ids.ts';

const skip = withoutNamespaces();
let facility: GuardedFacility | undefined;

before(async () => {
  if (skip !== false) return;
  facility = await openGuardedFacility({ timings: { confirmMs: 1500 } });
  await facility.nas.serve(SMB);
  await facility.seat.serve(SCREEN);
});
after(() => facility?.close());

function world(): GuardedFacility {
  ensure(facility !== undefined, 'the facility stands');
  return facility;
}

async function closeSession(session: SessionId, on: Gate = 'portal'): Promise<void> {
  const moved = { bytesIn: 0, bytesOut: 0, operations: 0 };
  await world().ask({ kind: 'close-session', session, because: 'signed-out', ...moved }, { service: `gate-${on}` });
}

test('observing lets pass what no flow allows, and finds it', { skip }, async () => {
  const { broker, nas, mode, confirm, finding } = world();
  await mode('observe');
  await confirm();
  assert.equal(await broker.tryOpen(nas.v4, SMB), 'open');
  const found = await finding('stray-flow');
  assert.match(found.says, /broker \(10\.77\.3\.2\) uses tcp 445 on nas/);
});

test('enforced rules that nobody confirms are rolled back, and stay so until somebody decides', { skip }, async () => {
  const { broker, nas, seat, mode, finding, until, gate, ask, confirm } = world();
  await mode('enforce');
  assert.equal(await broker.tryOpen(nas.v4, SMB), 'ECONNREFUSED');
  const found = await finding('rolled-back');
  assert.match(found.next, /confirm/);
  await until(({ network }) => network.apply?.standing === 'rolled-back');
  await gate.level();
  assert.equal(await broker.tryOpen(nas.v4, SMB), 'open', 'the rules from before stand');
  await ask({ kind: 'apply-again' });
  await gate.level();
  assert.equal(await broker.tryOpen(nas.v4, SMB), 'ECONNREFUSED');
  await confirm();
  const state = await until(({ network }) => network.findings.every((one) => one.finding !== 'rolled-back'));
  assert.equal(state.network.apply?.standing, 'confirmed');
  assert.equal(await seat.tryOpen(nas.v4, SMB), 'open', 'a declared flow passes');
  await new Promise((done) => setTimeout(done, 1700));
  assert.equal(await broker.tryOpen(nas.v4, SMB), 'ECONNREFUSED', 'what was confirmed is not rolled back');
});

for (const on of ['desktop', 'shell', 'sftp'] as const)
  test(`a session of the ${on} gate opens exactly its path for exactly its life`, { skip }, async () => {
    const { broker, seat, nas, openSession, openPath, gate } = world();
    const session = await openSession(on);
    assert.equal(await broker.tryOpen(seat.v4, SCREEN), 'ECONNREFUSED');
    await openPath(session, seat, SCREEN, 60_000);
    const screen = await broker.stream(seat.v4, SCREEN);
    assert.equal(await nas.tryOpen(seat.v4, SCREEN), 'ECONNREFUSED', 'for nobody else');
    await closeSession(session, on);
    await gate.level();
    const { error } = await screen.ended;
    assert.equal(error, 'ECONNRESET');
    assert.equal(await broker.tryOpen(seat.v4, SCREEN), 'ECONNREFUSED');
  });

test('two sessions over one flow: it lives as long as either', { skip }, async () => {
  const { broker, seat, openSession, openPath, ask, gate } = world();
  const [first, second] = [await openSession(), await openSession()];
  const long = await openPath(first, seat, SCREEN, 60_000);
  await openPath(second, seat, SCREEN, 30_000);
  const screen = await broker.stream(seat.v4, SCREEN);
  await ask({ kind: 'close-path', path: long, because: 'signed-out' }, { service: 'gate-desktop' });
  await gate.level();
  assert.equal(await broker.tryOpen(seat.v4, SCREEN), 'open');
  screen.stop();
  assert.equal((await screen.ended).error, '', 'the open connection went on under the other path');
  await closeSession(second);
  await gate.level();
  assert.equal(await broker.tryOpen(seat.v4, SCREEN), 'ECONNREFUSED');
});

test('quarantine stops a streaming machine, with a receipt that was measured', { skip }, async () => {
  const { seat, nas, hostIds, ask, until } = world();
  const host = hostIds.get('seat');
  ensure(host !== undefined, 'drawn');
  const stream = await seat.stream(nas.v4, SMB);
  const [quarantine, cut] = [newId('quarantine'), newId('cut')];
  await ask({
    kind: 'quarantine',
    quarantine,
    scope: { kind: 'host', host },
    reason: 'a strange mail was opened',
    cut,
  });
  const state = await until(
    ({ cuts }) => cuts.get(cut)?.receipts.some(({ gate: name }) => name === 'network') === true,
  );
  const receipt = state.cuts.get(cut)?.receipts.find(({ gate: name }) => name === 'network');
  assert.deepEqual(
    [receipt?.probe.bytesStopped, receipt?.probe.accessRefused, receipt?.probe.rule],
    [true, true, 'quarantined'],
  );
  stream.stop();
  const { lastAt } = await stream.ended;
  const orderedAt = state.cuts.get(cut)?.orderedAt ?? 0;
  assert.ok(lastAt - orderedAt < 250, `the last byte came ${lastAt - orderedAt} ms after the order`);
  assert.equal(await seat.tryOpen(nas.v4, SMB), 'timeout');
  await release(world(), quarantine);
  assert.equal(await seat.tryOpen(nas.v4, SMB), 'open');
});

test('rules that somebody changes are found with the name of who did it, and put right', { skip }, async () => {
  const { lab, broker, nas, finding, until, ask, gate } = world();
  lab.router.nft('insert rule inet picturelock go_through accept\n');
  const found = await finding('drift');
  assert.match(found.process ?? '', /^nft \(\d+\)$/);
  await gate.level();
  assert.equal(await broker.tryOpen(nas.v4, SMB), 'ECONNREFUSED');
  await ask({ kind: 'settle-network-finding', key: found.key });
  lab.router.nft('flush ruleset\n');
  await finding('drift');
  await gate.level();
  await until(({ network }) => network.apply?.standing === 'confirmed');
  assert.equal(await broker.tryOpen(nas.v4, SMB), 'ECONNREFUSED', 'a table that was removed is back');
});

test('refused packets come into the ledger, folded', { skip }, async () => {
  const { engine, broker, nas } = world();
  const denied = async (): Promise<number> => {
    const page = await engine.search({ kind: 'network.denied', limit: 100 });
    return page.entries.reduce((sum, { entry }) => {
      if (entry.kind !== 'network.denied') return sum;
      const rows = entry.data.rows.filter((row) => row.from === broker.v4 && row.to === nas.v4 && row.port === 4444);
      return sum + rows.reduce((packets, row) => packets + row.packets, 0);
    }, 0);
  };
  for (let i = 0; i < 5; i += 1) assert.equal(await broker.tryOpen(nas.v4, 4444), 'ECONNREFUSED');
  for (let i = 0; i < 100 && (await denied()) < 5; i += 1) await new Promise((done) => setTimeout(done, 30));
  assert.equal(await denied(), 5);
});

test(
  'a machine that nobody declared, in a zone with content, is found; declared, it is settled',
  { skip },
  async () => {
    const { lab, nas, gate, finding, ask, until, engine } = world();
    nas.namespace.run('ip', 'addr', 'add', '10.77.2.66/24', 'dev', 'eth0');
    lab.router.run('ip', 'neigh', 'replace', '10.77.2.66', 'lladdr', '02:00:00:00:00:66', 'dev', nas.link);
    await gate.sweep();
    const found = await finding('unknown-device');
    assert.deepEqual([found.from, found.mac], ['10.77.2.66', '02:00:00:00:00:66']);
    const zone = engine.state().zones.find(({ name }) => name === 'storage')?.id;
    ensure(zone !== undefined, 'drawn');
    await ask({
      kind: 'add-host',
      host: newId('host'),
      zone,
      name: 'nas-2',
      role: 'storage',
      addresses: ['10.77.2.66'],
    });
    await gate.sweep();
    await until(({ network }) => network.findings.every((one) => one.finding !== 'unknown-device'));
  },
);

test('a source that does not belong to its link does not pass, and is found', { skip }, async () => {
  const { broker, nas, seat, finding } = world();
  broker.namespace.run('ip', 'addr', 'add', `${seat.v4}/32`, 'dev', 'lo');
  broker.namespace.run('ip', 'route', 'replace', nas.v4, 'via', '10.77.3.1', 'src', seat.v4);
  assert.notEqual(await broker.tryOpen(nas.v4, SMB), 'open');
  const found = await finding('spoofed');
  assert.match(found.says, /10\.77\.1\.2 came in by eth3/);
  broker.namespace.run('ip', 'route', 'del', nas.v4);
  broker.namespace.run('ip', 'addr', 'del', `${seat.v4}/32`, 'dev', 'lo');
});

test('off removes the table', { skip }, async () => {
  const { mode, broker, nas, lab } = world();
  await mode('off');
  assert.equal(lab.router.run('nft', 'list', 'ruleset'), '');
  assert.equal(await broker.tryOpen(nas.v4, SMB), 'open');
});
