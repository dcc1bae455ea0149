/** The rate of a transfer over its last seconds, and the time that is left. Pure. */
export interface Sample {
  readonly at: number;
  readonly bytes: number;
}

const WINDOW_MS = 8000;
export const SAMPLES_MAX = 100;

export function sampled(samples: readonly Sample[], sample: Sample): readonly Sample[] {
  return [...samples.filter((one) => sample.at - one.at <= WINDOW_MS), sample].slice(-SAMPLES_MAX);
}

/** Bytes per second; undefined until it can be told. */
export function rateOf(samples: readonly Sample[]): number | undefined {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined || last.at - first.at < 250) return undefined;
  return Math.max(0, ((last.bytes - first.bytes) * 1000) / (last.at - first.at));
}

export function leftMs(samples: readonly Sample[], sizeBytes: number): number | undefined {
  const rate = rateOf(samples);
  const sent = samples.at(-1)?.bytes ?? 0;
  return rate === undefined || rate === 0 ? undefined : ((sizeBytes - sent) * 1000) / rate;
}
