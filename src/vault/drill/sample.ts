/**
 * The choice of files that a drill restores. Anybody who has the manifest and the seed draws the same sample; nobody who writes files can
 * know it before, because the seed is drawn when the drill begins.
 *
 * With `n` files drawn at random and none bad, the share of bad files is below `share` with confidence `1 - (1 - share)^n`: 299 files for 95 % and 1 %.
 */
import { createHmac } from 'node:crypto';

export const SAMPLE_CONFIDENCE = 0.95;
export const SAMPLE_SHARE = 0.01;

/** How many files it takes to be so sure that fewer than `share` of them are bad. */
export function sampleSize(confidence = SAMPLE_CONFIDENCE, share = SAMPLE_SHARE): number {
  return Math.ceil(Math.log(1 - confidence) / Math.log(1 - share));
}

/** The share of bad files that `good` files without a failure rule out, with that confidence: 1 - (1 - confidence)^(1/n). */
export function ruledOutShare(good: number, confidence = SAMPLE_CONFIDENCE): number {
  return good === 0 ? 1 : 1 - (1 - confidence) ** (1 / good);
}

interface Ranked {
  readonly path: string;
  readonly rank: string;
  /** Where it came among all. */
  readonly at: number;
}

/**
 * `count` of `paths`, each equally likely: those with the smallest HMAC-SHA-256 under the seed. All of them when there are not more. In the order they
 * came; of those that are not drawn none is kept.
 */
export function drawSample(paths: Iterable<string>, seed: string, count: number): readonly string[] {
  let best: Ranked[] = [];
  let at = 0;
  for (const path of paths) {
    best.push(ranked(path, seed, at));
    at += 1;
    if (best.length >= 2 * count + 2) best = best.sort(byRank).slice(0, count);
  }
  const drawn = at <= count ? best : best.sort(byRank).slice(0, count);
  return drawn.sort((a, b) => a.at - b.at).map(({ path }) => path);
}

/** All of them in the order in which this seed draws them. */
export function drawOrder(paths: readonly string[], seed: string): readonly string[] {
  return paths
    .map((path, at) => ranked(path, seed, at))
    .sort(byRank)
    .map(({ path }) => path);
}

function ranked(path: string, seed: string, at: number): Ranked {
  return { path, rank: createHmac('sha256', seed).update(path).digest('hex'), at };
}

function byRank(a: Ranked, b: Ranked): number {
  return a.rank < b.rank ? -1 : a.rank > b.rank ? 1 : a.at - b.at;
}
