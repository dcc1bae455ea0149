/** What is held, in order of arrival: asked from any number on without looking at what came before. Pure. */
import type { Held } from '#vault/server/holdings.ts';

/** Gaps are closed when there are so many, and as many as there are rows. */
const GAPS_MIN = 1000;

export class Arrivals {
  #rows: Held[] = [];
  readonly #gone = new Set<Held>();

  get size(): number {
    return this.#rows.length - this.#gone.size;
  }

  /** Its number is higher than every number before. */
  add(held: Held): void {
    this.#rows.push(held);
  }

  forget(held: Held): void {
    this.#gone.add(held);
    if (this.#gone.size < GAPS_MIN || this.#gone.size * 2 < this.#rows.length) return;
    this.#rows = this.#rows.filter((row) => !this.#gone.has(row));
    this.#gone.clear();
  }

  *after(n: number): Generator<Held> {
    const rows = this.#rows;
    for (let i = this.#firstAfter(n); i < rows.length; i += 1) {
      const held = rows[i];
      if (held !== undefined && !this.#gone.has(held)) yield held;
    }
  }

  #firstAfter(n: number): number {
    let [low, high] = [0, this.#rows.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#rows[middle]?.n ?? Infinity) > n) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
