/**
 * Where every blob lies, in typed arrays: 48 bytes a blob and a slot of 4 to find it by, so that a million of them fit in a bounded backup. Rows are kept
 * in pages, which are added and never copied; open addressing by the first bytes of the id, which is a hash already.
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

/** Rows of one page. */
const PAGE_BITS = 13;
const PAGE_ROWS = 1 << PAGE_BITS;
const ROW_MASK = PAGE_ROWS - 1;

/** Columns of a row: the pack's number above two flags, offset, length, plain length. */
const COLUMNS = 4;
const TREE = 1;
const COMPRESSED = 2;
const FLAG_BITS = 2;

interface Page {
  readonly ids: Buffer;
  readonly columns: Uint32Array;
}

export class BlobIndex {
  #slots = new Uint32Array(FIRST_SLOTS).fill(EMPTY);
  readonly #pages: Page[] = [];
  readonly #packs: string[] = [];
  readonly #packNumbers = new Map<string, number>();
  readonly #asked = Buffer.alloc(ID_BYTES);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get packs(): readonly string[] {
    return this.#packs;
  }

  /** The first place of a blob stays; a second copy of it elsewhere is as good. */
  add(id: string, pack: string, { type, offset, length, plainLength }: BlobPlace): void {
    if (this.#find(id) !== EMPTY) return;
    if ((this.#size + 1) / this.#slots.length > LOAD_MAX) this.#grow();
    const at = this.#size;
    this.#size += 1;
    const { ids, columns } = this.#pageFor(at);
    const row = at & ROW_MASK;
    const flags = (type === 'tree' ? TREE : 0) | (plainLength === undefined ? 0 : COMPRESSED);
    this.#asked.copy(ids, row * ID_BYTES);
    columns.set([this.#packNumber(pack) * 2 ** FLAG_BITS + flags, offset, length, plainLength ?? 0], row * COLUMNS);
    this.#slots[this.#freeSlot(this.#asked)] = at;
  }

  has(id: string): boolean {
    return this.#find(id) !== EMPTY;
  }

  get(id: string): Located | undefined {
    const at = this.#find(id);
    return at === EMPTY ? undefined : this.#located(at);
  }

  /** Every blob, in the order they came. */
  *entries(): Iterable<readonly [id: string, place: Located]> {
    for (let at = 0; at < this.#size; at += 1) yield [this.#idAt(at).toString('hex'), this.#located(at)];
  }

  /** Every blob's id, each to be used before the next is asked for. */
  *ids(): Iterable<Uint8Array> {
    for (let at = 0; at < this.#size; at += 1) yield this.#idAt(at);
  }

  #pageFor(at: number): Page {
    const known = this.#pages[at >> PAGE_BITS];
    if (known !== undefined) return known;
    const page = {
      ids: Buffer.allocUnsafeSlow(PAGE_ROWS * ID_BYTES),
      columns: new Uint32Array(PAGE_ROWS * COLUMNS),
    };
    this.#pages.push(page);
    return page;
  }

  #idAt(at: number): Buffer {
    const begin = (at & ROW_MASK) * ID_BYTES;
    return this.#pageFor(at).ids.subarray(begin, begin + ID_BYTES);
  }

  #located(at: number): Located {
    const begin = (at & ROW_MASK) * COLUMNS;
    const [packAndFlags = 0, offset = 0, length = 0, plainLength = 0] = this.#pageFor(at).columns.subarray(
      begin,
      begin + COLUMNS,
    );
    const pack = this.#packs[packAndFlags >>> FLAG_BITS] ?? '';
    const type = (packAndFlags & TREE) === 0 ? ('data' as const) : ('tree' as const);
    const place = { pack, type, offset, length };
    return (packAndFlags & COMPRESSED) === 0 ? place : { ...place, plainLength };
  }

  #packNumber(pack: string): number {
    const known = this.#packNumbers.get(pack);
    if (known !== undefined) return known;
    const number = this.#packs.push(pack) - 1;
    this.#packNumbers.set(pack, number);
    return number;
  }

  /** Leaves the id's bytes in `#asked`. */
  #find(id: string): number {
    if (this.#asked.write(id, 'hex') !== ID_BYTES) return EMPTY; // no id of a blob
    const mask = this.#slots.length - 1;
    for (let slot = slotOf(this.#asked) & mask; ; slot = (slot + 1) & mask) {
      const at = this.#slots[slot] ?? EMPTY;
      if (at === EMPTY || this.#isAt(at)) return at;
    }
  }

  #isAt(at: number): boolean {
    const begin = (at & ROW_MASK) * ID_BYTES;
    return this.#pageFor(at).ids.compare(this.#asked, 0, ID_BYTES, begin, begin + ID_BYTES) === 0;
  }

  #freeSlot(id: Uint8Array): number {
    const mask = this.#slots.length - 1;
    let slot = slotOf(id) & mask;
    while (this.#slots[slot] !== EMPTY) slot = (slot + 1) & mask;
    return slot;
  }

  #grow(): void {
    this.#slots = new Uint32Array(this.#slots.length * 2).fill(EMPTY);
    for (let at = 0; at < this.#size; at += 1) this.#slots[this.#freeSlot(this.#idAt(at))] = at;
  }
}

function slotOf(id: Uint8Array): number {
  return (((id[0] ?? 0) << 24) | ((id[1] ?? 0) << 16) | ((id[2] ?? 0) << 8) | (id[3] ?? 0)) >>> 0;
}
