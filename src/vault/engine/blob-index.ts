/**
 * Where every blob lies, in typed arrays: 52 bytes a blob, so that a million of them fit in a bounded backup. Open addressing by the
 * first bytes of the id, which is a hash already.
 */
import type { BlobPlace } from '#vault/format/blob.ts';
import { ID_BYTES } from '#vault/format/blob.ts';

export interface Located extends BlobPlace {
  /** Hex id of the pack. */
  readonly pack: string;
}

const FIRST_SLOTS = 4096;
/** Slots in use of those there are, at most. */
const LOAD_MAX = 0.6;
const EMPTY = 0xffffffff;
const TREE = 1;
const COMPRESSED = 2;

export class BlobIndex {
  #slots = new Uint32Array(FIRST_SLOTS).fill(EMPTY);
  #ids = Buffer.alloc(FIRST_SLOTS * ID_BYTES);
  #pack = new Uint32Array(FIRST_SLOTS);
  #offset = new Uint32Array(FIRST_SLOTS);
  #length = new Uint32Array(FIRST_SLOTS);
  #plain = new Uint32Array(FIRST_SLOTS);
  #flags = new Uint8Array(FIRST_SLOTS);
  readonly #packs: string[] = [];
  readonly #packNumbers = new Map<string, number>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get packs(): readonly string[] {
    return this.#packs;
  }

  /** The first place of a blob stays; a second copy of it elsewhere is as good. */
  add(id: string, pack: string, { type, offset, length, plainLength }: BlobPlace): void {
    const bytes = Buffer.from(id, 'hex');
    if (this.#find(bytes) !== EMPTY) return;
    if ((this.#size + 1) / this.#slots.length > LOAD_MAX) this.#grow();
    const at = this.#size;
    this.#size += 1;
    bytes.copy(this.#ids, at * ID_BYTES);
    this.#pack[at] = this.#packNumber(pack);
    this.#offset[at] = offset;
    this.#length[at] = length;
    this.#plain[at] = plainLength ?? 0;
    this.#flags[at] = (type === 'tree' ? TREE : 0) | (plainLength === undefined ? 0 : COMPRESSED);
    this.#slots[this.#freeSlot(bytes)] = at;
  }

  has(id: Uint8Array): boolean {
    return this.#find(id) !== EMPTY;
  }

  get(id: string): Located | undefined {
    const at = this.#find(Buffer.from(id, 'hex'));
    return at === EMPTY ? undefined : this.#located(at);
  }

  /** Every blob, in the order they came. */
  *entries(): Iterable<readonly [id: string, place: Located]> {
    for (let at = 0; at < this.#size; at += 1) yield [this.#idAt(at), this.#located(at)];
  }

  #idAt(at: number): string {
    return this.#ids.toString('hex', at * ID_BYTES, (at + 1) * ID_BYTES);
  }

  #located(at: number): Located {
    const flags = this.#flags[at] ?? 0;
    const place = {
      pack: this.#packs[this.#pack[at] ?? 0] ?? '',
      type: (flags & TREE) === 0 ? ('data' as const) : ('tree' as const),
      offset: this.#offset[at] ?? 0,
      length: this.#length[at] ?? 0,
    };
    return (flags & COMPRESSED) === 0 ? place : { ...place, plainLength: this.#plain[at] ?? 0 };
  }

  #packNumber(pack: string): number {
    const known = this.#packNumbers.get(pack);
    if (known !== undefined) return known;
    const number = this.#packs.push(pack) - 1;
    this.#packNumbers.set(pack, number);
    return number;
  }

  #find(id: Uint8Array): number {
    const mask = this.#slots.length - 1;
    for (let slot = slotOf(id) & mask; ; slot = (slot + 1) & mask) {
      const at = this.#slots[slot] ?? EMPTY;
      if (at === EMPTY) return EMPTY;
      if (this.#ids.compare(id, 0, ID_BYTES, at * ID_BYTES, (at + 1) * ID_BYTES) === 0) return at;
    }
  }

  #freeSlot(id: Uint8Array): number {
    const mask = this.#slots.length - 1;
    let slot = slotOf(id) & mask;
    while (this.#slots[slot] !== EMPTY) slot = (slot + 1) & mask;
    return slot;
  }

  #grow(): void {
    const slots = this.#slots.length * 2;
    const ids = Buffer.alloc(slots * ID_BYTES);
    this.#ids.copy(ids);
    this.#ids = ids;
    this.#pack = enlarged(this.#pack, slots);
    this.#offset = enlarged(this.#offset, slots);
    this.#length = enlarged(this.#length, slots);
    this.#plain = enlarged(this.#plain, slots);
    const flags = new Uint8Array(slots);
    flags.set(this.#flags);
    this.#flags = flags;
    this.#slots = new Uint32Array(slots).fill(EMPTY);
    for (let at = 0; at < this.#size; at += 1) {
      this.#slots[this.#freeSlot(this.#ids.subarray(at * ID_BYTES, (at + 1) * ID_BYTES))] = at;
    }
  }
}

function enlarged(from: Uint32Array, length: number): Uint32Array<ArrayBuffer> {
  const next = new Uint32Array(length);
  next.set(from);
  return next;
}

function slotOf(id: Uint8Array): number {
  return (((id[0] ?? 0) << 24) | ((id[1] ?? 0) << 16) | ((id[2] ?? 0) << 8) | (id[3] ?? 0)) >>> 0;
}
