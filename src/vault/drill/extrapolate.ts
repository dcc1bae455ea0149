/**
 * How long the whole would take, from what a part took. The parts are timed one by one; the spread is that of the sum: with parts of about equal size,
 * the standard error of their mean rate, scaled to the whole, twice (95 %). Few parts have a wide spread, and say so.
 */
export interface TimedPart {
  readonly bytes: number;
  readonly ms: number;
}

export interface Extrapolated {
  readonly ms: number;
  /** Half the width of the interval around `ms`. */
  readonly spreadMs: number;
  readonly bytesPerSecond: number;
}

const SIGMAS = 2;

/** `startMs` is what does not grow with the size: opening the repository, reading its index. */
export function extrapolate(parts: readonly TimedPart[], startMs: number, wholeBytes: number): Extrapolated {
  const timed = parts.filter(({ ms, bytes }) => ms > 0 && bytes > 0);
  const [bytes, ms] = [sum(timed.map((part) => part.bytes)), sum(timed.map((part) => part.ms))];
  if (bytes === 0) return { ms: Math.round(startMs), spreadMs: Math.round(startMs), bytesPerSecond: 0 };
  const perByte = ms / bytes;
  const whole = startMs + perByte * wholeBytes;
  // Weighted by size: a part of one byte says little about the rate.
  const variance = sum(timed.map((part) => part.bytes * (part.ms / part.bytes - perByte) ** 2)) / bytes;
  const isWhole = bytes >= wholeBytes;
  const error = timed.length < 2 ? perByte : Math.sqrt(variance / (timed.length - 1));
  const spread = isWhole ? 0 : SIGMAS * error * (wholeBytes - bytes);
  return { ms: Math.round(whole), spreadMs: Math.round(spread), bytesPerSecond: Math.round((bytes / ms) * 1000) };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
