/** What stands in the lines of a resume journal: numbers as texts, and long lists in which the same stands many times in a row. */
import { damaged, list, text } from '#vault/format/json-fields.ts';
import type { Fields } from '#vault/format/json-fields.ts';

/** Pieces of one file: 8 TiB of the shortest. */
const PIECES_MAX = 2 ** 24;
const DIGITS = /^-?\d{1,20}$/;

/** Which state of a file a line is about. */
export interface FileState {
  readonly inode: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
}

export function stateFields({ inode, size, mtimeNs, ctimeNs }: FileState): Fields {
  return { inode: `${inode}`, size: `${size}`, mtimeNs: `${mtimeNs}`, ctimeNs: `${ctimeNs}` };
}

export function stateIn(fields: Fields): FileState {
  const [inode, size] = [numberIn(fields, 'inode'), numberIn(fields, 'size')];
  return { inode, size, mtimeNs: numberIn(fields, 'mtimeNs'), ctimeNs: numberIn(fields, 'ctimeNs') };
}

function numberIn(fields: Fields, field: string): bigint {
  const value = text(fields, field);
  if (!DIGITS.test(value)) throw damaged(`a ${field} that is no number`);
  return BigInt(value);
}

/** What stands several times in a row, as a hole's pieces do, once and with its count. */
export function shortened<T>(items: readonly T[]): readonly (T | readonly [T, number])[] {
  const runs: [T, number][] = [];
  for (const item of items) {
    const last = runs.at(-1);
    if (last?.[0] === item) last[1] += 1;
    else runs.push([item, 1]);
  }
  return runs.map(([item, count]) => (count === 1 ? item : ([item, count] as const)));
}

/** `one` checks each. */
export function whole<T>(items: unknown, field: string, one: (item: unknown) => T): readonly T[] {
  const all: T[] = [];
  for (const item of list(items, field)) {
    const [value, count] = Array.isArray(item) ? [one(item[0]), Number(item[1])] : [one(item), 1];
    if (!(count >= 1 && all.length + count <= PIECES_MAX)) throw damaged(`a ${field} of more pieces than a file has`);
    for (let i = 0; i < count; i += 1) all.push(value);
  }
  return all;
}
