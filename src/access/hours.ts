/**
 * Daily hours in the facility's time zone. A window whose end is not after its beginning is a night shift: it begins on
 * the listed days and ends on the next. In the hour that the clocks repeat in autumn, a window follows the wall clock.
 */
import type { Hours } from '#model/events.ts';
import { DAY_MS, MINUTE_MS } from '#model/limits.ts';
import { segmentAt } from '#access/time-zone.ts';

/** 1970-01-01 was a Thursday. */
const EPOCH_WEEKDAY = 4;

export interface LocalTime {
  /** 0 is Sunday. */
  readonly weekday: number;
  readonly minute: number;
}

export function localTime(timeZone: string, at: number): LocalTime {
  const local = at + segmentAt(timeZone, at).offsetMs;
  const day = Math.floor(local / DAY_MS);
  return { weekday: weekdayOf(day), minute: Math.floor((local - day * DAY_MS) / MINUTE_MS) };
}

function weekdayOf(day: number): number {
  return (((day + EPOCH_WEEKDAY) % 7) + 7) % 7;
}

export function isWithin(hours: Hours, timeZone: string, at: number): boolean {
  const { weekday, minute } = localTime(timeZone, at);
  const isToday = hours.days.includes(weekday);
  if (hours.from < hours.until) return isToday && hours.from <= minute && minute < hours.until;
  const isYesterday = hours.days.includes((weekday + 6) % 7);
  return (isToday && minute >= hours.from) || (isYesterday && minute < hours.until);
}

/**
 * The first instant after `at` at which `isWithin` could answer differently: the next beginning or end of a window, or a
 * change of the clocks, whichever comes first.
 */
export function nextChange(hours: Hours, timeZone: string, at: number): number {
  const segment = segmentAt(timeZone, at);
  const local = at + segment.offsetMs;
  const today = Math.floor(local / DAY_MS);
  const isNight = hours.until <= hours.from;
  for (let day = today - 1; day <= today + 7; day += 1) {
    if (!hours.days.includes(weekdayOf(day))) continue;
    const begins = day * DAY_MS + hours.from * MINUTE_MS;
    const ends = (isNight ? day + 1 : day) * DAY_MS + hours.until * MINUTE_MS;
    if (begins > local) return Math.min(segment.until, begins - segment.offsetMs);
    if (ends > local) return Math.min(segment.until, ends - segment.offsetMs);
  }
  return segment.until;
}
