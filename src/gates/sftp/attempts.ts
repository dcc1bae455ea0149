/** Counts failed tries by address, within a window. Bounded: when too many addresses are known, the oldest is forgotten. */
import type { Clock } from '#ports/clock.ts';
import type { GateLimits } from '#gates/sftp/limits.ts';

const ADDRESSES_MAX = 10_000;

interface Tries {
  readonly since: number;
  count: number;
}

export class Attempts {
  readonly #tries = new Map<string, Tries>();
  readonly #clock: Clock;
  readonly #limits: GateLimits;

  constructor(clock: Clock, limits: GateLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** A connection from here is dropped unheard. */
  isBarred(address: string): boolean {
    return (this.#live(address)?.count ?? 0) >= this.#limits.triesPerAddressMax;
  }

  /** How many there have been within the window, this one counted. */
  failed(address: string): number {
    const live = this.#live(address);
    if (live !== undefined) {
      live.count += 1;
      return live.count;
    }
    const [oldest] = this.#tries.keys();
    if (this.#tries.size >= ADDRESSES_MAX && oldest !== undefined) this.#tries.delete(oldest);
    this.#tries.set(address, { since: this.#clock.monotonic(), count: 1 });
    return 1;
  }

  succeeded(address: string): void {
    this.#tries.delete(address);
  }

  #live(address: string): Tries | undefined {
    const tries = this.#tries.get(address);
    if (tries === undefined || this.#clock.monotonic() - tries.since < this.#limits.triesWindowMs) return tries;
    this.#tries.delete(address);
    return undefined;
  }
}
