/** Ids in the order they came, each with its row's number: the last ones in memory, the others in a scratch file. */
import { tmpdir } from 'node:os';
import { BlobRows } from '#vault/engine/blob-rows.ts';
import { ID_BYTES } from '#vault/format/blob.ts';

export interface IdSetOptions {
  /** A folder that is there, for what is too much for memory. */
  readonly scratch?: string;
  /** Lowered by tests only: of `IdSlots`. */
  readonly asideSlots?: number;
}

/** Half a megabyte, in memory. */
const ROWS_MAX = 8192;
const NOTHING_SAID = [0, 0, 0, 0];

export class IdSet {
  readonly #rows: BlobRows;

  constructor({ scratch = tmpdir(), ...slots }: IdSetOptions = {}) {
    this.#rows = new BlobRows({ scratch, rowsMax: ROWS_MAX, ...slots });
  }

  get size(): number {
    return this.#rows.size;
  }

  /** `NO_ROW` for what is not there, and for a text that is no id. */
  find(id: Uint8Array | string): number {
    return this.#rows.find(id);
  }

  /** True when it was not there; its row is the last one then. */
  add(id: Uint8Array | string): boolean {
    return this.#rows.add(id, NOTHING_SAID) === 'first';
  }

  /** To be used before the next is asked for. */
  idAt(row: number): Buffer {
    return this.#rows.rowAt(row).subarray(0, ID_BYTES);
  }
}
