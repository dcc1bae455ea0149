/**
 * Holds a file still while it is read, where the file system can: a clone shares the file's blocks, costs next to nothing, and shows the file as it was
 * at one instant, whatever is written to it meanwhile (`FICLONE`: XFS, Btrfs). It has no name but while it is made. Where the file system cannot, it
 * is asked once, and files are watched for changes instead.
 */
import { closeSync, constants, copyFileSync, mkdirSync, openSync, rmSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';
import { isClosedToWriting } from '#vault/engine/room.ts';

export interface Stillness {
  /** An open clone, to be closed by whoever asked; undefined where there is none. */
  hold(fd: number, device: bigint): number | undefined;
}

/** What a file system answers that has no clones, or none across this border. */
const NEVER = new Set(['ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'ENOTTY', 'EXDEV', 'EINVAL', 'EROFS']);

/** `folder`: for clones, on the file system of what is read; undefined makes none. */
export function openStillness(folder: string | undefined): Stillness {
  if (folder === undefined) return { hold: () => undefined };
  const refusing = new Set<bigint>();
  let made = 0;

  return {
    hold(fd, device) {
      if (refusing.has(device)) return undefined;
      made += 1;
      const path = join(folder, `${process.pid}-${threadId}-${made}`);
      try {
        // By its descriptor: what lies at the path may be something else by now.
        copyFileSync(`/proc/self/fd/${fd}`, path, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL);
      } catch (cause) {
        if (NEVER.has(codeOf(cause))) refusing.add(device);
        removed(path);
        return undefined;
      }
      return opened(path);
    },
  };
}

/** The folder, empty; false when it cannot be made, and nothing is held still then. */
export function makeCloneFolder(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return true;
  } catch {
    return false; // a read-only or foreign tree is read all the same
  }
}

export function removeCloneFolder(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // where nobody may write any more it stays, and is read by nobody
  }
}

function opened(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch {
    return undefined; // a file that its own owner may not read; the descriptor of the file itself is open
  } finally {
    removed(path);
  }
}

function removed(path: string): void {
  try {
    unlinkSync(path);
  } catch (cause) {
    if (codeOf(cause) !== 'ENOENT' && !isClosedToWriting(cause)) throw cause;
  }
}

export function closeHeld(fd: number | undefined): void {
  if (fd !== undefined) closeSync(fd);
}

function codeOf(cause: unknown): string {
  return (cause as NodeJS.ErrnoException).code ?? ''; // Node's file functions give errors with a code
}
