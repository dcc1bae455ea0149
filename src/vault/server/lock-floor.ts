/**
 * Renewals as a floor: one renewal extends the lock of everything that arrived before it, however much that is, and costs one line. Pure.
 */
export interface Renewal {
  /** Covers arrivals up to this number. */
  readonly n: number;
  readonly until: number;
}

export class LockFloor {
  /** Rising `n`, falling `until`: a later renewal that lasts longer makes the earlier ones useless. */
  readonly #renewals: Renewal[] = [];

  /** Those that still count. */
  get renewals(): readonly Renewal[] {
    return [...this.#renewals];
  }

  add(renewal: Renewal): void {
    while ((this.#renewals.at(-1)?.until ?? Infinity) <= renewal.until) this.#renewals.pop();
    this.#renewals.push(renewal);
  }

  /** Until when arrival `n` is locked by renewals; 0 when none covers it. */
  of(n: number): number {
    return this.#renewals.find((renewal) => renewal.n >= n)?.until ?? 0;
  }
}
