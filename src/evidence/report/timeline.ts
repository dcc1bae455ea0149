/** Engagements as bars over time, in inline SVG: the picture of who had access when. */
import type { Engagement, Facts } from './facts.ts';
import { escape, utcMinute } from './text.ts';

const WIDTH = 960;
const LABELS = 250;
const ROW = 24;
const HEAD = 26;
/** A tick's label this close to the right edge stands to the left of its line. */
const LABEL_WIDTH = 80;
const MINUTE = 60_000;
const DAY = 86_400_000;
const STEPS = [
  MINUTE,
  5 * MINUTE,
  15 * MINUTE,
  60 * MINUTE,
  6 * 60 * MINUTE,
  DAY,
  2 * DAY,
  7 * DAY,
  14 * DAY,
  28 * DAY,
  91 * DAY,
  182 * DAY,
  364 * DAY,
  1820 * DAY,
] as const;
const TICKS_MAX = 7;

export function renderTimeline(facts: Facts): string {
  const { engagements, from, until } = facts;
  if (engagements.length === 0) return '';
  const end = Math.max(until, from + MINUTE);
  const x = (at: number): number =>
    LABELS + ((Math.min(Math.max(at, from), end) - from) / (end - from)) * (WIDTH - LABELS - 12);
  const height = HEAD + engagements.length * ROW + 6;
  const rows = engagements.map((engagement, row) => bar(facts, engagement, HEAD + row * ROW, x, end));
  return [
    `<svg class="timeline" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Who had access, over time">`,
    '<defs><pattern id="held" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">',
    '<rect width="3" height="6" fill="#fff" fill-opacity=".75"/></pattern></defs>',
    ...ticks(from, end, x, height),
    ...rows,
    '</svg>',
  ].join('\n');
}

function ticks(from: number, end: number, x: (at: number) => number, height: number): readonly string[] {
  const step = STEPS.find((candidate) => (end - from) / candidate <= TICKS_MAX) ?? STEPS[STEPS.length - 1] ?? DAY;
  const lines: string[] = [];
  for (let at = Math.ceil(from / step) * step; at <= end; at += step) {
    const label = step < DAY ? utcMinute(at).slice(5) : utcMinute(at).slice(0, 10);
    const anchor = x(at) > WIDTH - LABEL_WIDTH ? ' text-anchor="end"' : '';
    lines.push(`<line x1="${at1(x(at))}" x2="${at1(x(at))}" y1="18" y2="${height}" class="tick"/>`);
    lines.push(`<text x="${at1(x(at))}" y="14" class="tick-label"${anchor}>${label}</text>`);
  }
  return lines;
}

function bar(facts: Facts, engagement: Engagement, y: number, x: (at: number) => number, end: number): string {
  const [left, right] = [x(engagement.from), x(engagement.over)];
  const width = Math.max(2, right - left);
  const shape = engagement.ended === undefined ? 'bar open' : 'bar';
  const holds = engagement.holds.map(
    (hold) =>
      `<rect x="${at1(x(hold.from))}" y="${y + 5}" width="${at1(Math.max(1, x(hold.until) - x(hold.from)))}" height="14" fill="url(#held)"/>`,
  );
  // A bar that runs beyond the range ends in an arrow instead of an edge.
  const arrow = engagement.over > end ? `<path d="M${at1(right)} ${y + 5} l8 7 l-8 7 z" class="${shape}"/>` : '';
  const label = `${facts.person(engagement.person).replaceAll(/<[^>]+>/g, '')} · ${escape(facts.role(engagement.role))}`;
  return [
    `<text x="0" y="${y + 16}" class="row-label">${clipped(label)}</text>`,
    `<rect x="${at1(left)}" y="${y + 5}" width="${at1(width)}" height="14" rx="2" class="${shape}"/>${arrow}${holds.join('')}`,
  ].join('');
}

const LABEL_CHARS = 38;

/** Cuts at whole characters; an escaped character counts as one. */
function clipped(html: string): string {
  const characters = html.match(/&#?\w+;|[^]/gu) ?? [];
  return characters.length <= LABEL_CHARS ? html : `${characters.slice(0, LABEL_CHARS - 1).join('')}…`;
}

function at1(value: number): string {
  return value.toFixed(1);
}
