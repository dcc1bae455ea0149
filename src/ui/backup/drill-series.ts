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
  readonly unit: 's' | 'min' | 'h';
}

const UNITS: readonly (readonly [number, DrillSeries['unit']])[] = [
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
  const greatest = Math.max(1, ...rows.map(({ worst }) => worst));
  const [unitMs, unit] = UNITS.find(([size]) => greatest >= 2 * size) ?? ([1000, 's'] as const);
  const scaled = (ms: number) => ms / unitMs;
  return {
    at: rows.map(({ at }) => at),
    measured: rows.map(({ ms }) => scaled(ms)),
    worst: rows.map(({ worst }) => scaled(worst)),
    wanted: rows.map(({ wantedMs }) => (wantedMs === undefined ? null : scaled(wantedMs))),
    unit,
  };
}
