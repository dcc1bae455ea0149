/** Which kept tests a change fails: asked of what differs, the same as when every test is asked of both states whole. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { pick, seeded } from '#access/random-world.ts';
import type { NetworkChange } from '#model/network-change.ts';
import { ask, newId } from '#model/drawn-world.ts';
import type { FileTest } from '#model/facility-file.ts';
import { DAY_MS } from '#model/limits.ts';
import type { State } from '#model/state.ts';
import { checkTests } from '#plan/facility-file/assertions.ts';
import { keptTests, newlyFailing, testName } from '#plan/facility-file/kept-tests.ts';
import { drawFacility } from '#plan/network/test-facility.ts';

// The same cases in every run; a failure names the case that shrank from it.
fc.configureGlobal({ seed: 20260302 });

const TESTS = 40;

const drawn = drawFacility('small');
const { world } = drawn;
const drawnState = world.state;
const [zones, hosts, services] = [[...drawn.zones.keys()], [...drawn.hosts.keys()], [...drawn.services.keys()]];

function randomTest(next: () => number): FileTest {
  const end = () => (next() < 0.3 ? { host: pick(hosts, next) } : pick(zones, next));
  const service = next() < 0.4 ? 'any' : pick(services, next);
  const line = { from: end(), to: next() < 0.2 ? { not: [end()] } : end(), service };
  return next() < 0.6 ? { deny: line } : { allow: { ...line, to: end() } };
}

function randomChange(next: () => number): NetworkChange {
  const flow = pick([...world.state.network.flows.keys()], next);
  if (next() < 0.4) return { kind: 'remove-flow', flow };
  if (next() < 0.2) return { kind: 'review-flow', flow, reviewBy: world.at + 9 * DAY_MS };
  const { id: host, ...said } = world.state.hosts.get(drawn.hosts.get('drives') ?? assert.fail()) ?? assert.fail();
  if (next() < 0.2) return { ...said, kind: 'change-host', host, name: `drives-${Math.floor(next() * 2)}` };
  const zone = () => drawn.zones.get(pick(zones, next)) ?? assert.fail();
  return {
    kind: 'add-flow',
    flow: newId(world, 'flow'),
    service: drawn.services.get(pick(services, next)) ?? assert.fail(),
    from: { kind: 'zone', zone: zone() },
    to: { kind: 'zone', zone: zone() },
    class: 'standard',
    owner: world.owner,
    reason: 'a random one',
    reviewBy: world.at + 90 * DAY_MS,
  };
}

/** Every test, asked of all rules of both. */
function slowly(before: State, after: State): readonly string[] {
  const tests = keptTests(after);
  const [was, is] = [before, after].map((state) => checkTests(state, tests, world.at).map(({ holds }) => holds));
  return tests.filter((_, i) => is?.[i] === false && was?.[i] === true).map(testName);
}

test('asked of what differs or of everything, the same tests newly fail', () => {
  let failing = 0;
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const next = seeded(seed);
      world.state = drawnState;
      const tests = new Map(Array.from({ length: TESTS }, () => randomTest(next)).map((one) => [testName(one), one]));
      const changes = [...tests.values()].map((one) => ({ kind: 'keep-policy-test', test: one }) as const);
      ask(world, { kind: 'import-network', changes });
      for (let i = 0; i < 3; i += 1) {
        const before = world.state;
        ask(world, { kind: 'import-network', changes: [randomChange(next)] });
        const found = newlyFailing(before, world.state, world.at).map(({ name }) => name);
        assert.deepEqual(found, slowly(before, world.state));
        failing += found.length;
      }
    }),
    { numRuns: 60 },
  );
  assert.ok(failing > 20, `only ${failing} tests ever failed: the changes are too tame`);
});
