/** What the vault holds and until when nothing may remove it. A pure table, rebuilt at start from the journal. */
import type { ObjectType } from '#ports/object-store.ts';
import { LockFloor } from '#vault/server/lock-floor.ts';

interface Numbered {
  readonly n: number;
  readonly at: number;
}

/** One line of the journal. */
export type JournalLine =
  | (Numbered & {
      readonly kind: 'accepted';
      readonly client: string;
      readonly type: ObjectType;
      readonly object: string;
      readonly bytes: number;
      readonly lockedUntil: number;
    })
  /** Every live object that arrived up to `n` is locked at least until then. */
  | (Numbered & { readonly kind: 'renewed'; readonly until: number })
  /** Set aside: renewal stops for these, nobody reads or lists them; they go when their locks have run out and the waiting time is over. */
  | (Numbered & {
      readonly kind: 'marked';
      readonly prune: string;
      readonly client: string;
      /** `type/name`. */
      readonly objects: readonly string[];
      readonly notBefore: number;
    })
  | (Numbered & { readonly kind: 'unmarked'; readonly prune: string })
  | (Numbered & { readonly kind: 'swept'; readonly prune: string; readonly objects: readonly string[] })
  /** Keys and configs are taken until then. */
  | (Numbered & { readonly kind: 'window'; readonly until: number })
  | (Numbered & { readonly kind: 'doubted'; readonly says: string })
  | (Numbered & { readonly kind: 'trusted' });

export interface Held {
  readonly client: string;
  readonly type: ObjectType;
  readonly object: string;
  readonly bytes: number;
  /** Arrival number: "latest" and every retention go by it, never by what a client says about time. */
  readonly n: number;
  readonly arrivedAt: number;
  /** Its own lock; renewals come on top: ask `Holdings.lockedUntil`. */
  ownUntil: number;
  /** The removal that marked it. */
  mark?: { readonly prune: string; readonly notBefore: number };
}

const HOUR_MS = 3_600_000;
const HOURS_OF_DAY = 24;

export class Holdings {
  readonly #held = new Map<string, Held>();
  /** `client/type` → what is there and not set aside. */
  readonly #listed = new Map<string, Map<string, Held>>();
  readonly #bytes = new Map<string, number>();
  /** client → hour → bytes that arrived in it. */
  readonly #hours = new Map<string, Map<number, number>>();
  readonly #floor = new LockFloor();
  #n = 0;
  #at = 0;
  #windowUntil = 0;
  #renewedAt = 0;

  /** Number of the newest line. */
  get n(): number {
    return this.#n;
  }

  /** Vault time of the newest line. */
  get at(): number {
    return this.#at;
  }

  get size(): number {
    return this.#held.size;
  }

  get windowUntil(): number {
    return this.#windowUntil;
  }

  /** Vault time of the newest renewal; 0 before the first. */
  get renewedAt(): number {
    return this.#renewedAt;
  }

  static key(client: string, type: ObjectType, object: string): string {
    return `${client}/${type}/${object}`;
  }

  get(client: string, type: ObjectType, object: string): Held | undefined {
    return this.#held.get(Holdings.key(client, type, object));
  }

  /** What may be read: held and not set aside. */
  readable(client: string, type: ObjectType, object: string): Held | undefined {
    return this.#listed.get(`${client}/${type}`)?.get(object);
  }

  list(client: string, type: ObjectType): readonly Held[] {
    return [...(this.#listed.get(`${client}/${type}`)?.values() ?? [])];
  }

  all(): Iterable<Held> {
    return this.#held.values();
  }

  bytesOf(client: string): number {
    return this.#bytes.get(client) ?? 0;
  }

  /** Bytes that arrived within the last day, counted by whole hours. */
  bytesOfDay(client: string, at: number): number {
    const first = Math.floor(at / HOUR_MS) - HOURS_OF_DAY;
    let sum = 0;
    for (const [hour, bytes] of this.#hours.get(client) ?? []) if (hour > first) sum += bytes;
    return sum;
  }

  lockedUntil({ ownUntil, mark, n }: Held): number {
    return mark === undefined ? Math.max(ownUntil, this.#floor.of(n)) : ownUntil;
  }

  apply(line: JournalLine): void {
    this.#n = line.n;
    this.#at = Math.max(this.#at, line.at);
    switch (line.kind) {
      case 'accepted':
        return this.#accept(line);
      case 'renewed':
        this.#renewedAt = line.at;
        return this.#floor.add({ n: line.n, until: line.until });
      case 'marked':
        for (const object of line.objects) this.#mark(`${line.client}/${object}`, line.prune, line.notBefore);
        return;
      case 'unmarked':
        for (const held of this.#held.values()) if (held.mark?.prune === line.prune) this.#unmark(held);
        return;
      case 'swept':
        for (const key of line.objects) this.#forget(key);
        return;
      case 'window':
        this.#windowUntil = line.until;
        return;
      case 'doubted':
      case 'trusted':
        return;
    }
  }

  #accept(line: Extract<JournalLine, { kind: 'accepted' }>): void {
    const { client, type, object, bytes, n, at, lockedUntil } = line;
    const known = this.get(client, type, object);
    if (known !== undefined) {
      // Somebody needs it again: it is no longer set aside, and its lock only grows.
      known.ownUntil = Math.max(known.ownUntil, lockedUntil);
      return this.#unmark(known);
    }
    const held: Held = { client, type, object, bytes, n, arrivedAt: at, ownUntil: lockedUntil };
    this.#held.set(Holdings.key(client, type, object), held);
    this.#show(held);
    this.#bytes.set(client, this.bytesOf(client) + bytes);
    this.#countHour(client, at, bytes);
  }

  #countHour(client: string, at: number, bytes: number): void {
    const hours = this.#hours.get(client) ?? new Map<number, number>();
    this.#hours.set(client, hours);
    const hour = Math.floor(at / HOUR_MS);
    hours.set(hour, (hours.get(hour) ?? 0) + bytes);
    for (const old of hours.keys()) if (old <= hour - HOURS_OF_DAY) hours.delete(old);
  }

  #show(held: Held): void {
    const key = `${held.client}/${held.type}`;
    const shown = this.#listed.get(key) ?? new Map<string, Held>();
    this.#listed.set(key, shown.set(held.object, held));
  }

  #mark(key: string, prune: string, notBefore: number): void {
    const held = this.#held.get(key);
    if (held === undefined) return;
    held.ownUntil = this.lockedUntil(held);
    held.mark = { prune, notBefore };
    this.#listed.get(`${held.client}/${held.type}`)?.delete(held.object);
  }

  #unmark(held: Held): void {
    delete held.mark;
    this.#show(held);
  }

  #forget(key: string): void {
    const held = this.#held.get(key);
    if (held === undefined) return;
    this.#held.delete(key);
    this.#listed.get(`${held.client}/${held.type}`)?.delete(held.object);
    this.#bytes.set(held.client, this.bytesOf(held.client) - held.bytes);
  }

  /** What a sweep may remove now: marked, its waiting time over, its lock run out. Nothing while the clock is doubted. */
  sweepable(at: number, isDoubted: boolean): readonly Held[] {
    if (isDoubted) return [];
    return [...this.#held.values()].filter((held) => this.isFree(held, at));
  }

  isFree(held: Held, at: number): boolean {
    return held.mark !== undefined && at >= held.mark.notBefore && at >= this.lockedUntil(held);
  }
}
