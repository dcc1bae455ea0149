/** A second opinion: z3 proves or refutes what the diagrams say of the same policies, and each counter-example holds for both. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { compilePolicy } from '#plan/network/compile-policy.ts';
import { compare } from '#plan/network/equivalence.ts';
import type { Policy } from '#plan/network/policy.ts';
import { drawFacility, openPaths } from '#plan/network/test-facility.ts';
import { randomPolicy } from '#plan/network/test-truth-table.ts';
import type { Oracle } from '#plan/network/test-z3.ts';
import { lets, makeZ3 } from '#plan/network/test-z3.ts';

let z3: Oracle;
before(async () => {
  z3 = await makeZ3();
});
after(async () => {
  await z3.end();
});

async function agree(a: Policy, b: Policy, what: string): Promise<boolean> {
  const [a4, b4] = [a, b].map((policy): Policy => ({ ...policy, v6: [], quarantined6: [] })) as [Policy, Policy]; // two of two
  const { firstOnly } = compare(a4, b4);
  const point = await z3.surplus(a4, b4);
  assert.equal(point === undefined, firstOnly.points === 0n, what);
  if (point !== undefined) assert.deepEqual([lets(a4, point), lets(b4, point)], [true, false], what);
  return point === undefined;
}

test('random policies: both find a difference, or neither does', async () => {
  let same = 0;
  for (let seed = 1; seed <= 20; seed += 1) {
    const policy = randomPolicy(seed);
    if (await agree(policy, randomPolicy(seed + 1), `seed ${seed}`)) same += 1;
    const shuffled = { ...policy, v4: [...policy.v4].reverse() };
    assert.equal(await agree(policy, shuffled, `seed ${seed} in another order`), true);
  }
  assert.ok(same < 20, 'some of them differ');
});

test("a facility's policy is itself, and one element, port or end more is found by both", async () => {
  const facility = drawFacility('mid');
  openPaths(facility, 40);
  const { world } = facility;
  const policy = compilePolicy(world.state, world.at);
  assert.equal(await agree(policy, { ...policy, v4: [...policy.v4].reverse() }, 'reversed'), true);
  const middle = policy.v4[Math.floor(policy.v4.length / 2)];
  const path = policy.v4.find(({ because }) => because.startsWith('pth_'));
  assert.ok(middle !== undefined && path !== undefined);
  const wider = { ...middle, port: { first: middle.port.first, last: middle.port.last + 1 } };
  const longer = { ...path, time: { first: path.time.first, last: path.time.last + 1 } };
  for (const [what, extra] of [
    ['a port', wider],
    ['an instant', longer],
  ] as const) {
    const more = { ...policy, v4: [...policy.v4, extra] };
    assert.equal(await agree(more, policy, what), false);
    assert.equal(await agree(policy, more, what), true);
  }
});
