/** A change of the network that breaks an invariant is refused with the packet that shows it, and within its time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { modelRules } from '#engine/model-rules.ts';
import type { Command } from '#model/commands.ts';
import { CONSOLE } from '#model/asked-world.ts';
import { newId } from '#model/drawn-world.ts';
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
