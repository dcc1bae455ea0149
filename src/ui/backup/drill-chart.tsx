/** RPO and RTO over time, against what is wanted. The same numbers stand in the table beneath. */
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { DrillView } from '#api/endpoints/backup-views.ts';
import { useScheme } from '../shell/scheme.ts';
import { countText, measuredText } from '../kit/words.ts';
import { spanText } from './backup-words.ts';
import { datesIn, drawnOf, rangeOf, seriesOf } from './drill-series.ts';
import type { DrillSeries } from './drill-series.ts';

const HEIGHT_PX = 220;

export function DrillCharts({ drills, alias }: { readonly drills: readonly DrillView[]; readonly alias: string }) {
  return (
    <div className="bk-charts">
      <Chart
        title="Until it is back (RTO)"
        says={`Measured time to restore ${alias}`}
        series={seriesOf(drills, 'rto')}
      />
      <Chart
        title="Work lost (RPO)"
        says={`Age of the snapshots of ${alias} when drilled`}
        series={seriesOf(drills, 'rpo')}
      />
    </div>
  );
}

interface ChartProps {
  readonly title: string;
  readonly says: string;
  readonly series: DrillSeries;
}

function Chart({ title, says, series }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const { dark } = useScheme();
  const key = JSON.stringify(series);
  // The chart is drawn by a library that owns its canvas: it is made anew when what it shows or the colours change.
  useEffect(() => {
    const node = place.current;
    if (node === null) return undefined;
    const plot = new uPlot(
      optionsOf(JSON.parse(key) as DrillSeries, node.clientWidth),
      dataOf(JSON.parse(key) as DrillSeries),
      node,
    ); // written above
    const watch = new ResizeObserver(() => plot.setSize({ width: node.clientWidth, height: HEIGHT_PX }));
    watch.observe(node);
    return () => {
      watch.disconnect();
      plot.destroy();
    };
  }, [key, dark]);
  const numbers = numbersOf(series);
  return (
    <figure className="pl-card bk-chart">
      <figcaption>
        {title} <span className="pl-dim pl-small">{numbers}</span>
      </figcaption>
      <div ref={place} role="img" aria-label={`${says}: ${numbers}`} />
    </figure>
  );
}

function numbersOf({ at, measured, wanted, unitMs }: DrillSeries): string {
  const [last, limit] = [measured.at(-1), wanted.at(-1)];
  if (last === undefined) return 'nothing measured';
  const newest = `${countText(at.length, 'drill')}, newest ${measuredText(Math.round(last * unitMs))}`;
  return typeof limit === 'number' ? `${newest}, wanted ${spanText(limit * unitMs)}` : newest;
}

function dataOf(series: DrillSeries): uPlot.AlignedData {
  const [at, measured, worst, wanted] = drawnOf(series);
  return [[...at], [...measured], [...worst], [...wanted]];
}

const DATE = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

function optionsOf(shown: DrillSeries, width: number): uPlot.Options {
  const { unit, measured, worst, wanted } = shown;
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const [text, line, accent, bad] = ['--pl-dim', '--pl-line-soft', '--pl-accent', '--pl-bad'].map(colour);
  const axis = { stroke: text ?? '', grid: { stroke: line ?? '', width: 1 }, ticks: { stroke: line ?? '', width: 1 } };
  const greatest = Math.max(...measured, ...worst, ...wanted.map((value) => value ?? 0), 0.1);
  const range = rangeOf(shown);
  const dates = { splits: () => [...datesIn(range)], values: (_plot: uPlot, at: number[]) => at.map(dateOf) };
  const amounts = {
    size: AMOUNTS_PX,
    values: (_plot: uPlot, ticks: number[]) => ticks.map((tick) => `${tick} ${unit}`),
  };
  return {
    width,
    height: HEIGHT_PX,
    cursor: { show: false },
    legend: { show: true, live: false, markers: { width: 2, dash: dashOf, fill: filledOf(accent ?? '') } },
    scales: { x: { range: [...range] }, y: { range: [0, greatest * 1.15] } },
    axes: [
      { ...axis, ...dates },
      { ...axis, ...amounts },
    ],
    series: [
      {},
      { label: 'measured', stroke: accent ?? '', width: 2, points: { show: true, size: 7, fill: accent ?? '' } },
      {
        label: 'with its spread',
        stroke: accent ?? '',
        width: 1,
        dash: [3, 4],
        points: { show: true, size: 5, fill: '' },
      },
      { label: 'wanted', stroke: bad ?? '', width: 1.5, dash: [8, 5], points: { show: false } },
    ],
  };
}

/** Room for `86400 days` and the like: the unit stands beside each number. */
const AMOUNTS_PX = 74;

function dateOf(atSeconds: number): string {
  return DATE.format(atSeconds * 1000);
}

/** What is measured is a filled mark, what is reckoned or wanted a dashed one. */
function filledOf(accent: string) {
  return (_plot: uPlot, series: number) => (series === 1 ? accent : 'transparent');
}

function dashOf(_plot: uPlot, series: number): string {
  return series === 1 ? 'solid' : 'dashed';
}
