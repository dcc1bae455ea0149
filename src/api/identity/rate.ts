/** How often one address may try, or one session ask: a token bucket for each in a bounded table. */
export interface RateLimits {
  /** Tries that may come at once. */
  readonly burst: number;
  /** One more try is earned in this time. */
  readonly perTryMs: number;
  readonly addressesMax: number;
}

export const SIGN_IN_RATE: RateLimits = { burst: 10, perTryMs: 6_000, addressesMax: 10_000 };
/** Far above what pages and scripts need; a session that floods waits, and everybody else does not. */
export const SESSION_RATE: RateLimits = { burst: 1_000, perTryMs: 5, addressesMax: 20_000 };
/** What a question costs that folds the past again or reads many entries. */
export const DEEP_QUESTION_COST = 10;
export const FLOOD_NOTE_RATE: RateLimits = { burst: 1, perTryMs: 60_000, addressesMax: 10_000 };

interface Bucket {
  readonly left: number;
  readonly at: number;
}

export class RateLimit {
  readonly #limits: RateLimits;
  /** Least recently used first. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(limits: RateLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#buckets.size;
  }

  /** Takes one try, or as many as it costs; false when they are not left. `nowMs` is monotonic. */
  take(address: string, nowMs: number, cost = 1): boolean {
    const key = addressGroup(address);
    const left = this.#left(key, nowMs);
    this.#buckets.delete(key);
    this.#buckets.set(key, { left: left >= cost ? left - cost : left, at: nowMs });
    this.#evict();
    return left >= cost;
  }

  #left(key: string, nowMs: number): number {
    const bucket = this.#buckets.get(key);
    if (bucket === undefined) return this.#limits.burst;
    return Math.min(this.#limits.burst, bucket.left + (nowMs - bucket.at) / this.#limits.perTryMs);
  }

  #evict(): void {
    if (this.#buckets.size <= this.#limits.addressesMax) return;
    const [oldest] = this.#buckets.keys();
    if (oldest !== undefined) this.#buckets.delete(oldest);
  }
}

/** One IPv6 customer holds a whole /64, so that is one address; IPv4 and mapped IPv4 are taken whole. */
export function addressGroup(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped?.[1] !== undefined) return mapped[1];
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  return [...left, ...Array.from({ length: zeros }, () => '0'), ...right].slice(0, 4).join(':');
}
