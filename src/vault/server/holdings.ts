/** What the vault holds and until when nothing may remove it. A pure table, rebuilt at start from the journal. */
import type { ObjectType } from '#ports/object-store.ts';

/** One line of the journal. */
export type JournalLine =
  | {
      readonly kind: 'accepted';
      readonly n: number;
      readonly at: number;
      readonly client: string;
      readonly type: ObjectType;
      readonly object: string;
      readonly bytes: number;
      readonly lockedUntil: number;
    }
  /** Every live object that arrived up to `n` is locked at least until then. */
  | { readonly kind: 'renewed'; readonly n: number; readonly at: number; readonly until: number }
  /** Renewal stops for these; they go when their locks have run out and the waiting time is over. */
  | {
      readonly kind: 'marked';
      readonly n: number;
      readonly at: number;
      readonly prune: string;
      readonly client: string;
      readonly objects: readonly string[];
      readonly notBefore: number;
    }
  | { readonly kind: 'unmarked'; readonly n: number; readonly at: number; readonly prune: string }
  | {
      readonly kind: 'swept';
      readonly n: number;
      readonly at: number;
      readonly prune: string;
      readonly objects: readonly string[];
    };

export interface Held {
  readonly client: string;
  readonly type: ObjectType;
  readonly object: string;
  readonly bytes: number;
  readonly n: number;
  readonly arrivedAt: number;
  lockedUntil: number;
  /** The removal that marked it. */
  mark?: { readonly prune: string; readonly notBefore: number };
}

/** A day's arrivals are counted in so many slots, so that the growth of a client is known without keeping every arrival. */
const DAY_MS = 86_400_000;

export class Holdings {
  readonly #held = new Map<string, Held>();
  readonly #bytes = new Map<string, number>();
  readonly #recent: { readonly client: string; readonly at: number; readonly bytes: number }[] = [];
  #n = 0;

  /** Number of the newest line. */
  get n(): number {
    return this.#n;
  }

  get size(): number {
    return this.#held.size;
  }

  static key(client: string, type: ObjectType, object: string): string {
    return `${client}/${type}/${object}`;
  }

  get(client: string, type: ObjectType, object: string): Held | undefined {
    return this.#held.get(Holdings.key(client, type, object));
  }

  all(): Iterable<Held> {
    return this.#held.values();
  }

  bytesOf(client: string): number {
    return this.#bytes.get(client) ?? 0;
  }

  bytesSince(client: string, at: number): number {
    while (this.#recent[0] !== undefined && this.#recent[0].at < at - DAY_MS) this.#recent.shift();
    return this.#recent.reduce(
      (sum, one) => (one.client === client && one.at >= at - DAY_MS ? sum + one.bytes : sum),
      0,
    );
  }

  apply(line: JournalLine): void {
    this.#n = line.n;
    switch (line.kind) {
      case 'accepted':
        return this.#accept(line);
      case 'renewed':
        for (const held of this.#held.values())
          if (held.mark === undefined && held.n <= line.n) held.lockedUntil = Math.max(held.lockedUntil, line.until);
        return;
      case 'marked':
        for (const object of line.objects) {
          const held = this.#held.get(`${line.client}/${object}`);
          if (held !== undefined) held.mark = { prune: line.prune, notBefore: line.notBefore };
        }
        return;
      case 'unmarked':
        for (const held of this.#held.values()) if (held.mark?.prune === line.prune) delete held.mark;
        return;
      case 'swept':
        for (const key of line.objects) this.#forget(key);
    }
  }

  #accept(line: Extract<JournalLine, { kind: 'accepted' }>): void {
    const { client, type, object, bytes, n, at, lockedUntil } = line;
    const key = Holdings.key(client, type, object);
    if (this.#held.has(key)) return;
    this.#held.set(key, { client, type, object, bytes, n, arrivedAt: at, lockedUntil });
    this.#bytes.set(client, this.bytesOf(client) + bytes);
    this.#recent.push({ client, at, bytes });
  }

  #forget(key: string): void {
    const held = this.#held.get(key);
    if (held === undefined) return;
    this.#held.delete(key);
    this.#bytes.set(held.client, this.bytesOf(held.client) - held.bytes);
  }

  /** What a sweep may remove now: marked, its waiting time over, its lock run out. Nothing while the clock is doubted. */
  sweepable(at: number, isDoubted: boolean): readonly Held[] {
    if (isDoubted) return [];
    return [...this.#held.values()].filter(
      ({ mark, lockedUntil }) => mark !== undefined && at >= mark.notBefore && at >= lockedUntil,
    );
  }
}
