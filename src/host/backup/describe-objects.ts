/** Names and sizes of everything in a store as one digest, however much that is: lines are sorted outside of memory, and hashed one after another. */
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { createSortedLines } from '#vault/engine/sorted-lines.ts';
import type { SortedLinesOptions } from '#vault/engine/sorted-lines.ts';
import type { ObjectStore, ObjectType } from '#ports/object-store.ts';

const TYPES: readonly ObjectType[] = ['config', 'data', 'index', 'keys', 'snapshots'];

/** As `backup.copied` tells them: the same for the same repository, wherever it lies. SHA-256 over the sorted lines `type/name bytes`. */
export async function describeObjects(store: ObjectStore, scratch = tmpdir(), options: SortedLinesOptions = {}) {
  const lines = createSortedLines({ scratch, ...options });
  let [objects, objectBytes] = [0, 0];
  try {
    for (const type of TYPES)
      for await (const { name, bytes } of store.each(type)) {
        lines.add(Buffer.from(`${type}/${name} ${bytes}\n`), []);
        objects += 1;
        objectBytes += bytes;
      }
    const lockedUntil = await store.lockedUntil?.();
    const sum = createHash('sha256');
    for (const line of lines.keys()) sum.update(line);
    const objectsSha256 = sum.digest('hex');
    return { objects, objectBytes, objectsSha256, ...(lockedUntil === undefined ? {} : { lockedUntil }) };
  } finally {
    lines.close();
  }
}
