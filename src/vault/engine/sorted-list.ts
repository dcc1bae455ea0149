/** A store's list in the order of its names, in a scratch file: whoever goes through it may take all the time there is. */
import { tmpdir } from 'node:os';
import { createSortedLines } from '#vault/engine/sorted-lines.ts';
import type { StoredObject } from '#ports/object-store.ts';

export interface SortedList extends Disposable {
  /** Once. */
  rows(): Iterable<StoredObject>;
}

export async function sortedList(list: AsyncIterable<StoredObject>, scratch = tmpdir()): Promise<SortedList> {
  const lines = createSortedLines({ scratch });
  try {
    for await (const { name, bytes } of list) lines.add(Buffer.from(`${name} ${bytes}`), []);
  } catch (cause) {
    lines.close();
    throw cause;
  }
  return {
    *rows() {
      for (const line of lines.keys()) yield rowOf(line.toString('latin1'));
    },
    [Symbol.dispose]: () => lines.close(),
  };
}

function rowOf(line: string): StoredObject {
  const space = line.lastIndexOf(' ');
  return { name: line.slice(0, space), bytes: Number(line.slice(space + 1)) };
}
