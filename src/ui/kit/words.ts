/** Numbers as people read them. Pure: `now` comes in. */
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

export function bytesText(sizeBytes: number): string {
  let [value, unit] = [sizeBytes, 0];
  while (value >= 999.5 && unit < BYTE_UNITS.length - 1) [value, unit] = [value / 1000, unit + 1];
  const digits = unit === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toFixed(digits)} ${BYTE_UNITS[unit]}`;
}

/** `3 days`, `5 h`, `1 h 30 min`, `12 min`, `40 s`: rounded down, never negative. */
export function durationText(ms: number): string {
  const length = Math.max(0, ms);
  if (length >= 2 * DAY_MS) return `${Math.floor(length / DAY_MS)} days`;
  if (length >= 2 * HOUR_MS) return `${Math.floor(length / HOUR_MS)} h`;
  const minutes = Math.floor(length / MINUTE_MS);
  if (minutes > 60) return `1 h ${minutes - 60} min`;
  if (minutes === 60) return '1 h';
  if (minutes >= 1) return `${minutes} min`;
  return `${Math.floor(length / 1000)} s`;
}

/** What was measured, and is held against what was promised, is never said to be less than it was. */
export function measuredText(ms: number): string {
  const unitMs = unitOf(ms);
  return durationText(Math.ceil(ms / unitMs) * unitMs);
}

/** What is to come is rounded to the nearest: twelve hours from now reads so a second later, too. */
function untilText(ms: number): string {
  const unitMs = unitOf(ms);
  return durationText(Math.round(ms / unitMs) * unitMs);
}

/** The smallest of which `durationText` says something. */
function unitOf(ms: number): number {
  return [DAY_MS, HOUR_MS, MINUTE_MS].find((unit) => ms >= (unit === MINUTE_MS ? 1 : 2) * unit) ?? 1000;
}

export function relativeText(at: number, now: number): string {
  const away = at - now;
  if (Math.abs(away) < 5000) return 'now';
  return away > 0 ? `in ${untilText(away)}` : `${durationText(-away)} ago`;
}

/** Unambiguous in every country: `21 Nov 2026, 14:05:09 GMT`. */
export function absoluteText(at: number, timeZone?: string): string {
  return new Intl.DateTimeFormat('en-GB', {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'short',
    ...(timeZone === undefined ? {} : { timeZone }),
  }).format(at);
}

export function dateText(at: number, timeZone?: string): string {
  return new Intl.DateTimeFormat('en-GB', {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    ...(timeZone === undefined ? {} : { timeZone }),
  }).format(at);
}

export function rateText(bytesPerSecond: number): string {
  return `${bytesText(bytesPerSecond)}/s`;
}

/** `2 people`, `1 person`. */
export function countText(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

export function millisText(ms: number): string {
  return ms < 10 ? `${ms.toFixed(1)} ms` : ms < 10_000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

export const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;

/** `Mon–Fri 09:00–18:00`; runs of days are folded. */
export function hoursText(hours: {
  readonly days: readonly number[];
  readonly from: number;
  readonly until: number;
}): string {
  const clock = (minutes: number) =>
    `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
  const days = [...hours.days].sort((a, b) => a - b);
  const runs: [number, number][] = [];
  for (const day of days) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] === day - 1) last[1] = day;
    else runs.push([day, day]);
  }
  const names = runs.map(([a, b]) => (a === b ? DAYS[a] : `${DAYS[a]}${b === a + 1 ? ', ' : '–'}${DAYS[b]}`));
  return `${names.join(', ')} ${clock(hours.from)}–${clock(hours.until)}`;
}

export function initials(name: string | null): string {
  const words = (name ?? '').split(/\s+/).filter((word) => word !== '');
  return `${words[0]?.[0] ?? '?'}${words.length > 1 ? (words.at(-1)?.[0] ?? '') : ''}`.toUpperCase();
}
