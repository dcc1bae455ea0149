/**
 * How long a load is going to take. The kernel counts an element's time from the commit, so what a load takes is taken off beforehand;
 * what it took is learnt. A guess that was too short is put right by whoever loads; one that was too long ends grants that much early.
 */
const FIRST_BASE_MS = 40;
const FIRST_ELEMENT_MS = 0.04;
/** Loads with fewer elements teach what a load costs by itself. */
const SMALL = 200;
const LEARN = 0.3;

export interface LoadTime {
  expectMs(elements: number): number;
  learn(elements: number, ms: number): void;
}

export function createLoadTime(): LoadTime {
  let [baseMs, elementMs] = [FIRST_BASE_MS, FIRST_ELEMENT_MS];
  return {
    expectMs: (elements) => baseMs + elements * elementMs,
    learn(elements, ms) {
      if (elements < SMALL) baseMs += LEARN * (ms - elements * elementMs - baseMs);
      else elementMs += LEARN * (Math.max(0, ms - baseMs) / elements - elementMs);
      baseMs = Math.max(1, baseMs);
    },
  };
}
