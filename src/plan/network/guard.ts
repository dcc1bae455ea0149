/**
 * A change of the network is shown before it is made: what newly opens, to whom, until when; what closes; which invariants it touches,
 * which policy tests of the facility it fails. A change that breaks an invariant is refused, unless an exception lifts it; one that fails a
 * test is refused, unless the tests change with it. What is broken already refuses nothing: it stands in the proof, and repairing one
 * thing does not wait for another.
 */
import type { KeptTest } from '#plan/facility-file/kept-tests.ts';
import { newlyFailing, testRefusal } from '#plan/facility-file/kept-tests.ts';
import { INVARIANTS } from '#plan/network/invariants/all.ts';
import type { Judged } from '#plan/network/invariants/judge.ts';
import { judge, judgePaths } from '#plan/network/invariants/judge.ts';
import type { Violation } from '#plan/network/invariants/invariant.ts';
import { isTooLarge } from '#plan/network/policy-size.ts';
import { STANDING_PIECES_MAX } from '#plan/network/nft/rules.ts';
import type { Opening } from '#plan/network/openings.ts';
import { newShares, openings } from '#plan/network/openings.ts';
import { isOldNews } from '#plan/network/worsened.ts';
import type { Packet } from '#plan/network/policy.ts';
import type { InvariantId } from '#model/network-shapes.ts';
import type { State } from '#model/state.ts';
import { newPaths } from '#plan/network/rule.ts';
import { relabelled } from '#plan/network/relabel/relabelled.ts';
import type { Refused } from '#std/refused.ts';
import { refused } from '#std/refused.ts';

export interface Preview {
  /** What passes afterwards and did not before, rule by rule. */
  readonly opens: readonly Opening[];
  readonly closes: readonly Opening[];
  /** What may be opened afterwards by a person's session at a workstation, and could not before. */
  readonly shares: readonly Opening[];
  readonly invariants: readonly InvariantChange[];
  /** Policy tests of the facility that held and would not any more. */
  readonly tests: readonly KeptTest[];
  /** What the change would be answered. */
  readonly refused?: Refused;
}

export interface InvariantChange {
  readonly id: InvariantId;
  readonly title: string;
  readonly broken: readonly Violation[];
  readonly healed: readonly Violation[];
  /** Broken, but for an exception. */
  readonly excepted: readonly Violation[];
}

/** The answer to a change of the model, both states at the same instant; `undefined` when nothing speaks against it. */
export function networkGuard(before: State, after: State, at: number): Refused | undefined {
  if (isSameModel(before, after)) return undefined;
  return refusalOf(after, brokenBy(before, after, at)) ?? testRefusal(failingBy(before, after, at));
}

export function previewNetwork(before: State, after: State, at: number): Preview {
  if (isTooLarge(after)) return { opens: [], closes: [], shares: [], invariants: [], tests: [], refused: tooLarge() };
  const [was, is] = judgeBoth(before, after, at);
  const labels = relabelled(before, after, at);
  const broken = [...newlyBroken(was, is), ...blinded(labels)];
  const tests = failingBy(before, after, at);
  const no = refusalOf(after, broken) ?? testRefusal(tests);
  const { opens, closes } = openings(before, after, at);
  return {
    opens,
    closes,
    shares: newShares(before, after, at),
    invariants: changesOf(was, [...is, ...labels], broken),
    tests,
    ...(no === undefined ? {} : { refused: no }),
  };
}

/** Whether nothing changed that a rule, an invariant or an exception reads. Findings and applies are what the gateway says, not what somebody asks. */
function isSameModel(a: State, b: State): boolean {
  const [was, is] = [a.network, b.network];
  return isSameGround(a, b) && was.paths === is.paths && was.exceptions === is.exceptions && was.tests === is.tests;
}

function isSameGround(a: State, b: State): boolean {
  const [was, is] = [a.network, b.network];
  return (
    a.zones === b.zones &&
    a.hosts === b.hosts &&
    was.services === is.services &&
    was.flows === is.flows &&
    was.exposures === is.exposures
  );
}

/** Tests leave live paths and exceptions aside, so neither can fail one. */
function failingBy(before: State, after: State, at: number): readonly KeptTest[] {
  return isSameGround(before, after) && before.network.tests === after.network.tests
    ? []
    : newlyFailing(before, after, at);
}

function brokenBy(before: State, after: State, at: number): readonly Violation[] {
  if (isTooLarge(after)) return [];
  return [...newlyBroken(...judgeBoth(before, after, at)), ...blinded(relabelled(before, after, at))];
}

/** Labels that would take something out of an invariant's sight, without an exception that stands for it. */
function blinded(judged: readonly Judged[]): readonly Violation[] {
  return judged.flatMap(({ violation }) => (violation.standing === 'excepted' ? [] : [violation]));
}

/** What each state breaks. Where they differ in paths only, those that only one of them has say it all. */
function judgeBoth(before: State, after: State, at: number): readonly [readonly Judged[], readonly Judged[]] {
  if (!isSameGround(before, after) || before.network.exceptions !== after.network.exceptions) {
    return [judge(before, at), judge(after, at)];
  }
  return [judgePaths(before, newPaths(after, before), at), judgePaths(after, newPaths(before, after), at)];
}

/**
 * Breaches that were not there before, or are lifted for a shorter time, in effect and not in name only; and what can newly not be judged,
 * because unknown never counts as holding.
 */
export function newlyBroken(was: readonly Judged[], is: readonly Judged[]): readonly Violation[] {
  const known = new Map(was.map(({ violation }) => [violation.key, violation]));
  return is
    .filter(({ violation, breach }) => {
      if (violation.isReported === true) return false;
      const before = known.get(violation.key);
      if (violation.standing === 'unknown') return before === undefined;
      if (violation.breaksFrom === undefined) return false;
      if (violation.standing === 'excepted' && violation.rule === undefined) return false; // nothing but its exception has an end
      if (before?.breaksFrom !== undefined && before.breaksFrom <= violation.breaksFrom) return false;
      return !isOldNews(violation, breach, was);
    })
    .map(({ violation }) => violation);
}

function changesOf(
  was: readonly Judged[],
  is: readonly Judged[],
  broken: readonly Violation[],
): readonly InvariantChange[] {
  const [before, after] = [was, is].map(
    (judged) => new Map(judged.map(({ violation }) => [violation.key, violation] as const)),
  );
  return INVARIANTS.flatMap(({ id, title }) => {
    const change: InvariantChange = {
      id,
      title,
      broken: broken.filter(({ invariant }) => invariant === id),
      healed: was.flatMap(({ violation }) =>
        violation.invariant === id && isActive(violation) && !isActive(after?.get(violation.key)) ? [violation] : [],
      ),
      excepted: is.flatMap(({ violation }) =>
        violation.invariant === id &&
        violation.standing === 'excepted' &&
        before?.get(violation.key)?.standing !== 'excepted'
          ? [violation]
          : [],
      ),
    };
    const isTouched = change.broken.length + change.healed.length + change.excepted.length > 0;
    return isTouched ? [change] : [];
  });
}

function isActive(violation: Violation | undefined): boolean {
  return violation?.standing === 'breaks' && violation.isReported !== true;
}

function refusalOf(after: State, broken: readonly Violation[]): Refused | undefined {
  if (isTooLarge(after)) return tooLarge();
  const [first] = broken;
  if (first === undefined) return undefined;
  const more = broken.length === 1 ? '' : ` ${broken.length - 1} more would break.`;
  const packet = first.packet === undefined ? '' : ` A packet: ${renderPacket(first.packet)}.`;
  const code = broken.every(({ isRelabelled }) => isRelabelled === true) ? 'relabelled' : 'breaks-invariant';
  return refused(code, `${first.invariant}: ${first.says}${packet}${more}`, nextStep(first));
}

function nextStep({ next, standing, exceptedBy, breaksFrom }: Violation): string {
  if (standing === 'unknown') return next;
  if (exceptedBy === undefined)
    return `${next} Or record an exception in the same change, with an owner, a reason and an end.`;
  const end = new Date(breaksFrom ?? 0).toISOString();
  return `Its exception ends at ${end} and it does not: give it an end no later than that.`;
}

/** `198.51.100.7 -> 10.20.8.10 tcp 443`. */
export function renderPacket({ from, to, protocol, port }: Packet): string {
  return `${from} -> ${to} ${protocol}${port === undefined ? '' : ` ${port}`}`;
}

function tooLarge(): Refused {
  return refused(
    'network-too-large',
    `These rules make more than ${STANDING_PIECES_MAX} combinations of networks and services, which is what a packet filter takes.`,
    'Give zones fewer and larger networks, or name zones rather than many hosts.',
  );
}
