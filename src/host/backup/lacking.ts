/** What a second place lacks of the first: both lists go by side by side in the order of their names, and neither is held. */
import { sortedList } from '#vault/engine/sorted-list.ts';
import type { ObjectStore, ObjectType, StoredObject } from '#ports/object-store.ts';

export interface Lacking extends StoredObject {
  /** Something of another length lies under the name: cut off, and a put would not take its place. */
  readonly isCut: boolean;
}

export interface LackingList extends Disposable {
  /** Once, in the order of the names. */
  rows(): Iterable<Lacking>;
}

export async function lackingIn(from: ObjectStore, to: ObjectStore, type: ObjectType): Promise<LackingList> {
  using lists = new DisposableStack();
  const there = lists.use(await sortedList(to.each(type)));
  const wanted = lists.use(await sortedList(from.each(type)));
  const kept = lists.move();
  return { rows: () => lackingOf(wanted.rows(), there.rows()), [Symbol.dispose]: () => kept.dispose() };
}

/** Both in the order of their names. A name counts once. */
export function* lackingOf(wanted: Iterable<StoredObject>, there: Iterable<StoredObject>): Generator<Lacking> {
  const others = there[Symbol.iterator]();
  let other = others.next();
  let last: string | undefined;
  for (const { name, bytes } of wanted) {
    if (name === last) continue;
    last = name;
    while (other.done !== true && other.value.name < name) other = others.next();
    let [isThere, isCut] = [false, false];
    for (; other.done !== true && other.value.name === name; other = others.next()) {
      isThere ||= other.value.bytes === bytes;
      isCut = true;
    }
    if (!isThere) yield { name, bytes, isCut };
  }
}
