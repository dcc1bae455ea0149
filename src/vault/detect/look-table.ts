/** What was seen of each file of a snapshot, however many there are: some ten bytes of each are kept in memory, the rest is laid aside. */
import { tmpdir } from 'node:os';
import { decodeLook, encodeLook } from '#vault/detect/past-looks.ts';
import { pathId } from '#vault/detect/path-id.ts';
import type { PastLook, PastLooks } from '#vault/detect/past-looks.ts';
import { BlobRows, ROW_BYTES } from '#vault/engine/blob-rows.ts';
import { NO_ROW } from '#vault/engine/id-slots.ts';
import { TextLog } from '#vault/engine/text-log.ts';
import { ID_BYTES } from '#vault/format/blob.ts';
import { Bug } from '#std/assert.ts';

/** Places in memory: those of whatever was met last. */
const ROWS_MAX = 16_384;

export class LookTable implements PastLooks {
  readonly #rows: BlobRows;
  readonly #log: TextLog;

  constructor(scratch = tmpdir()) {
    this.#rows = new BlobRows({ scratch, rowsMax: ROWS_MAX });
    this.#log = new TextLog(scratch);
  }

  get size(): number {
    return this.#rows.size;
  }

  /** Each path once. */
  add(path: string, look: PastLook): void {
    const id = pathId(path);
    if (this.#rows.find(id) !== NO_ROW) throw new Bug('two looks at one path');
    const { part, at, bytes } = this.#log.add(encodeLook(path, look));
    this.#rows.add(id, [part, at, bytes, 0]);
  }

  has(path: string): boolean {
    return this.#rows.find(pathId(path)) !== NO_ROW;
  }

  get(path: string): PastLook | undefined {
    const row = this.#rows.find(pathId(path));
    if (row === NO_ROW) return undefined;
    const said = this.#rows.rowAt(row).subarray(ID_BYTES, ROW_BYTES);
    const [part, at, bytes] = [said.readUInt32LE(0), said.readUInt32LE(4), said.readUInt32LE(8)];
    const [found, look] = decodeLook(this.#log.textAt({ part, at, bytes }));
    if (found !== path) throw new Bug('a look at another path');
    return look;
  }

  *[Symbol.iterator](): Iterator<readonly [path: string, look: PastLook]> {
    for (const text of this.#log.texts()) yield decodeLook(text);
  }
}
