/** A whole list in memory: for kinds of objects of which there are few. */
import type { ObjectStore, ObjectType, StoredObject } from '#ports/object-store.ts';

export function listOf(each: ObjectStore['each']): (type: ObjectType) => Promise<readonly StoredObject[]> {
  return (type) => Array.fromAsync(each(type));
}
