/** What the vault holds and until when nothing may remove it. A pure table, rebuilt at start from the journal. */
import type { ObjectType } from '#ports/object-store.ts';
import { Arrivals } from '#vault/server/arrivals.ts';
import { LockFloor } from '#vault/server/lock-floor.ts';
import type { Renewal } from '#vault/server/lock-floor.ts';

interface Numbered {
  readonly n: number;
  readonly at: number;
}

interface Named {
  readonly client: string;
  readonly type: ObjectType;
  readonly object: string;
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
      /** Of a config, whose name does not tell. */
      readonly sha256?: string | undefined;
    })
  /** What lies there is not what its name says; and is again, after the right bytes took its place. */
  | (Numbered & Named & { readonly kind: 'damaged' })
  | (Numbered & Named & { readonly kind: 'healed' })
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
      /** Approved by the signatures of these people under one file, and not by the ledger. */
      readonly signed?: { readonly by: readonly string[]; readonly sha256: string } | undefined;
    })
  | (Numbered & { readonly kind: 'unmarked'; readonly prune: string })
  | (Numbered & { readonly kind: 'swept'; readonly prune: string; readonly objects: readonly string[] })
  /** Keys and configs are taken until then. */
  | (Numbered & { readonly kind: 'window'; readonly until: number })
  | (Numbered & { readonly kind: 'doubted'; readonly says: string })
  | (Numbered & { readonly kind: 'trusted' })
  /** What came before lies in files of its own: the table as it was, and every line, each with its SHA-256. */
  | (Numbered & { readonly kind: 'folded'; readonly table: string; readonly past: string; readonly pastFrom: number });

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
  mark?: Mark;
  /** Of a config's bytes; absent where they were stored before this was written down. */
  readonly sha256?: string | undefined;
  /** Since then it is known that what lies there is not what its name says. */
  damagedAt?: number;
}

export interface Mark {
  readonly prune: string;
  readonly notBefore: number;
  readonly isSigned?: boolean;
}

/** What a removal has taken. */
export interface Gone {
  readonly objects: number;
  readonly bytes: number;
}

/** The table without its rows. */
export interface HoldingsFrame {
  readonly n: number;
  readonly at: number;
  readonly windowUntil: number;
  readonly renewedAt: number;
  readonly renewals: readonly Renewal[];
  /** Removals that were begun: name, objects and bytes that are gone. */
  readonly removals: readonly (readonly [prune: string, objects: number, bytes: number])[];
  /** Client, hour since 1970, bytes that arrived in it. */
  readonly hours: readonly (readonly [client: string, hour: number, bytes: number])[];
}

const HOUR_MS = 3_600_000;
const HOURS_OF_DAY = 24;

export class Holdings {
  /** `client/type` → name → what is there. */
  readonly #held = new Map<string, Map<string, Held>>();
  readonly #arrivals = new Arrivals();
  readonly #marked = new Set<Held>();
  readonly #damaged = new Set<Held>();
  /** Removals that were begun, and what of each is gone. */
  readonly #removals = new Map<string, Gone>();
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
    return this.#arrivals.size;
  }

  get windowUntil(): number {
    return this.#windowUntil;
  }

  /** Vault time of the newest renewal; 0 before the first. */
  get renewedAt(): number {
    return this.#renewedAt;
  }

  /** Until when the renewals that count lock what arrived before the newest of them. */
  get renewedUntil(): number {
    return this.#floor.renewals.at(-1)?.until ?? 0;
  }

  static key(client: string, type: ObjectType, object: string): string {
    return `${client}/${type}/${object}`;
  }

  get(client: string, type: ObjectType, object: string): Held | undefined {
    return this.#held.get(`${client}/${type}`)?.get(object);
  }

  /** What may be read: held and not set aside. */
  readable(client: string, type: ObjectType, object: string): Held | undefined {
    const held = this.get(client, type, object);
    return held?.mark === undefined ? held : undefined;
  }

  /** What may be read, as it is when each is asked for. */
  *each(client: string, type: ObjectType): IterableIterator<Held> {
    for (const held of this.#held.get(`${client}/${type}`)?.values() ?? []) if (held.mark === undefined) yield held;
  }

  list(client: string, type: ObjectType): readonly Held[] {
    return [...this.each(client, type)];
  }

  /** In order of arrival. */
  all(): IteratorObject<Held> {
    return this.#arrivals.after(0);
  }

  /** What arrived after line `n`, in order of arrival. */
  after(n: number): IteratorObject<Held> {
    return this.#arrivals.after(n);
  }

  /** What is not what its name says. */
  damaged(): ReadonlySet<Held> {
    return this.#damaged;
  }

  /** Bytes of all clients. */
  get bytes(): number {
    return this.#bytes.values().reduce((sum, bytes) => sum + bytes, 0);
  }

  /** What is set aside. */
  marked(): ReadonlySet<Held> {
    return this.#marked;
  }

  /** Removals that were begun, and what of each is gone. */
  removals(): ReadonlyMap<string, Gone> {
    return this.#removals;
  }

  /** Whether a removal of this name was ever begun: it is not begun twice. */
  knowsRemoval(prune: string): boolean {
    return this.#removals.has(prune);
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
      case 'damaged':
      case 'healed':
        return this.#setDamage(line);
      case 'renewed':
        this.#renewedAt = line.at;
        return this.#floor.add({ n: line.n, until: line.until });
      case 'marked':
        return this.#markAll(line);
      case 'unmarked':
        for (const held of this.#marked) if (held.mark?.prune === line.prune) this.#unmark(held);
        return;
      case 'swept':
        for (const key of line.objects) this.#forget(key, line.prune);
        return;
      case 'window':
        this.#windowUntil = line.until;
        return;
      case 'doubted':
      case 'trusted':
      case 'folded':
        return;
    }
  }

  /** The table as it is, to be given to `restore`. The same lines give the same frame and the same rows. */
  frame(): HoldingsFrame {
    const hours = [...this.#hours]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([client, counted]) => [...counted].map(([hour, bytes]) => [client, hour, bytes] as const));
    const removals = [...this.#removals].map(([prune, { objects, bytes }]) => [prune, objects, bytes] as const);
    const { n, at, windowUntil, renewedAt } = this;
    return { n, at, windowUntil, renewedAt, renewals: this.#floor.renewals, removals, hours };
  }

  /** Into an empty table. */
  restore(frame: HoldingsFrame, rows: Iterable<Held>): void {
    [this.#n, this.#at, this.#windowUntil, this.#renewedAt] = [frame.n, frame.at, frame.windowUntil, frame.renewedAt];
    for (const renewal of frame.renewals) this.#floor.add(renewal);
    for (const [prune, objects, bytes] of frame.removals) this.#removals.set(prune, { objects, bytes });
    for (const held of rows) {
      this.#keep(held);
      if (held.mark !== undefined) this.#marked.add(held);
      if (held.damagedAt !== undefined) this.#damaged.add(held);
    }
    for (const [client, hour, bytes] of frame.hours) this.#hoursOf(client).set(hour, bytes);
  }

  #accept(line: Extract<JournalLine, { kind: 'accepted' }>): void {
    const { client, type, object, bytes, n, at, lockedUntil, sha256 } = line;
    const known = this.get(client, type, object);
    if (known !== undefined) {
      // Somebody needs it again: it is no longer set aside, and its lock only grows.
      known.ownUntil = Math.max(known.ownUntil, lockedUntil);
      return this.#unmark(known);
    }
    const held: Held = { client, type, object, bytes, n, arrivedAt: at, ownUntil: lockedUntil };
    this.#keep(sha256 === undefined ? held : { ...held, sha256 });
    this.#countHour(client, at, bytes);
  }

  #keep(held: Held): void {
    const key = `${held.client}/${held.type}`;
    const beside = this.#held.get(key) ?? new Map<string, Held>();
    this.#held.set(key, beside.set(held.object, held));
    this.#arrivals.add(held);
    this.#bytes.set(held.client, this.bytesOf(held.client) + held.bytes);
  }

  #hoursOf(client: string): Map<number, number> {
    const hours = this.#hours.get(client) ?? new Map<number, number>();
    this.#hours.set(client, hours);
    return hours;
  }

  #countHour(client: string, at: number, bytes: number): void {
    const hours = this.#hoursOf(client);
    const hour = Math.floor(at / HOUR_MS);
    hours.set(hour, (hours.get(hour) ?? 0) + bytes);
    for (const old of hours.keys()) if (old <= hour - HOURS_OF_DAY) hours.delete(old);
  }

  #markAll({ prune, client, objects, notBefore, signed }: Extract<JournalLine, { kind: 'marked' }>): void {
    if (!this.#removals.has(prune)) this.#removals.set(prune, { objects: 0, bytes: 0 });
    const mark: Mark = signed === undefined ? { prune, notBefore } : { prune, notBefore, isSigned: true };
    for (const object of objects) {
      const held = this.#byKey(`${client}/${object}`);
      if (held === undefined) continue;
      held.ownUntil = this.lockedUntil(held);
      held.mark = mark;
      this.#marked.add(held);
    }
  }

  #setDamage({ kind, client, type, object, at }: Extract<JournalLine, { kind: 'damaged' | 'healed' }>): void {
    const held = this.get(client, type, object);
    if (held === undefined) return;
    if (kind === 'healed') {
      delete held.damagedAt;
      this.#damaged.delete(held);
    } else {
      held.damagedAt = at;
      this.#damaged.add(held);
    }
  }

  #unmark(held: Held): void {
    delete held.mark;
    this.#marked.delete(held);
  }

  #byKey(key: string): Held | undefined {
    const cut = key.lastIndexOf('/');
    return this.#held.get(key.slice(0, cut))?.get(key.slice(cut + 1));
  }

  #forget(key: string, prune: string): void {
    const held = this.#byKey(key);
    if (held === undefined) return;
    this.#held.get(`${held.client}/${held.type}`)?.delete(held.object);
    this.#marked.delete(held);
    this.#damaged.delete(held);
    this.#arrivals.forget(held);
    this.#bytes.set(held.client, this.bytesOf(held.client) - held.bytes);
    const { objects, bytes } = this.#removals.get(prune) ?? { objects: 0, bytes: 0 };
    this.#removals.set(prune, { objects: objects + 1, bytes: bytes + held.bytes });
  }

  /** What a sweep may remove now: marked, its waiting time over, its lock run out. Nothing while the clock is doubted. */
  sweepable(at: number, isDoubted: boolean): readonly Held[] {
    if (isDoubted) return [];
    return [...this.#marked].filter((held) => this.isFree(held, at));
  }

  isFree(held: Held, at: number): boolean {
    return held.mark !== undefined && at >= held.mark.notBefore && at >= this.lockedUntil(held);
  }
}
