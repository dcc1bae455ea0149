/** RPO and RTO over time, against what is wanted. The same numbers stand in the table beneath. */
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { DrillView } from '#api/endpoints/backup-views.ts';
import { useScheme } from '../shell/scheme.ts';
import { seriesOf } from './drill-series.ts';
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

function numbersOf({ at, measured, wanted, unit }: DrillSeries): string {
  const [last, limit] = [measured.at(-1), wanted.at(-1)];
  if (last === undefined) return 'nothing measured';
  const newest = `${at.length} drills, newest ${last.toFixed(1)} ${unit}`;
  return typeof limit === 'number' ? `${newest}, wanted ${limit.toFixed(1)} ${unit}` : newest;
}

function dataOf({ at, measured, worst, wanted }: DrillSeries): uPlot.AlignedData {
  return [[...at], [...measured], [...worst], [...wanted]];
}

function optionsOf({ unit, measured, worst, wanted }: DrillSeries, width: number): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const [text, line, accent, bad] = ['--pl-dim', '--pl-line-soft', '--pl-accent', '--pl-bad'].map(colour);
  const axis = { stroke: text ?? '', grid: { stroke: line ?? '', width: 1 }, ticks: { stroke: line ?? '', width: 1 } };
  const greatest = Math.max(...measured, ...worst, ...wanted.map((value) => value ?? 0), 0.1);
  return {
    width,
    height: HEIGHT_PX,
    cursor: { show: false },
    legend: { show: true, live: false },
    scales: { y: { range: [0, greatest * 1.15] } },
    axes: [axis, { ...axis, size: 56, values: (_plot, ticks) => ticks.map((tick) => `${tick} ${unit}`) }],
    series: [
      {},
      { label: 'measured', stroke: accent ?? '', width: 2, points: { show: true, size: 7, fill: accent ?? '' } },
      { label: 'with its spread', stroke: accent ?? '', width: 1, dash: [3, 4], points: { show: false } },
      { label: 'wanted', stroke: bad ?? '', width: 1.5, dash: [8, 5], points: { show: false } },
    ],
  };
}
