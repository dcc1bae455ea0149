/**
 * Whose turn it is where several kinds of work share one lane. Each kind has its place in the order; one that was passed over so often that it may have
 * waited goes first, the longest wait before the others. So under a light load everything goes in order, and under the heaviest nothing waits for ever:
 * a kind that has work gets its turn within `TURNS_MAX` turns.
 */

/** In this order: the next one needs what those before it leave behind. */
export const LANE_WORK = ['backup', 'expiry', 'copy', 'facility-copy', 'look', 'strangers'] as const;
export type LaneWork = (typeof LANE_WORK)[number];

/** Who was passed over so often goes before who comes first. */
const PASSED_MAX = 3;
export const TURNS_MAX = PASSED_MAX + LANE_WORK.length;

/** How often each was passed over since it was last asked. */
export type Passed = Readonly<Record<LaneWork, number>>;

export const NOBODY_PASSED: Passed = { backup: 0, expiry: 0, copy: 0, 'facility-copy': 0, look: 0, strangers: 0 };

/** Whom to ask for work, one after the other, until one has some. */
export function inTurn(passed: Passed): readonly LaneWork[] {
  const waited = LANE_WORK.filter((work) => passed[work] >= PASSED_MAX);
  const others = LANE_WORK.filter((work) => passed[work] < PASSED_MAX);
  return [...waited.toSorted((a, b) => passed[b] - passed[a]), ...others];
}

/** After those in `asked` had nothing, but for the last of them, who had work. */
export function afterTurn(passed: Passed, asked: readonly LaneWork[]): Passed {
  const next = (work: LaneWork): number => (asked.includes(work) ? 0 : passed[work] + 1);
  return {
    backup: next('backup'),
    expiry: next('expiry'),
    copy: next('copy'),
    'facility-copy': next('facility-copy'),
    look: next('look'),
    strangers: next('strangers'),
  };
}
