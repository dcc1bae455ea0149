/** What drills measured, as a chart draws it. Pure. */
import type { DrillView } from '#api/endpoints/backup-views.ts';

export interface DrillSeries {
  /** Seconds since 1970, ascending. */
  readonly at: readonly number[];
  /** In the unit of the axis. */
  readonly measured: readonly number[];
  /** Measured and its spread: the worst that was seen. */
  readonly worst: readonly number[];
  readonly wanted: readonly (number | null)[];
  readonly unit: 's' | 'min' | 'h' | 'days';
  readonly unitMs: number;
}

const UNITS: readonly (readonly [number, DrillSeries['unit']])[] = [
  [86_400_000, 'days'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1000, 's'],
];

export function seriesOf(drills: readonly DrillView[], what: 'rpo' | 'rto'): DrillSeries {
  const rows = drills
    .flatMap(({ result, wanted }) => {
      if (result?.held !== true) return []; // a time in which nothing came back is no time to restore
      const ms = what === 'rpo' ? result.rpoMs : result.rtoMs;
      const spread = what === 'rpo' ? 0 : result.rtoSpreadMs;
      const wantedMs = what === 'rpo' ? wanted?.rpoMs : wanted?.rtoMs;
      return [{ at: Math.round(result.finishedAt / 1000), ms, worst: ms + spread, wantedMs }];
    })
    .sort((a, b) => a.at - b.at);
  // The axis reaches up to what is wanted, so its unit is chosen from that, too.
  const greatest = Math.max(1, ...rows.flatMap(({ worst, wantedMs }) => [worst, wantedMs ?? 0]));
  const [unitMs, unit] = UNITS.find(([size]) => greatest >= 2 * size) ?? ([1000, 's'] as const);
  const scaled = (ms: number) => ms / unitMs;
  return {
    at: rows.map(({ at }) => at),
    measured: rows.map(({ ms }) => scaled(ms)),
    worst: rows.map(({ worst }) => scaled(worst)),
    wanted: rows.map(({ wantedMs }) => (wantedMs === undefined ? null : scaled(wantedMs))),
    unit,
    unitMs,
  };
}

const DAY_S = 86_400;
const DATES_MAX = 6;

/** From a day before the first drill to a day after the last: one drill alone stands in the middle. */
export function rangeOf({ at }: Pick<DrillSeries, 'at'>): readonly [number, number] {
  const [first = 0, last = 0] = [at[0], at.at(-1)];
  const pad = Math.max(DAY_S, (last - first) * 0.04);
  return [first - pad, last + pad];
}

type Drawn = readonly (number | null)[];

/** What is wanted holds from edge to edge, so that it is seen around a single drill, too. */
export function drawnOf(series: DrillSeries): readonly [readonly number[], Drawn, Drawn, Drawn] {
  const { at, measured, worst, wanted } = series;
  const [from, until] = rangeOf(series);
  return [
    [from, ...at, until],
    [null, ...measured, null],
    [null, ...worst, null],
    [wanted[0] ?? null, ...wanted, wanted.at(-1) ?? null],
  ];
}

/** Midnights of this machine within the range, few enough that their names stand beside one another. */
export function datesIn([from, until]: readonly [number, number]): readonly number[] {
  const stepDays = Math.max(1, Math.ceil((until - from) / DAY_S / DATES_MAX));
  const day = new Date(from * 1000);
  day.setHours(24, 0, 0, 0);
  const dates: number[] = [];
  for (; day.getTime() / 1000 <= until; day.setDate(day.getDate() + stepDays)) dates.push(day.getTime() / 1000);
  return dates;
}
