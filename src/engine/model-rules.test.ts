/** A change of the network that breaks an invariant is refused with the packet that shows it, and within its time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { modelRules } from '#engine/model-rules.ts';
import type { Command } from '#model/commands.ts';
import { CONSOLE } from '#model/asked-world.ts';
import { ask, newId } from '#model/drawn-world.ts';
import type { FileTest } from '#model/facility-file.ts';
import { foldAside } from '#model/fold-aside.ts';
import { DAY_MS } from '#model/limits.ts';
import { drawFacility } from '#plan/network/test-facility.ts';
import type { By } from '#model/events.ts';
import { threadMs } from '../../test/thread-time.ts';

const GUARD_MS_MAX = 50;

function answering(size: 'small' | 'bench') {
  const drawn = drawFacility(size);
  const { world } = drawn;
  const find = (name: string) => drawn.zones.get(name) ?? assert.fail(name);
  const answer = (command: Command, by: By = CONSOLE) => modelRules.decide(world.state, command, { by, at: world.at });
  const service = drawn.services.values().next().value ?? assert.fail();
  const flow = (from: string, to: string, flowClass: 'standard' | 'admin' = 'standard') =>
    ({
      kind: 'add-flow',
      flow: newId(world, 'flow'),
      service,
      from: { kind: 'zone', zone: find(from) },
      to: { kind: 'zone', zone: find(to) },
      class: flowClass,
      owner: world.owner,
      reason: 'a test',
      reviewBy: world.at + 90 * DAY_MS,
    }) as const;
  return { ...drawn, world, answer, flow };
}

test('a flow that breaks an invariant is refused: the code, the invariant, a packet, the next step', () => {
  const { answer, flow } = answering('small');
  const refusal = answer(flow('office', 'production'));
  assert.ok(refusal.kind === 'refused', 'office to production');
  assert.equal(refusal.code, 'breaks-invariant');
  assert.match(refusal.message, /^I\d+: .*\d+\.\d+\.\d+\.\d+ -> \d+\.\d+\.\d+\.\d+/);
  assert.ok((refusal.ask ?? '').length > 10);
});

test('with an exception in the same change it is made, and ending the exception early is refused while the flow stands', () => {
  const { world, answer, flow, people } = answering('small');
  const add = flow('office', 'production');
  const owner = people.find((person) => person !== world.owner) ?? assert.fail();
  const broken = new Set<string>();
  const until = world.at + 30 * DAY_MS;
  const changes = () => [
    { ...add, until },
    ...[...broken].map((invariant) => ({
      kind: 'except-invariant' as const,
      exception: newId(world, 'exception'),
      invariant: invariant as 'I3', // the refusal names one of the fourteen
      flow: add.flow,
      owner,
      reason: 'a transition',
      until,
    })),
  ];
  let outcome = answer({ kind: 'import-network', changes: changes() });
  for (let i = 0; i < 14 && outcome.kind === 'refused'; i += 1) {
    broken.add(/^I\d+/.exec(outcome.message)?.[0] ?? assert.fail(outcome.message));
    outcome = answer({ kind: 'import-network', changes: changes() });
  }
  assert.ok(outcome.kind === 'ok' && broken.size > 0);
  world.state = foldAside(world.state, outcome.value, world.at);
  const [exception] = world.state.network.exceptions.keys();
  assert.ok(exception !== undefined);
  const end = { kind: 'end-invariant-exception', exception } as const;
  const early = answer(end);
  assert.equal(early.kind === 'refused' && early.code, 'breaks-invariant');
  // The clock is not held up: what is broken then shows in the proof.
  assert.equal(answer(end, { service: 'clock' }).kind, 'ok');
});

type Drawn = ReturnType<typeof answering>;

function keep({ world }: Drawn, ...tests: readonly FileTest[]): void {
  ask(world, { kind: 'import-network', changes: tests.map((one) => ({ kind: 'keep-policy-test', test: one })) });
}

const CLOSED: FileTest = {
  name: 'Drives stay shut',
  deny: { from: 'production', to: { host: 'drives' }, service: 'nfs' },
};

/** Within every invariant: production may bring files to the drive station over another protocol, too. */
function opening({ world, services, hosts, flow }: Drawn) {
  const [service, drives] = [services.get('nfs'), hosts.get('drives')];
  assert.ok(service !== undefined && drives !== undefined);
  const to = { kind: 'host', host: drives } as const;
  return { ...flow('production', 'production'), flow: newId(world, 'flow'), service, to } as const;
}

test('a change that fails a kept test is refused, alone and in a batch: the name, what is expected, a packet, the way out', () => {
  const drawn = answering('small');
  const add = opening(drawn);
  assert.equal(drawn.answer(add).kind, 'ok', 'nothing else speaks against it');
  keep(drawn, CLOSED);
  const tries: readonly Command[] = [add, { kind: 'import-network', changes: [add] }];
  for (const command of tries) {
    const refusal = drawn.answer(command);
    assert.ok(refusal.kind === 'refused');
    assert.equal(refusal.code, 'policy-test-fails');
    assert.match(
      refusal.message,
      /“Drives stay shut” would fail\. Nothing of it shall pass\. .* -> .* tcp\/2049 at .* passes\.$/,
    );
    assert.match(refusal.ask ?? '', /import a facility file/);
  }
  const both = drawn.answer({ kind: 'import-network', changes: [{ kind: 'drop-policy-test', test: CLOSED }, add] });
  assert.equal(both.kind, 'ok', 'the same import may change what is meant');
});

test('what a kept test wants to pass is not taken away, nor the name it speaks of; what the clock ends is not held up', () => {
  const drawn = answering('small');
  const { world, answer } = drawn;
  const add = opening(drawn);
  ask(world, add);
  keep(drawn, { allow: { from: 'production', to: { host: 'drives' }, service: 'nfs' } });
  const remove = { kind: 'remove-flow', flow: add.flow } as const;
  const refusal = answer(remove);
  assert.equal(refusal.kind === 'refused' && refusal.code, 'policy-test-fails');
  assert.match(
    refusal.kind === 'refused' ? refusal.message : '',
    /“allow production -> drives nfs now”.*All of it shall pass\./,
  );
  assert.equal(answer(remove, { service: 'clock' }).kind, 'ok');
  const { id: host, ...said } = world.state.hosts.get(add.to.host) ?? assert.fail();
  const renamed = answer({ ...said, kind: 'change-host', host, name: 'drives-2' });
  assert.match(renamed.kind === 'refused' ? renamed.message : '', /There is no host drives/);
});

test('a test that fails already holds up nothing, one that is kept anew has to hold', () => {
  const drawn = answering('small');
  const { world, answer, flow } = drawn;
  ask(world, opening(drawn));
  const refusal = answer({ kind: 'import-network', changes: [{ kind: 'keep-policy-test', test: CLOSED }] });
  assert.equal(refusal.kind === 'refused' && refusal.code, 'policy-test-fails');
  keep(drawn, CLOSED); // as time may have left it: without asking the guard
  assert.equal(answer({ ...opening(drawn), flow: newId(world, 'flow') }).kind, 'ok');
  assert.equal(answer(flow('dmz', 'dmz')).kind, 'ok');
});

test('quarantine, removal and closing are never refused by a proof', () => {
  const { world, answer, hosts, flows } = answering('small');
  const host = hosts.values().next().value ?? assert.fail();
  const scope = { kind: 'host', host } as const;
  const order = { kind: 'quarantine', quarantine: newId(world, 'quarantine'), cut: newId(world, 'cut') } as const;
  assert.equal(answer({ ...order, scope, reason: 'odd traffic' }).kind, 'ok');
  assert.equal(answer({ kind: 'remove-flow', flow: flows[0] ?? assert.fail() }).kind, 'ok');
});

test(`with 2,000 hosts the guard adds less than ${GUARD_MS_MAX} ms to a change`, () => {
  const { world, answer, flow } = answering('bench');
  assert.ok(world.state.hosts.size >= 1900);
  const add = flow('corporate', 'dmz');
  const took: number[] = [];
  for (let i = 0; i < 9; i += 1) {
    const begun = threadMs();
    const outcome = answer({ ...add, flow: newId(world, 'flow') });
    took.push(threadMs() - begun);
    assert.equal(outcome.kind, 'ok', JSON.stringify(outcome));
  }
  const median = took.sort((a, b) => a - b)[4] ?? Infinity;
  assert.ok(median < GUARD_MS_MAX, `${median.toFixed(1)} ms`);
});
