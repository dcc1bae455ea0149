/** People on a project as bars over time. Drawn here, so that the states have shapes as well as colours. */
import type { KeyboardEvent } from 'react';
import type { EngagementView } from '#api/endpoints/views.ts';
import { useWidth } from '../kit/use-width.ts';
import { absoluteText } from '../kit/words.ts';
import { fractionAt, rowsOf, ticksOf, windowOf } from './timeline.ts';
import type { Bar, TimelineRow } from './timeline.ts';

const LANE_PX = 30;
const BAR_PX = 20;
const PAD_PX = 6;
const CHAR_PX = 6.6;
/** Room for a date; one that would be cut off at the edge is left out. */
const TICK_PX = 48;

interface ChartProps {
  readonly engagements: readonly EngagementView[];
  readonly now: number;
  readonly chosen: string | undefined;
  readonly choose: (engagement: string) => void;
}

export function TimelineChart({ engagements, now, chosen, choose }: ChartProps) {
  const { ref, width } = useWidth<HTMLDivElement>();
  const span = windowOf(engagements, now);
  const rows = rowsOf(engagements, span);
  const today = fractionAt(now, span) * width;
  const heights = rows.map((row) => row.lanes * LANE_PX + PAD_PX * 2);
  const tops = heights.map((_, index) => heights.slice(0, index).reduce((sum, height) => sum + height, 0));
  const total = heights.reduce((sum, height) => sum + height, 0);
  return (
    <div className="pl-card">
      <div className="tl">
        <div className="tl-names">
          <div className="tl-axis" />
          {rows.map((row, index) => (
            <div key={row.person.id} style={{ height: heights[index] ?? 0 }}>
              <span>{row.person.name ?? 'sealed name'}</span>
            </div>
          ))}
        </div>
        <div className="tl-area" ref={ref}>
          {/* On paper, which is narrower than the screen, it is drawn together sideways: rows stay beside their names. */}
          <svg
            height={total + 30}
            viewBox={`0 0 ${Math.max(1, width)} ${total + 30}`}
            preserveAspectRatio="none"
            role="group"
            aria-label="Engagements over time"
          >
            {ticksOf(span).map((tick) => (
              <g key={tick.at}>
                <line
                  x1={tick.left * width}
                  x2={tick.left * width}
                  y1={24}
                  y2={total + 30}
                  stroke="var(--pl-line-soft)"
                />
                <text x={tick.left * width + 4} y={19} fontSize={11.5} fill="var(--pl-dim)">
                  {(1 - tick.left) * width < TICK_PX ? null : tick.label}
                </text>
              </g>
            ))}
            {rows.map((row, index) => (
              <Row
                key={row.person.id}
                row={row}
                top={(tops[index] ?? 0) + 30}
                width={width}
                chosen={chosen}
                choose={choose}
              />
            ))}
            <line x1={today} x2={today} y1={4} y2={total + 30} stroke="var(--pl-warn)" strokeWidth={1.5} />
            <rect x={today - 18} y={4} width={36} height={16} rx={4} fill="var(--pl-warn)" />
            <text x={today} y={16} textAnchor="middle" fontSize={11} fontWeight={600} fill="var(--pl-page)">
              now
            </text>
          </svg>
        </div>
      </div>
      <Legend />
    </div>
  );
}

function Row({
  row,
  top,
  width,
  chosen,
  choose,
}: {
  readonly row: TimelineRow;
  readonly top: number;
  readonly width: number;
  readonly chosen: string | undefined;
  readonly choose: (id: string) => void;
}) {
  return (
    <g>
      <line x1={0} x2={width} y1={top} y2={top} stroke="var(--pl-line-soft)" />
      {row.bars.map((bar) => (
        <BarShape
          key={bar.engagement.id}
          bar={bar}
          top={top}
          width={width}
          pressed={bar.engagement.id === chosen}
          choose={choose}
        />
      ))}
    </g>
  );
}

function BarShape({
  bar,
  top,
  width,
  pressed,
  choose,
}: {
  readonly bar: Bar;
  readonly top: number;
  readonly width: number;
  readonly pressed: boolean;
  readonly choose: (id: string) => void;
}) {
  const { engagement } = bar;
  const [x, w] = [bar.left * width, Math.max(6, bar.width * width)];
  const y = top + PAD_PX + bar.lane * LANE_PX + (LANE_PX - BAR_PX) / 2;
  const past = engagement.state === 'over' || engagement.state === 'ended';
  const open = () => choose(engagement.id);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    open();
  };
  const when = `${absoluteText(engagement.from)} to ${absoluteText(engagement.until)}`;
  const label = `${engagement.person.name ?? 'Sealed name'}, ${engagement.role.title}, ${engagement.state}, ${when}`;
  const fits = Math.floor((w - 14) / CHAR_PX);
  const title =
    engagement.role.title.length <= fits
      ? engagement.role.title
      : fits > 4
        ? `${engagement.role.title.slice(0, fits - 1)}…`
        : '';
  return (
    <g
      className="tl-bar"
      role="button"
      tabIndex={0}
      aria-pressed={pressed}
      aria-label={label}
      onClick={open}
      onKeyDown={onKeyDown}
    >
      <title>{label}</title>
      <rect
        className="tl-body"
        x={x}
        y={y}
        width={w}
        height={BAR_PX}
        rx={4}
        fill={FILLS[engagement.state]}
        stroke={engagement.state === 'coming' ? 'var(--pl-accent)' : 'none'}
        strokeDasharray={engagement.state === 'coming' ? '4 3' : undefined}
      />
      {engagement.state === 'ended' ? (
        <path d={`M${x + w - 5} ${y + 5}l6 5l-6 5`} stroke="var(--pl-bad)" strokeWidth={2} fill="none" />
      ) : null}
      <text
        x={x + 8}
        y={y + 14}
        fill={past ? 'var(--pl-bar-over-text)' : engagement.state === 'live' ? 'var(--pl-bar-text)' : 'var(--pl-text)'}
      >
        {title}
      </text>
    </g>
  );
}

const FILLS: Readonly<Record<EngagementView['state'], string>> = {
  live: 'var(--pl-bar)',
  coming: 'var(--pl-accent-soft)',
  held: 'url(#tl-held)',
  over: 'var(--pl-bar-over)',
  ended: 'var(--pl-bar-over)',
};

function Hatches() {
  return (
    <defs>
      <pattern id="tl-held" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect width="7" height="7" fill="var(--pl-held-soft)" />
        <rect width="2" height="7" fill="var(--pl-held)" opacity="0.55" />
      </pattern>
    </defs>
  );
}

const LEGEND: readonly (readonly [EngagementView['state'], string])[] = [
  ['live', 'Live'],
  ['coming', 'Coming'],
  ['held', 'On hold'],
  ['over', 'Over'],
  ['ended', 'Ended early'],
];

function Legend() {
  return (
    <div className="tl-legend">
      {/* Here, and not among the bars: what is hidden there while its width is unknown would be missing here, too. */}
      <svg className="tl-patterns" width={0} height={0} aria-hidden="true">
        <Hatches />
      </svg>
      {LEGEND.map(([state, text]) => (
        <span key={state}>
          <svg viewBox="0 0 22 10" aria-hidden="true">
            <rect
              x={0.5}
              y={0.5}
              width={21}
              height={9}
              rx={3}
              fill={FILLS[state]}
              stroke={state === 'coming' ? 'var(--pl-accent)' : 'none'}
              strokeDasharray="3 2"
            />
            {state === 'ended' ? (
              <path d="M16 1l5 4l-5 4" stroke="var(--pl-bad)" strokeWidth={1.6} fill="none" />
            ) : null}
          </svg>
          {text}
        </span>
      ))}
    </div>
  );
}
