/** How fast somebody may go: so many steps at once, then one in every `everyMs`. Whoever goes faster waits; nothing is refused. */
export interface PaceLimits {
  readonly burst: number;
  readonly everyMs: number;
}

export class Pace {
  readonly #limits: PaceLimits;
  /** Steps that are left; below zero, those that wait. */
  #left: number;
  #at = -Infinity;

  constructor(limits: PaceLimits) {
    this.#limits = limits;
    this.#left = limits.burst;
  }

  /** Takes the next step: for how many ms it has to wait, behind those that wait already. `nowMs` is monotonic. */
  step(nowMs: number): number {
    const { burst, everyMs } = this.#limits;
    this.#left = Math.min(burst, this.#left + (nowMs - this.#at) / everyMs) - 1;
    this.#at = nowMs;
    return this.#left >= 0 ? 0 : -this.#left * everyMs;
  }
}
