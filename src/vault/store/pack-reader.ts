/**
 * Reads packs in a thread of its own, one after another. From a folder they are read by blocking calls into one memory that is used again: what is
 * allocated for every read is paid for with a fault at each of its pages.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { giveBack } from '#vault/format/memory.ts';
import { objectPath, rangeWithin, readFault, shortObject } from '#vault/store/folder-store.ts';
import type { StorePlace } from '#vault/store/open-store.ts';
import { openThreadStore } from '#vault/store/thread-store.ts';
import type { ByteRange } from '#ports/object-store.ts';

export interface PackReader {
  /** The bytes of a pack, or of a range of it: to be used until `done` and before the next `read`. Faults as of a store's `get`. */
  read(pack: string, range?: ByteRange): Promise<Uint8Array>;
  done(bytes: Uint8Array): void;
}

export async function openPackReader(place: StorePlace): Promise<PackReader> {
  if (place.kind === 'folder') return folderReader(place.folder);
  const store = await openThreadStore(place);
  return { read: (pack, range) => store.get('data', pack, range), done: giveBack };
}

/** What is read at once of a pack of ours; others make larger ones, and memory grows with them. */
const FIRST_BYTES = 5 * 1024 * 1024;

function folderReader(folder: string): PackReader {
  let memory = Buffer.allocUnsafeSlow(FIRST_BYTES);

  function readFrom(fd: number, range: ByteRange | undefined): Buffer {
    const { offset, length } = rangeWithin(fstatSync(fd).size, range);
    if (length > memory.length) memory = Buffer.allocUnsafeSlow(length);
    const bytes = memory.subarray(0, length);
    for (let at = 0; at < length;) {
      const read = readSync(fd, bytes, at, length - at, offset + at);
      if (read === 0) throw shortObject();
      at += read;
    }
    return bytes;
  }

  return {
    async read(pack, range) {
      const path = objectPath(folder, 'data', pack);
      try {
        const fd = openSync(path, 'r');
        try {
          return readFrom(fd, range);
        } finally {
          closeSync(fd);
        }
      } catch (cause) {
        throw readFault(path, cause);
      }
    },
    done: () => undefined,
  };
}
