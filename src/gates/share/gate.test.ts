/** The share gate over a real engine and a clock that only the test moves: what ends its sessions, and what does not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestFacility } from '#gates/registry/test-facility.ts';
import { newId, random, settle, START, testFacility } from '#gates/registry/test-facility.ts';
import type { ShareGate } from '#gates/share/gate.ts';
import { startShareGate } from '#gates/share/gate.ts';
import type { CommandOf } from '#model/commands.ts';
import { DAY_MS, HOUR_MS } from '#model/limits.ts';
import type { EngineClient } from '#ports/engine.ts';
import type { CutId, EngagementId, FlowId, HostId, PersonId, SessionId } from '#std/ids.ts';

const SUITE = '10.20.0.5';
const NAS = '10.30.0.9';

interface Studio {
  readonly facility: TestFacility;
  readonly flow: FlowId;
  readonly nas: HostId;
  readonly suite: HostId;
}

/** A suite, a NAS, and a share between the two. */
async function studio(): Promise<Studio> {
  const facility = await testFacility();
  const [production, storage, suite, nas] = [newId('zone'), newId('zone'), newId('host'), newId('host')];
  const [service, flow] = [newId('service'), newId('flow')];
  const zone = { kind: 'add-zone', trust: 70, content: 'kept' } as const;
  await facility.do(
    {
      kind: 'import-network',
      changes: [
        { ...zone, zone: production, name: 'production', networks: [{ cidr: '10.20.0.0/24' }], kinds: ['production'] },
        { ...zone, zone: storage, name: 'storage', networks: [{ cidr: '10.30.0.0/24' }], kinds: ['storage'] },
        { kind: 'add-host', host: suite, zone: production, name: 'suite', role: 'workstation', addresses: [SUITE] },
        { kind: 'add-host', host: nas, zone: storage, name: 'nas', role: 'storage', addresses: [NAS] },
        {
          kind: 'define-service',
          service,
          name: 'smb',
          plane: 'data',
          ports: [{ protocol: 'tcp', first: 445, last: 445 }],
        },
        {
          kind: 'add-flow',
          flow,
          service,
          from: { kind: 'zone', zone: production },
          to: { kind: 'host', host: nas },
          class: 'share',
          owner: facility.owner,
          reason: 'media lies there',
          reviewBy: START + 30 * DAY_MS,
        },
      ],
    },
    { service: 'console' },
  );
  return { facility, flow, nas, suite };
}

function gateOf({ engine, clock }: TestFacility, through: Partial<EngineClient> = {}): ShareGate {
  const seen = Object.assign(Object.create(engine) as EngineClient, through); // the engine, but for what is said otherwise
  return startShareGate({
    engine: seen,
    clock,
    random,
    warden: { list: async () => undefined },
    onTrouble: (what, error) => assert.fail(`${what}: ${String(error)}`),
  });
}

/** As the portal does it: a session until so long from now, and its one path. */
async function opened(
  { facility, flow, nas }: Studio,
  person: PersonId,
  engagement: EngagementId,
  livesMs = 8 * HOUR_MS,
): Promise<SessionId> {
  const [session, until] = [newId('session'), facility.clock.now() + livesMs];
  const at = { person, gate: 'share', project: facility.alpha, engagement, from: SUITE } as const;
  await facility.do({ kind: 'open-session', session, ...at, until }, { service: 'gate-portal' });
  const ends = { host: nas, flow, from: SUITE, to: NAS, protocol: 'tcp', port: 445, until } as const;
  await facility.do({ kind: 'open-path', path: newId('path'), session, ...ends }, { service: 'gate-portal' });
  await settle();
  return session;
}

async function editor({ facility }: Studio, ms = 5 * DAY_MS) {
  const { person, engagements } = await facility.engage('editor', [[facility.alpha, ms]]);
  return { person, engagement: engagements[0] ?? assert.fail() };
}

function signIn({ facility }: Studio, person: PersonId, from = SUITE): Promise<void> {
  const until = facility.clock.now() + HOUR_MS;
  const command: CommandOf<'open-session'> = {
    kind: 'open-session',
    session: newId('session'),
    person,
    gate: 'portal',
    from,
    until,
  };
  return facility.do(command, { service: 'gate-portal' });
}

async function shut({ facility }: Studio, ...gates: readonly ShareGate[]): Promise<void> {
  const closed = Promise.all(gates.map((gate) => gate.close()));
  await facility.clock.advance(4000);
  await closed;
  await facility.engine.close();
}

function isOpen({ facility }: Studio, session: SessionId): boolean {
  const { sessions, network } = facility.engine.state();
  const hasPath = network.paths.some((path) => path.session === session);
  assert.equal(hasPath, sessions.has(session), 'a session and its path end together');
  return hasPath;
}

test('it ends at its time, and no earlier for the engine being away', async () => {
  const it = await studio();
  let lease = Number.MAX_SAFE_INTEGER;
  let tell: (held: boolean) => void = () => undefined;
  const gate = gateOf(it.facility, {
    lease: () => lease,
    onLease: (listener) => {
      tell = listener;
      return () => undefined;
    },
  });
  const { person, engagement } = await editor(it);
  const session = await opened(it, person, engagement, 60_000);
  assert.equal(gate.sessions.size, 1);
  lease = 0;
  tell(false);
  await it.facility.clock.advance(30_000);
  assert.equal(gate.sessions.get(session)?.closed, undefined, 'the kernel holds its deadline, not this process');
  lease = Number.MAX_SAFE_INTEGER;
  tell(true);
  await it.facility.clock.advance(29_999);
  assert.equal(isOpen(it, session), true);
  await it.facility.clock.advance(1);
  assert.equal(isOpen(it, session), false);
  await shut(it, gate);
});

test('it outlives its gate, and the next one takes it up', async () => {
  const it = await studio();
  const gate = gateOf(it.facility);
  const { person, engagement } = await editor(it);
  const session = await opened(it, person, engagement);
  await gate.close();
  assert.equal(isOpen(it, session), true);
  const next = gateOf(it.facility);
  assert.equal(next.sessions.size, 1);
  const cut = newId('cut');
  await it.facility.do({ kind: 'end-engagement', engagement, because: 'button', cut });
  await settle();
  assert.equal(isOpen(it, session), false);
  await shut(it, next);
});

test('what was lost while no gate looked ends when one looks again', async () => {
  const it = await studio();
  const { person, engagement } = await editor(it);
  const session = await opened(it, person, engagement);
  const other = await editor(it);
  await it.facility.clock.advance(1000);
  await signIn(it, other.person);
  assert.equal(isOpen(it, session), true);
  const gate = gateOf(it.facility);
  await settle();
  assert.equal(isOpen(it, session), false, 'somebody else had come');
  await shut(it, gate);
});

test('somebody else who signs in at the machine ends it; the same person, or another machine, does not', async () => {
  const it = await studio();
  const gate = gateOf(it.facility);
  const { person, engagement } = await editor(it);
  const other = await editor(it);
  const session = await opened(it, person, engagement);
  await it.facility.clock.advance(1000);
  await signIn(it, person);
  await signIn(it, other.person, '10.20.0.6');
  await settle();
  assert.equal(isOpen(it, session), true);
  await signIn(it, other.person);
  await settle();
  assert.equal(isOpen(it, session), false);
  await shut(it, gate);
});

test('a flow that is taken away, a role that loses the right, and a machine that is no workplace any more end it', async () => {
  for (const act of ['flow', 'role', 'machine'] as const) {
    const it = await studio();
    const gate = gateOf(it.facility);
    const { person, engagement } = await editor(it);
    const session = await opened(it, person, engagement);
    if (act === 'flow') await it.facility.do({ kind: 'remove-flow', flow: it.flow }, { service: 'clock' });
    else if (act === 'machine') {
      const { id: _, ...suite } = it.facility.engine.state().hosts.get(it.suite) ?? assert.fail();
      const { zone, name, addresses } = suite;
      const change = { host: it.suite, zone, name, addresses: [...addresses], role: 'server' as const };
      await it.facility.do(
        { kind: 'import-network', changes: [{ kind: 'change-host', ...change }] },
        { service: 'console' },
      );
    } else {
      const editing = it.facility.engine.state().roles.get('editor' as never) ?? assert.fail(); // a role's id is its name
      const grants = editing.grants.filter(({ action }) => action !== 'share.open').map((grant) => ({ ...grant }));
      const { title, scope } = editing;
      await it.facility.do(
        { kind: 'define-role', role: editing.id, title, scope, grants: [...grants] },
        { service: 'clock' },
      );
    }
    await it.facility.clock.advance(1000);
    assert.equal(isOpen(it, session), false, act);
    await shut(it, gate);
  }
});

test('a filter that is not there is no proof that bytes have stopped', async () => {
  const it = await studio();
  const gate = gateOf(it.facility);
  const { person, engagement } = await editor(it);
  const session = await opened(it, person, engagement);
  const cut: CutId = newId('cut');
  await it.facility.do({ kind: 'end-session', session, cut });
  await settle();
  await it.facility.clock.advance(500);
  const receipt = it.facility.engine
    .state()
    .cuts.get(cut)
    ?.receipts.find(({ gate: from }) => from === 'share');
  assert.deepEqual(receipt?.sessions, [session]);
  assert.deepEqual(
    [receipt?.probe.bytesStopped, receipt?.probe.accessRefused, receipt?.probe.rule],
    [false, false, 'network-not-guarded'],
  );
  await shut(it, gate);
});
