/** Equality and difference of two policies of full size, beside z3 on the same rules in the same run, and a truth table. */
import type { BenchRow } from '../bench.ts';
import { median } from '../bench.ts';
import { barFacility, renewed, timed } from './facility.ts';
import { compilePolicy } from '#plan/network/compile-policy.ts';
import { diagramOf, makeSpace } from '#plan/network/policy-diagram.ts';
import type { Policy } from '#plan/network/policy.ts';
import { countWrong, randomPolicy } from '#plan/network/test-truth-table.ts';
import { lets, makeZ3 } from '#plan/network/test-z3.ts';
import type { Oracle } from '#plan/network/test-z3.ts';

const ROUNDS = 3;
const POLICIES = 24;
const POINTS_BAR = 1_000_000;

export async function run(): Promise<readonly BenchRow[]> {
  const { world } = barFacility();
  const whole = compilePolicy(renewed(world.state), world.at);
  const a: Policy = { ...whole, v6: [], quarantined6: [] };
  const same: Policy = { ...a, v4: [...a.v4].reverse() };
  const last = a.v4.at(-1);
  if (last === undefined) throw new Error('the policy is empty');
  const longer = { ...last, time: { ...last.time, last: last.time.last + 3_600_000 } };
  const more: Policy = { ...a, v4: [...a.v4, longer] };
  const z3 = await makeZ3();
  try {
    return [
      ...(await beside(z3, `two policies of ${a.v4.length} rules proved equal`, same, a, false)),
      ...(await beside(z3, 'one grant that lasts an hour longer found among them', more, a, true)),
      truthTable(),
    ];
  } finally {
    await z3.end();
  }
}

/** Ours builds both diagrams from nothing each time and counts the surplus; z3 looks for one counter-example. */
async function beside(z3: Oracle, name: string, a: Policy, b: Policy, differs: boolean): Promise<readonly BenchRow[]> {
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const { ms, value } = timed(() => surplus(a, b));
    ours.push(ms);
    const began = performance.now();
    const point = await z3.surplus(a, b);
    theirs.push(performance.now() - began);
    if (value > 0n !== differs || (point !== undefined) !== differs) throw new Error(`${name}: the two disagree`);
    if (point !== undefined && (!lets(a, point) || lets(b, point))) throw new Error(`${name}: a false counter-example`);
  }
  const [value, peerValue] = [median(ours), median(theirs)];
  const ratio = value / peerValue;
  return [{ name, value, unit: 'ms', peer: 'z3', peerValue, ratio, bar: '<= z3', better: 'lower', holds: ratio <= 1 }];
}

function surplus(a: Policy, b: Policy): bigint {
  const space = makeSpace();
  const [one, other] = [diagramOf(space, a), diagramOf(space, b)];
  return space.v4.count(space.v4.minus(one.v4, other.v4));
}

function truthTable(): BenchRow {
  let [points, wrong] = [0, 0];
  for (let seed = 1; seed <= POLICIES; seed += 1) {
    const counted = countWrong(randomPolicy(seed), randomPolicy(seed + 1000));
    points += counted.points;
    wrong += counted.wrong;
  }
  return {
    name: `truth table of ${points} points, both families and time: wrong answers`,
    value: wrong,
    unit: 'points',
    bar: `0 of >= ${POINTS_BAR}`,
    better: 'lower',
    holds: wrong === 0 && points >= POINTS_BAR,
  };
}
