/** How long to wait before what failed is tried again: twice as long each time, up to a limit. */

const DOUBLINGS_MAX = 10;

/** `tries`: how often it failed, 1 for the first time. In the unit of `first` and `most`. */
export function backOff(tries: number, first: number, most: number): number {
  return Math.min(most, first * 2 ** Math.min(Math.max(0, tries - 1), DOUBLINGS_MAX));
}
