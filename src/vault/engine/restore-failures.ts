/** What did not come back as it was: the first so many are named, of the others it is known how many there are. */
import { pathText } from '#vault/engine/path-text.ts';

export interface FailedFile {
  /** As `pathText` has it. */
  readonly path: string;
  readonly why: string;
  /** It was not made, or was taken away again because pieces lack. Absent when only modes, times or attributes are not as they were. */
  readonly hasHoles?: true;
  /** It lacks all that was in it. */
  readonly isFolder?: true;
}

export interface Failures {
  readonly failed: readonly FailedFile[];
  /** How many more there are than are named. */
  readonly failedMore: number;
}

/** A message of so many names is still small. */
export const FAILED_NAMED_MAX = 10_000;

export interface FailureList {
  /** `lacking`: what is not there as a whole. */
  add(path: Buffer, why: string, lacking?: 'file' | 'folder'): void;
  all(): Failures;
}

export function createFailureList(namedMax = FAILED_NAMED_MAX): FailureList {
  const failed: FailedFile[] = [];
  let failedMore = 0;
  return {
    add(path, why, lacking) {
      const lacks = lacking === undefined ? {} : { hasHoles: true as const };
      const folder = lacking === 'folder' ? { isFolder: true as const } : {};
      if (failed.length < namedMax) failed.push({ path: pathText(path), why, ...lacks, ...folder });
      else failedMore += 1;
    },
    all: () => ({ failed, failedMore }),
  };
}
