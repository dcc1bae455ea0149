import { test } from 'node:test';
import assert from 'node:assert/strict';
import type { DrillView } from '#api/endpoints/backup-views.ts';
import { datesIn, drawnOf, rangeOf, seriesOf } from './drill-series.ts';

const DAY_S = 86_400;

/** Only what a series reads of a drill. */
function drill(finishedAt: number, rtoMs: number, wantedMs: number): DrillView {
  const result = { held: true, finishedAt, rtoMs, rtoSpreadMs: 0, rpoMs: 0 };
  return { result, wanted: { rtoMs: wantedMs, rpoMs: wantedMs } } as DrillView; // the rest of a drill is not drawn
}

test('the unit is one in which what is wanted can be read, too', () => {
  const table = [
    [3000, 86_400_000, 'h', 24],
    [3000, 3 * 86_400_000, 'days', 3],
    [3000, 10_000, 's', 10],
  ] as const;
  for (const [rtoMs, wantedMs, unit, wanted] of table) {
    const series = seriesOf([drill(0, rtoMs, wantedMs)], 'rto');
    assert.deepEqual([series.unit, series.wanted], [unit, [wanted]]);
  }
});

test('one drill stands in the middle of two days, not at the edge of years', () => {
  assert.deepEqual(rangeOf({ at: [1000 * DAY_S] }), [999 * DAY_S, 1001 * DAY_S]);
  const [from, until] = rangeOf({ at: [1000 * DAY_S, 1100 * DAY_S] });
  assert.ok(from < 1000 * DAY_S && until > 1100 * DAY_S && until - from < 110 * DAY_S);
});

test('what is wanted is a line around a single drill, and nothing else is', () => {
  const [at, measured, worst, wanted] = drawnOf(seriesOf([drill(1000 * DAY_S * 1000, 3_600_000, 6_000_000)], 'rto'));
  assert.deepEqual(at, [999 * DAY_S, 1000 * DAY_S, 1001 * DAY_S]);
  assert.deepEqual(
    [measured, worst, wanted],
    [
      [null, 60, null],
      [null, 60, null],
      [100, 100, 100],
    ],
  );
});

test('dates are midnights, each once, and never so many that they run together', () => {
  for (const days of [2, 9, 400]) {
    const range = [1000 * DAY_S, (1000 + days) * DAY_S] as const;
    const dates = datesIn(range);
    assert.ok(dates.length >= 1 && dates.length <= 7, `${dates.length} dates over ${days} days`);
    assert.ok(dates.every((at) => at >= range[0] && at <= range[1] && new Date(at * 1000).getHours() === 0));
    assert.equal(new Set(dates).size, dates.length);
  }
});
