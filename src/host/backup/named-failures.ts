/** The first of the files that failed, as a record can hold them. How many failed is a count of its own, and a report names all. */
import { fitText, withMostThatFit } from '#ledger/entry-text.ts';

interface FailedFile {
  readonly path: string;
  readonly why: string;
}

const PATH_CHARS_MAX = 500;
const WHY_CHARS_MAX = 200;

/** `record` with as many of them as there is room for, up to `namedMax`. */
export function withFailures<R extends object>(
  record: R,
  failed: readonly FailedFile[],
  namedMax: number,
): R & { readonly failures: FailedFile[] } {
  const named = failed.slice(0, namedMax).map(({ path, why }) => ({
    path: fitText(path, PATH_CHARS_MAX),
    why: fitText(why, WHY_CHARS_MAX),
  }));
  return withMostThatFit(named.length, (count) => ({ ...record, failures: named.slice(0, count) }));
}
