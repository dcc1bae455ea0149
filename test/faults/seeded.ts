/** Chance that can be repeated from one number (mulberry32). */
export interface Chance {
  /** From 0 up to and without `below`. */
  whole(below: number): number;
  happens(share: number): boolean;
  bytes(count: number): Uint8Array;
}

export function chanceFrom(seed: number): Chance {
  let state = seed >>> 0;
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
  return {
    whole: (below) => Math.floor(next() * below),
    happens: (share) => next() < share,
    bytes: (count) => Uint8Array.from({ length: count }, () => Math.floor(next() * 256)),
  };
}
