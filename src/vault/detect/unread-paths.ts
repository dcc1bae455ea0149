/** What could not be taken, however much it is: some ten bytes of each are kept in memory, the rest is laid aside. */
import { tmpdir } from 'node:os';
import { pathId } from '#vault/detect/path-id.ts';
import { BlobRows } from '#vault/engine/blob-rows.ts';
import { NO_ROW } from '#vault/engine/id-slots.ts';

/** Paths in memory: those that came last. */
const ROWS_MAX = 16_384;
/** A row says no more than that the path is there. */
const SAID = [0, 0, 0, 0];

export class UnreadPaths {
  readonly #rows: BlobRows;
  /** Files of one folder are asked for one after another. */
  #asked: { readonly folder: string; readonly isWithin: boolean } = { folder: '', isWithin: false };

  constructor(scratch = tmpdir()) {
    this.#rows = new BlobRows({ scratch, rowsMax: ROWS_MAX });
  }

  get isEmpty(): boolean {
    return this.#rows.size === 0;
  }

  /** All are added before the first is asked for. */
  add(path: string): void {
    this.#rows.add(pathId(path), SAID);
  }

  /** It, or a folder that it lies in. */
  covers(path: string): boolean {
    const slash = path.lastIndexOf('/');
    return this.#has(path) || (slash > 0 && this.#coversFolder(path.slice(0, slash)));
  }

  #coversFolder(folder: string): boolean {
    if (this.#asked.folder !== folder) this.#asked = { folder, isWithin: this.covers(folder) };
    return this.#asked.isWithin;
  }

  #has(path: string): boolean {
    return this.#rows.find(pathId(path)) !== NO_ROW;
  }
}
