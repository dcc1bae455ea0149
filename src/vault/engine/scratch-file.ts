/** What a bounded memory has no room for: a file of this process alone, which has no name any more once it is open and goes with it. */
import { closeSync, fstatSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { isOutOfRoom } from '#vault/engine/room.ts';
import { Bug } from '#std/assert.ts';

export interface ScratchFile {
  /** For other threads, as long as it is open. */
  readonly fd: number;
  /** Where the bytes lie from now on; undefined where there is no room for them. */
  append(bytes: Uint8Array): number | undefined;
  read(at: number, length: number): Buffer;
  close(): void;
}

/** In a folder that is there. */
export function openScratchFile(folder: string): ScratchFile {
  const fd = openNameless(folder);
  let end = 0;
  return {
    fd,
    append(bytes) {
      if (!isWritten(fd, bytes, end)) return undefined;
      end += bytes.length;
      return end - bytes.length;
    },
    read(at, length) {
      const bytes = Buffer.allocUnsafeSlow(length);
      for (let done = 0; done < length;) {
        const read = readSync(fd, bytes, done, length - done, at + done);
        if (read === 0) throw new Bug(`a scratch file ends before ${at + length}: it has ${fstatSync(fd).size} bytes`);
        done += read;
      }
      return bytes;
    },
    close: () => closeSync(fd),
  };
}

/** Undefined where nothing may be written. */
export function tryScratchFile(folder: string): ScratchFile | undefined {
  try {
    return openScratchFile(folder);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause) return undefined; // as Node's file functions say it
    throw cause;
  }
}

/** False where there is no room, or where no file may be so long. */
export function isWritten(fd: number, bytes: Uint8Array, at: number): boolean {
  try {
    for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done, bytes.length - done, at + done);
    return true;
  } catch (cause) {
    if (isOutOfRoom(cause) || (cause as NodeJS.ErrnoException).code === 'EFBIG') return false; // as Node's file functions say it
    throw cause;
  }
}

function openNameless(folder: string): number {
  const room = mkdtempSync(join(folder, 'scratch-'));
  try {
    return openSync(join(room, 'file'), 'wx+', 0o600);
  } finally {
    rmSync(room, { recursive: true });
  }
}
