/**
 * What the bolt's lines fold to: until when each file stays immutable, and which the newest renewal left out. Pure. A row is a name of 32 bytes and
 * two numbers: a vault has millions.
 */
import type { AnyLine, FoldedLine, RowLine } from '#host/vault/bolt/bolt-lines.ts';
import { LockFloor } from '#vault/server/lock-floor.ts';

const SLOTS_MIN = 1024;

export class BoltTable {
  /** `repositories/CLIENT/TYPE` → name → slot. */
  readonly #folders = new Map<string, Map<string, number>>();
  readonly #free: number[] = [];
  /** Of each slot: its time without renewals, and the number from which on renewals count for it. */
  #until = new Float64Array(SLOTS_MIN);
  #from = new Float64Array(SLOTS_MIN);
  #used = 0;
  #floor = new LockFloor();
  /** Paths that the newest renewal left out and nobody locked since. */
  readonly #leftOut = new Set<string>();
  #last = 0;
  #lastAt = 0;

  get size(): number {
    return this.#used - this.#free.length;
  }

  /** Number of the newest line. */
  get last(): number {
    return this.#last;
  }

  get lastAt(): number {
    return this.#lastAt;
  }

  untilOf(path: string): number | undefined {
    const slot = this.#slotOf(path);
    return slot === undefined ? undefined : this.#untilOf(slot);
  }

  /** Locked, and not left out: its flag stays on however long nobody is heard. */
  isKept(path: string): boolean {
    return this.#slotOf(path) !== undefined && !this.#leftOut.has(path);
  }

  /** What the newest renewal left out, whose time is over. */
  over(at: number): readonly string[] {
    return [...this.#leftOut].filter((path) => (this.untilOf(path) ?? Infinity) <= at);
  }

  apply(line: AnyLine): void {
    if ('row' in line) return this.#restore(line);
    // What was let go of as damaged keeps its old number when the table is folded.
    [this.#last, this.#lastAt] = [Math.max(this.#last, line.n), Math.max(this.#lastAt, line.at)];
    if ('path' in line) this.#lock(line.path, line.n, line.until);
    else if ('released' in line) for (const path of line.released) this.#forget(path);
    else if ('except' in line) this.#renew(line.n, line.except, line.until);
    else if ('folded' in line) for (const renewal of line.folded.renewals) this.#floor.add(renewal);
  }

  /** The first line of a folded table. */
  folded(at: number): FoldedLine {
    const n = Math.max(1, this.#last);
    return { n, at: Math.max(at, this.#lastAt), folded: { rows: this.size, renewals: [...this.#floor.renewals] } };
  }

  *rows(): Generator<RowLine> {
    for (const [folder, slots] of this.#folders)
      for (const [name, slot] of slots) {
        const row = pathOf(folder, name);
        const [from = 1, until = 0] = [this.#from[slot], this.#until[slot]];
        yield this.#leftOut.has(row) ? { row, from, until, isLeftOut: true } : { row, from, until };
      }
  }

  #restore({ row, from, until, isLeftOut }: RowLine): void {
    const place = placeOf(row);
    this.#put(this.#slotAt(place) ?? this.#take(place), from, until);
    if (isLeftOut === true) this.#leftOut.add(row);
  }

  /** The renewals before are in its time already. */
  #lock(path: string, number: number, until: number): void {
    const place = placeOf(path);
    const slot = this.#slotAt(place);
    if (slot === undefined) return this.#put(this.#take(place), number, until);
    this.#put(slot, number, Math.max(this.#untilOf(slot), until));
    this.#leftOut.delete(path);
  }

  /** Only the newest renewal says what is left out: whoever is in it again stays. */
  #renew(number: number, except: readonly string[], until: number): void {
    this.#leftOut.clear();
    for (const path of except) {
      const slot = this.#slotOf(path);
      if (slot === undefined) continue;
      this.#put(slot, number + 1, this.#untilOf(slot));
      this.#leftOut.add(path);
    }
    this.#floor.add({ n: number, until });
  }

  #untilOf(slot: number): number {
    return Math.max(this.#until[slot] ?? 0, this.#floor.of(this.#from[slot] ?? Infinity));
  }

  #put(slot: number, from: number, until: number): void {
    this.#from[slot] = from;
    this.#until[slot] = until;
  }

  #take({ folder, name }: Place): number {
    const slot = this.#free.pop() ?? this.#used++;
    if (slot >= this.#until.length) [this.#until, this.#from] = [twice(this.#until), twice(this.#from)];
    const slots = this.#folders.get(folder);
    if (slots === undefined) this.#folders.set(folder, new Map([[name, slot]]));
    else slots.set(name, slot);
    return slot;
  }

  #slotOf(path: string): number | undefined {
    return this.#slotAt(placeOf(path));
  }

  #slotAt({ folder, name }: Place): number | undefined {
    return this.#folders.get(folder)?.get(name);
  }

  #forget(path: string): void {
    const { folder, name } = placeOf(path);
    const slots = this.#folders.get(folder);
    const slot = slots?.get(name);
    if (slot === undefined) return;
    slots?.delete(name);
    this.#free.push(slot);
    this.#leftOut.delete(path);
  }
}

interface Place {
  readonly folder: string;
  readonly name: string;
}

const HEX_CHARS = 64;

/** A config is alone in its folder, and has no name of its own. `data` has a folder for each first byte of a name. */
function placeOf(path: string): Place {
  if (path.length <= HEX_CHARS || path.endsWith('/config')) return { folder: path, name: '' };
  const end = path.length - HEX_CHARS - 1;
  const folder = path.slice(0, path.endsWith('/data', end - 3) ? end - 3 : end);
  return { folder, name: Buffer.from(path.slice(end + 1), 'hex').toString('latin1') };
}

function pathOf(folder: string, name: string): string {
  if (name === '') return folder;
  const hex = Buffer.from(name, 'latin1').toString('hex');
  return folder.endsWith('/data') ? `${folder}/${hex.slice(0, 2)}/${hex}` : `${folder}/${hex}`;
}

function twice(from: Float64Array): Float64Array<ArrayBuffer> {
  const to = new Float64Array(from.length * 2);
  to.set(from);
  return to;
}
