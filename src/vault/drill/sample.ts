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

/** `count` of `paths`, each equally likely: those with the smallest HMAC-SHA-256 under the seed. All of them when there are not more. */
export function drawSample(paths: readonly string[], seed: string, count: number): readonly string[] {
  if (paths.length <= count) return paths;
  const drawn = new Set(drawOrder(paths, seed).slice(0, count));
  return paths.filter((path) => drawn.has(path));
}

/** All of them in the order in which this seed draws them. */
export function drawOrder(paths: readonly string[], seed: string): readonly string[] {
  const ranked = paths.map((path) => ({ path, rank: createHmac('sha256', seed).update(path).digest('hex') }));
  ranked.sort((a, b) => (a.rank < b.rank ? -1 : a.rank > b.rank ? 1 : 0));
  return ranked.map(({ path }) => path);
}
