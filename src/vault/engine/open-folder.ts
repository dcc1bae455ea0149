/**
 * A folder that is held open, and what lies in it by way of the open folder. Node has no `openat`; Linux offers the same through `/proc/self/fd/<fd>/<name>`:
 * the kernel begins at the open folder itself, wherever it is by now, and no name above it is looked up again. Threads share what a process has open.
 */
import { closeSync, constants, openSync } from 'node:fs';

const FLAGS = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

export interface OpenFolder {
  readonly path: string;
  /** A name as the folder lists it: no slash, not `..`. */
  within(name: Uint8Array): Buffer;
  /** It stays open for one more who reads in it. */
  hold(): void;
  /** Closes it when nobody is left: whoever opened it counts as one. */
  release(): void;
}

/** A link in the place of the folder is an error; one that ends with a slash is followed, for a root that is given by its path. */
export function openFolder(path: Buffer): OpenFolder {
  const fd = openSync(path, FLAGS);
  const before = Buffer.from(`/proc/self/fd/${fd}/`);
  let holders = 1;
  return {
    path: `/proc/self/fd/${fd}`,
    within: (name) => Buffer.concat([before, name]),
    hold: () => void (holders += 1),
    release() {
      holders -= 1;
      if (holders === 0) closeSync(fd);
    },
  };
}
