/** What the operating system's errors mean here: a refusal when the request was wrong, a Fault when the storage was. */
import type { Refused } from '#std/refused.ts';
import { Fault, refused } from '#std/refused.ts';

export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

export const NOT_FOUND: Refused = refused(
  'not-found',
  'There is no such file or folder.',
  'Look at the folder again; it may have been moved.',
);
export const NOT_PLAIN: Refused = refused(
  'not-a-plain-file',
  'Links and special files are not opened here.',
  'Ask the facility engineer to replace it by the file itself.',
);
export const NOT_A_FOLDER: Refused = refused('not-a-folder', 'That is a file, not a folder.');
export const NOT_A_FILE: Refused = refused('not-a-file', 'That is a folder, not a file.');
export const NAME_TAKEN: Refused = refused(
  'name-taken',
  'Something with this name is there already.',
  'Choose another name, or remove the other one first.',
);
export const NOT_EMPTY: Refused = refused(
  'folder-not-empty',
  'The folder is not empty.',
  'Empty it first, or put it in the bin whole.',
);
const TOO_LONG: Refused = refused(
  'name-not-portable',
  'The name is longer than the storage can hold.',
  'Rename it and try again.',
);
const INTO_ITSELF: Refused = refused('into-itself', 'A folder cannot be moved into itself.');
const OTHER_STORAGE: Refused = refused(
  'other-storage',
  'That lies on another storage; it cannot be moved in one step.',
  'Copy it instead.',
);

const REFUSALS: { readonly [code: string]: Refused } = {
  ENOENT: NOT_FOUND,
  ELOOP: NOT_PLAIN,
  ENXIO: NOT_PLAIN,
  ENOTDIR: NOT_A_FOLDER,
  EISDIR: NOT_A_FILE,
  EEXIST: NAME_TAKEN,
  ENOTEMPTY: NOT_EMPTY,
  ENAMETOOLONG: TOO_LONG,
  EINVAL: INTO_ITSELF,
  EXDEV: OTHER_STORAGE,
};

const FAULTS: { readonly [code: string]: readonly [code: string, says: string] } = {
  ENOSPC: ['disk-full', 'The storage is full.'],
  EDQUOT: ['quota', 'The storage quota is used up.'],
  EFBIG: ['file-too-large', 'The storage cannot hold a file this large.'],
  ESTALE: ['storage-gone', 'The storage went away.'],
  ENODEV: ['storage-gone', 'The storage went away.'],
  ENOTCONN: ['storage-gone', 'The storage went away.'],
};

export function storageFault(error: unknown): Fault {
  const [code, says] = FAULTS[codeOf(error) ?? ''] ?? ['storage-failed', 'The storage failed.'];
  return new Fault(code, says, { cause: error, retry: code !== 'file-too-large' });
}

/** The refusal that an error on the way to a name means; anything else is thrown as a Fault. */
export function refusalOf(error: unknown): Refused {
  const refusal = REFUSALS[codeOf(error) ?? ''];
  if (refusal === undefined) throw storageFault(error);
  return refusal;
}
