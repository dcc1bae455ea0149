/** Where each engagement stands on the timeline. Pure: instants in, fractions of the width out. */
import type { EngagementView } from '#api/endpoints/views.ts';
import { DAY_MS } from '../kit/words.ts';

export interface Span {
  readonly from: number;
  readonly until: number;
}

export interface Bar {
  readonly engagement: EngagementView;
  /** Fractions of the width, 0 to 1; cut off at the edges of the window. */
  readonly left: number;
  readonly width: number;
  /** The engagement goes on before or after what is shown. */
  readonly opensBefore: boolean;
  readonly endsAfter: boolean;
  /** Lane within the person's row: engagements that overlap stand below one another. */
  readonly lane: number;
}

export interface TimelineRow {
  readonly person: EngagementView['person'];
  readonly bars: readonly Bar[];
  readonly lanes: number;
}

export interface Tick {
  readonly at: number;
  readonly left: number;
  readonly label: string;
}

const MARGIN = 0.04;
const SPAN_DAYS_MIN = 28;
const TICKS_MAX = 12;
const LABEL_LEFT_MAX = 0.95;

/** The real end: an engagement that was ended early stops there. */
export function endOf(engagement: EngagementView): number {
  return Math.min(engagement.until, engagement.ended?.at ?? engagement.until);
}

/** A window that holds now, and the engagements as far as a person can still read them. */
export function windowOf(engagements: readonly EngagementView[], now: number, daysMax = 400): Span {
  const from = Math.max(
    Math.min(now - 7 * DAY_MS, ...engagements.map((one) => one.from)),
    now - (daysMax / 2) * DAY_MS,
  );
  const until = Math.min(
    Math.max(now + 14 * DAY_MS, ...engagements.map((one) => one.until)),
    now + (daysMax / 2) * DAY_MS,
  );
  const margin = Math.max((until - from) * MARGIN, (SPAN_DAYS_MIN * DAY_MS - (until - from)) / 2);
  return { from: from - margin, until: until + margin };
}

export function fractionAt(at: number, span: Span): number {
  return Math.min(1, Math.max(0, (at - span.from) / (span.until - span.from)));
}

/** One row a person, those whose access goes on the longest first; within a row bars never overlap in a lane. */
export function rowsOf(engagements: readonly EngagementView[], span: Span): readonly TimelineRow[] {
  const byPerson = new Map<string, EngagementView[]>();
  for (const engagement of engagements)
    byPerson.set(engagement.person.id, [...(byPerson.get(engagement.person.id) ?? []), engagement]);
  return [...byPerson.values()].map((own) => rowOf(own, span)).sort((a, b) => rank(b) - rank(a));
}

function rank(row: TimelineRow): number {
  return Math.max(
    ...row.bars.map(
      ({ engagement }) =>
        endOf(engagement) + (engagement.state === 'live' ? 1e14 : engagement.state === 'coming' ? 5e13 : 0),
    ),
  );
}

function rowOf(own: readonly EngagementView[], span: Span): TimelineRow {
  const laneEnds: number[] = [];
  const sorted = [...own].sort((a, b) => a.from - b.from || endOf(a) - endOf(b));
  const bars = sorted.map((engagement): Bar => {
    const [left, right] = [fractionAt(engagement.from, span), fractionAt(endOf(engagement), span)];
    const free = laneEnds.findIndex((end) => end <= engagement.from);
    const lane = free === -1 ? laneEnds.length : free;
    laneEnds[lane] = endOf(engagement);
    return {
      engagement,
      left,
      width: Math.max(0, right - left),
      opensBefore: engagement.from < span.from,
      endsAfter: endOf(engagement) > span.until,
      lane,
    };
  });
  const person = sorted[0]?.person;
  // Rows are made from at least one engagement each.
  return { person: person as EngagementView['person'], bars, lanes: laneEnds.length };
}

/** Months, or Mondays when the window is short; at most twelve. */
export function ticksOf(span: Span): readonly Tick[] {
  const months = (span.until - span.from) / DAY_MS > 84;
  const ticks: Tick[] = [];
  const day = new Date(span.from);
  day.setHours(0, 0, 0, 0);
  if (months) day.setDate(1);
  else day.setDate(day.getDate() - ((day.getDay() + 6) % 7));
  while (day.getTime() < span.until && ticks.length < 60) {
    if (day.getTime() >= span.from)
      ticks.push({ at: day.getTime(), left: fractionAt(day.getTime(), span), label: labelOf(day, months) });
    if (months) day.setMonth(day.getMonth() + 1);
    else day.setDate(day.getDate() + 7);
  }
  const step = Math.ceil(ticks.length / TICKS_MAX);
  // A label at the very edge would be cut off.
  const shown = ticks.filter((tick, index) => index % step === 0 && tick.left < LABEL_LEFT_MAX);
  return shown.length > 0 ? shown : ticks.slice(0, 1);
}

function labelOf(day: Date, months: boolean): string {
  if (!months) return new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' }).format(day);
  const options: Intl.DateTimeFormatOptions =
    day.getMonth() === 0 ? { month: 'short', year: 'numeric' } : { month: 'short' };
  return new Intl.DateTimeFormat('en-GB', options).format(day);
}
