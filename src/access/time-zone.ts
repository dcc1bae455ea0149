/**
 * Local time of a facility. An offset from UTC holds from one change of the clocks to the next; `segmentAt` gives that
 * stretch with its offset. Intl is slow, so stretches are remembered: they are facts that never change.
 */
import { DAY_MS, HOUR_MS, MINUTE_MS, TIME_MAX } from '#model/limits.ts';
import { assert } from '#std/assert.ts';

/** The offset is the same at every instant in [from, until). */
export interface Segment {
  readonly from: number;
  readonly until: number;
  readonly offsetMs: number;
}

const STEP_MS = 7 * DAY_MS;
/** How far ahead and back a change of the clocks is looked for. */
const REACH_STEPS = 60;
const SEGMENTS_MAX = 512;
const ZONES_MAX = 64;

const known = new Map<string, Segment[]>();
const formats = new Map<string, Intl.DateTimeFormat>();

export function segmentAt(timeZone: string, at: number): Segment {
  let segments = known.get(timeZone);
  if (segments === undefined) {
    if (known.size >= ZONES_MAX) known.clear();
    known.set(timeZone, (segments = []));
  }
  for (const segment of segments) if (segment.from <= at && at < segment.until) return segment;
  if (segments.length >= SEGMENTS_MAX) segments.length = 0;
  const found = findSegment(timeZone, at);
  segments.push(found);
  return found;
}

function findSegment(timeZone: string, at: number): Segment {
  const offsetMs = offsetAt(timeZone, at);
  return { from: edge(timeZone, at, offsetMs, -1), until: edge(timeZone, at, offsetMs, 1), offsetMs };
}

/** The end of the stretch in one direction: steps until the offset differs, then halves the gap down to a minute. */
function edge(timeZone: string, at: number, offsetMs: number, direction: 1 | -1): number {
  let inside = at;
  for (let step = 0; step < REACH_STEPS; step += 1) {
    const outside = inside + direction * STEP_MS;
    if (outside < 0) return 0;
    if (outside > TIME_MAX) return TIME_MAX;
    if (offsetAt(timeZone, outside) !== offsetMs) return halve(timeZone, inside, outside, offsetMs);
    inside = outside;
  }
  return inside;
}

function halve(timeZone: string, inside: number, outside: number, offsetMs: number): number {
  let near = Math.floor(inside / MINUTE_MS);
  let far = Math.floor(outside / MINUTE_MS);
  while (Math.abs(far - near) > 1) {
    const middle = Math.floor((near + far) / 2);
    if (offsetAt(timeZone, middle * MINUTE_MS) === offsetMs) near = middle;
    else far = middle;
  }
  return Math.max(near, far) * MINUTE_MS;
}

function offsetAt(timeZone: string, at: number): number {
  let format = formats.get(timeZone);
  if (format === undefined) {
    if (formats.size >= ZONES_MAX) formats.clear();
    format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
    formats.set(timeZone, format);
  }
  const name = format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const match = /^GMT(?:([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?$/.exec(name);
  assert(match !== null, `an offset that Intl writes as ${name}`);
  const [, sign, hours = '0', minutes = '0', seconds = '0'] = match;
  const size = Number(hours) * HOUR_MS + Number(minutes) * MINUTE_MS + Number(seconds) * 1000;
  return sign === '-' ? -size : size;
}
