/** Counts bytes within packs, each offset of a pack once, however many there are and in whatever order they come: of what is said of one, the last counts. */
import { tmpdir } from 'node:os';
import { createSortedLines } from '#vault/engine/sorted-lines.ts';

export interface SpareCount extends Disposable {
  /** `order` tells later from earlier, whatever is added first; what has the same comes as it is added. */
  add(pack: number, place: { readonly offset: number; readonly length: number }, order: number): void;
  /** Once. */
  bytes(): number;
}

const WORD_BYTES = 4;
/** The pack's number and the offset: where it lies. */
const PLACE_BYTES = 2 * WORD_BYTES;
const LENGTH_AT = 4 * WORD_BYTES;
const KEY_BYTES = 5 * WORD_BYTES;

export function createSpareCount(scratch = tmpdir()): SpareCount {
  const lines = createSortedLines({ scratch });
  const key = Buffer.alloc(KEY_BYTES);
  let count = 0;
  return {
    add(pack, { offset, length }, order) {
      count += 1;
      for (const [i, word] of [pack, offset, order, count, length].entries()) key.writeUInt32BE(word, i * WORD_BYTES);
      lines.add(key, []);
    },
    bytes() {
      const last = Buffer.alloc(KEY_BYTES);
      let [sum, isFirst] = [0, true];
      for (const line of lines.keys()) {
        if (!isFirst && last.compare(line, 0, PLACE_BYTES, 0, PLACE_BYTES) !== 0) sum += last.readUInt32BE(LENGTH_AT);
        line.copy(last);
        isFirst = false;
      }
      return sum + last.readUInt32BE(LENGTH_AT);
    },
    [Symbol.dispose]: () => lines.close(),
  };
}
