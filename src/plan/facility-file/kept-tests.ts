/**
 * The policy tests that a facility keeps, asked of a state, and of a change: which of them held and would not any more. What failed before
 * speaks against nothing; it stands in the proof.
 */
import type { FileEnd, FileRegion, FileTest } from '#model/facility-file.ts';
import { testKey } from '#model/policy-test.ts';
import type { State } from '#model/state.ts';
import { checkTests } from '#plan/facility-file/assertions.ts';
import type { Packet } from '#plan/network/policy.ts';
import { declaredRules, standingRules } from '#plan/network/rule.ts';
import type { Refused } from '#std/refused.ts';
import { refused } from '#std/refused.ts';

export interface KeptTest {
  /** Its own name, or what it says in one line. */
  readonly name: string;
  readonly expects: string;
  readonly holds: boolean;
  /** What was found, as a sentence. */
  readonly says: string;
  /** The counterexample. */
  readonly packet?: Packet;
}

/** All of them by their names; those that fail first. */
export function checkKept(state: State, at: number): readonly KeptTest[] {
  return judged(state, keptTests(state), at).toSorted((a, b) => Number(a.holds) - Number(b.holds));
}

/** Those that fail afterwards and held before, and new ones that fail. Both states at the same instant. */
export function newlyFailing(before: State, after: State, at: number): readonly KeptTest[] {
  const tests = keptTests(after).filter(whatMayFail(before, after, at));
  const failing = judged(after, tests, at)
    .map((result, index) => ({ result, test: tests[index] }))
    .filter(({ result }) => !result.holds);
  const stood = failing.flatMap(({ test }) =>
    test !== undefined && before.network.tests.has(testKey(test)) ? [test] : [],
  );
  const held = checkTests(before, stood, at);
  const failedBefore = new Set(stood.filter((_, index) => held[index]?.holds === false));
  return failing.flatMap(({ result, test }) => (test !== undefined && failedBefore.has(test) ? [] : [result]));
}

/**
 * Where flows and lines of the inventory are all that differs, a test that held can fail only by a rule that is new, when it denies, or by
 * one that is gone, when it allows: the others need not be asked of every rule.
 */
function whatMayFail(before: State, after: State, at: number): (test: FileTest) => boolean {
  const [was, is] = [before.network, after.network];
  if (before.zones !== after.zones || before.hosts !== after.hosts || was.services !== is.services) return () => true;
  const [old, present] = [new Set(declaredRules(before)), new Set(standingRules(after))];
  const added = declaredRules(after).filter((rule) => !old.has(rule));
  const isLess = standingRules(before).some((rule) => !present.has(rule));
  return (test) => {
    if (!was.tests.has(testKey(test))) return true;
    return 'allow' in test ? isLess : checkTests(after, [test], at, added).some(({ holds }) => !holds);
  };
}

/** In one order, whatever order they were kept in. */
export function keptTests({ network }: State): readonly FileTest[] {
  return [...network.tests.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, test]) => test);
}

export function testRefusal(failing: readonly KeptTest[]): Refused | undefined {
  const [first] = failing;
  if (first === undefined) return undefined;
  const more = failing.length === 1 ? '' : ` ${failing.length - 1} more would fail.`;
  return refused(
    'policy-test-fails',
    `The policy test “${first.name}” would fail. ${first.expects} ${first.says}${more}`,
    'Change less, so that it holds; or import a facility file whose tests say what is meant now, with this change in it.',
  );
}

function judged(state: State, tests: readonly FileTest[], at: number): readonly KeptTest[] {
  return checkTests(state, tests, at).map(({ index, holds, says, packet }) => {
    const { name, expects } = wordsOf(tests[index]);
    return { name, expects, holds, says, ...(packet === undefined ? {} : { packet }) };
  });
}

export function testName(test: FileTest): string {
  return wordsOf(test).name;
}

function wordsOf(test: FileTest | undefined): Pick<KeptTest, 'name' | 'expects'> {
  if (test === undefined) return { name: '', expects: '' };
  const expects = 'deny' in test ? 'Nothing of it shall pass.' : 'All of it shall pass.';
  return { name: test.name ?? testLine(test), expects };
}

/** What it asks in one line, whatever its own name is: `deny guest -> storage smb always`. */
export function testLine(test: FileTest): string {
  const [kind, { from, to, service, at }] = 'deny' in test ? ['deny', test.deny] : ['allow', test.allow];
  const when = at ?? (kind === 'deny' ? 'always' : 'now');
  const time = when === 'always' || when === 'now' ? when : `at ${when}`;
  return shortened(`${kind} ${regionText(from)} -> ${regionText(to)} ${service} ${time}`);
}

/** The zones and hosts that it speaks of, by name. */
export function placesNamed(test: FileTest): readonly string[] {
  const { from, to } = 'deny' in test ? test.deny : test.allow;
  return [from, to].flatMap((region) =>
    typeof region !== 'string' && 'not' in region ? region.not.map(placeNamed) : [placeNamed(region)],
  );
}

function placeNamed(end: FileEnd): string {
  if (typeof end === 'string') return end;
  return 'host' in end ? end.host : end.zone;
}

function regionText(region: FileRegion): string {
  if (typeof region !== 'string' && 'not' in region) return `all but ${region.not.map(endText).join(', ')}`;
  return endText(region);
}

function endText(end: FileEnd): string {
  if (typeof end === 'string') return end;
  if ('host' in end) return end.host;
  return 'network' in end ? `${end.zone} ${end.network}` : end.zone;
}

const NAME_CHARS_MAX = 200;

function shortened(text: string): string {
  const chars = [...text];
  return chars.length <= NAME_CHARS_MAX ? text : `${chars.slice(0, NAME_CHARS_MAX - 1).join('')}…`;
}
