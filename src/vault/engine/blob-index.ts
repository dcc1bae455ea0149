/**
 * Where every blob lies. As long as they are few that is in memory, 48 bytes a blob and some 8 to find it by; beyond that in a scratch file, so that what a
 * backup or a restore holds does not grow with what is stored: of a thousand blobs, 8 bytes.
 */
import { tmpdir } from 'node:os';
import { BlobRows, isSaid, RowFinder } from '#vault/engine/blob-rows.ts';
import type { SharedRows } from '#vault/engine/blob-rows.ts';
import { IdSet } from '#vault/engine/id-set.ts';
import { NO_ROW } from '#vault/engine/id-slots.ts';
import type { BlobPlace, BlobType, PackedBlob } from '#vault/format/blob.ts';
import { ID_BYTES } from '#vault/format/blob.ts';

export interface Located extends BlobPlace {
  /** Hex id of the pack. */
  readonly pack: string;
}

export interface PlaceProofs {
  /** These blobs lie in this pack. */
  prove(pack: string, blobs: readonly PackedBlob[]): void;
  isProved(id: string, place: Located): boolean;
}

export interface BlobIndexOptions {
  /** A folder that is there, for what is too much for memory. */
  readonly scratch?: string;
  /** Lowered by tests only. */
  readonly rowsMax?: number;
  readonly asideSlots?: number;
}

/** Rows in memory: some 3 MB. */
const ROWS_MAX = 64_000;
/** Said of a blob: the pack's number above two flags, offset, length, plain length. */
const WORD_BYTES = 4;
const TREE = 1;
const COMPRESSED = 2;
const FLAG_BITS = 2;

export class BlobIndex {
  readonly #rows: BlobRows;
  readonly #packs: IdSet;
  #last = { pack: '', number: NO_ROW };
  #hasSeveral = false;

  constructor({ scratch = tmpdir(), rowsMax = ROWS_MAX, ...slots }: BlobIndexOptions = {}) {
    this.#rows = new BlobRows({ scratch, rowsMax, ...slots });
    this.#packs = new IdSet({ scratch, ...slots });
  }

  /** Places: a blob that several index objects place differently has several. */
  get size(): number {
    return this.#rows.size;
  }

  /** Whether any blob has several places. */
  get hasSeveral(): boolean {
    return this.#hasSeveral;
  }

  /** Every pack, in the order they came. */
  get packs(): readonly string[] {
    return Array.from({ length: this.#packs.size }, (_, number) => this.packAt(number));
  }

  get packCount(): number {
    return this.#packs.size;
  }

  /** Packs are numbered from 0, as they came. */
  packAt(number: number): string {
    return this.#packs.idAt(number).toString('hex');
  }

  /** `NO_ROW` for a pack that was not heard of. */
  numberOf(pack: string): number {
    return this.#packs.find(pack);
  }

  /** Its number: a new one where it was not heard of, also when it holds nothing. */
  addPack(pack: string): number {
    return this.#packNumber(pack);
  }

  /** Blobs have numbers, too: that of the first place, below `size`. `NO_ROW` for one that was not heard of. */
  rowOf(id: string): number {
    return this.#rows.find(id);
  }

  idAt(row: number): string {
    return this.#rows.rowAt(row).toString('hex', 0, ID_BYTES);
  }

  /** For `lookUp` in threads; nothing is added as long as they ask. */
  get shared(): SharedRows {
    return this.#rows.shared;
  }

  /** A blob may lie in several places, or be said to: whoever reads one that is not what it is named by tries the next. */
  add(id: string, pack: string, { type, offset, length, plainLength }: BlobPlace): void {
    const place = { type, offset, length, ...(plainLength === undefined ? {} : { plainLength }) };
    if (this.#rows.add(id, saidOf(this.#packNumber(pack), place)) === 'further') this.#hasSeveral = true;
  }

  /** A file may have the bytes of a folder: each is there as what it is. */
  has(id: string, type: BlobType): boolean {
    return isThere(this.#rows, id, type);
  }

  get(id: string): Located | undefined {
    const at = this.#rows.find(id);
    return at === NO_ROW ? undefined : this.#said(this.#rows.rowAt(at));
  }

  /** In the order that they were heard of. */
  places(id: string): readonly Located[] {
    return this.#rows.findAll(id).map((row) => this.#said(this.#rows.rowAt(row)));
  }

  /** What was read in a whole pack proves what is said of it, whoever said it. */
  proofs(): PlaceProofs {
    const proved = new Uint8Array(Math.ceil(this.size / 8));
    const isProved = (row: number): boolean => ((proved[row >> 3] ?? 0) & (1 << (row & 7))) !== 0;
    const rowOf = (id: string, number: number, place: BlobPlace): number | undefined => {
      const said = saidOf(number, place);
      return this.#rows.findAll(id).find((row) => isSaid(this.#rows.rowAt(row), said));
    };
    return {
      prove: (pack, blobs) => {
        const number = this.#packs.find(pack);
        if (number === NO_ROW) return;
        for (const { id, ...place } of blobs) {
          const row = rowOf(id, number, place);
          if (row !== undefined) proved[row >> 3] = (proved[row >> 3] ?? 0) | (1 << (row & 7));
        }
      },
      isProved: (id, { pack, ...place }) => {
        const row = rowOf(id, this.#packs.find(pack), place);
        return row !== undefined && isProved(row);
      },
    };
  }

  /** Every blob, in the order they came. */
  *entries(): Iterable<readonly [id: string, place: Located]> {
    for (let at = 0; at < this.size; at += 1) {
      const row = this.#rows.rowAt(at);
      yield [row.toString('hex', 0, ID_BYTES), this.#said(row)];
    }
  }

  #said(row: Buffer): Located {
    const word = (i: number): number => row.readUInt32LE(ID_BYTES + i * WORD_BYTES);
    const packAndFlags = word(0);
    const place = {
      pack: this.packAt(packAndFlags >>> FLAG_BITS),
      type: typeIn(row),
      offset: word(1),
      length: word(2),
    };
    return (packAndFlags & COMPRESSED) === 0 ? place : { ...place, plainLength: word(3) };
  }

  /** Blobs of one pack come together. */
  #packNumber(pack: string): number {
    if (pack !== this.#last.pack)
      this.#last = { pack, number: this.#packs.add(pack) ? this.#packs.size - 1 : this.#packs.find(pack) };
    return this.#last.number;
  }
}

function saidOf(pack: number, { type, offset, length, plainLength }: BlobPlace): readonly number[] {
  const flags = (type === 'tree' ? TREE : 0) | (plainLength === undefined ? 0 : COMPRESSED);
  return [pack * 2 ** FLAG_BITS + flags, offset, length, plainLength ?? 0];
}

/** Asks in another thread which blobs there are. */
export function lookUp(shared: SharedRows): (id: Uint8Array, type: BlobType) => boolean {
  const rows = new RowFinder(shared);
  return (id, type) => isThere(rows, id, type);
}

function isThere(rows: RowFinder, id: Uint8Array | string, type: BlobType): boolean {
  const first = rows.find(id);
  if (first === NO_ROW) return false;
  return typeIn(rows.rowAt(first)) === type || rows.findAll(id).some((row) => typeIn(rows.rowAt(row)) === type);
}

function typeIn(row: Buffer): BlobType {
  return (row.readUInt32LE(ID_BYTES) & TREE) === 0 ? 'data' : 'tree';
}
