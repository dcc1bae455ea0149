/**
 * Files that went and files that came between two snapshots, put together: what was moved or renamed is not deleted, and a file that took
 * another one's place is judged against it.
 */
import { folderOf, isKnownExtension, nameOf } from '#vault/detect/file-names.ts';
import type { FileFacts } from '#vault/detect/judge-file.ts';
import type { PastLook } from '#vault/detect/past-looks.ts';

export interface Succession {
  readonly before: string;
  readonly past: PastLook;
  readonly now: FileFacts;
  readonly how: 'moved' | 'replaced';
}

export interface Comings {
  readonly successions: readonly Succession[];
  readonly gone: readonly string[];
  /** Those new files that took another one's place, by their paths; the others have come. */
  readonly taken: ReadonlySet<string>;
}

/** What an encryption adds to a file: a header, a wrapped key. */
const ADDED_BYTES_MAX = 64 * 1024;
/** Files of one folder that are compared with one that went. */
const CANDIDATES_MAX = 500;

/** Only those of the new files that may be one's successor are held in memory. */
export function matchSuccessors(vanished: ReadonlyMap<string, PastLook>, all: Iterable<FileFacts>): Comings {
  const news = vanished.size === 0 ? [] : candidates(vanished, all);
  const byContent = new Map<string, FileFacts[]>();
  const byFolder = new Map<string, FileFacts[]>();
  for (const file of news) {
    listAt(byContent, file.look.content).push(file);
    if (!isKnownExtension(file.path)) listAt(byFolder, folderOf(file.path)).push(file);
  }
  const taken = new Set<FileFacts>();
  const [successions, gone]: [Succession[], string[]] = [[], []];
  const take = (before: string, past: PastLook, now: FileFacts | undefined, how: Succession['how']): boolean => {
    if (now === undefined) return false;
    taken.add(now);
    successions.push({ before, past, now, how });
    return true;
  };
  const unmoved: [string, PastLook][] = [];
  for (const [before, past] of vanished) {
    const now = past.size === 0 ? undefined : free(byContent.get(past.content), taken);
    if (!take(before, past, now, 'moved')) unmoved.push([before, past]);
  }
  const byName = new Map(news.filter((file) => !taken.has(file)).flatMap((file) => namesBefore(file)));
  for (const [before, past] of unmoved) {
    const named = byName.get(before);
    const now =
      named !== undefined && !taken.has(named) ? named : disguised(byFolder.get(folderOf(before)), past, taken);
    if (!take(before, past, now, 'replaced')) gone.push(before);
  }
  return { successions, gone, taken: new Set([...taken].map(({ path }) => path)) };
}

function candidates(vanished: ReadonlyMap<string, PastLook>, all: Iterable<FileFacts>): readonly FileFacts[] {
  const contents = new Set([...vanished.values()].map(({ content }) => content));
  const folders = new Set([...vanished.keys()].map(folderOf));
  const found: FileFacts[] = [];
  for (const file of all) {
    const { path, look } = file;
    const isDisguise = !isKnownExtension(path) && folders.has(folderOf(path));
    if (isDisguise || contents.has(look.content) || namesBefore(file).some(([name]) => vanished.has(name)))
      found.push(file);
  }
  return found;
}

function listAt(map: Map<string, FileFacts[]>, key: string): FileFacts[] {
  const list = map.get(key) ?? [];
  map.set(key, list);
  return list;
}

/** Each list is used up from its front, so that a thousand equal files do not cost a million looks. */
function free(files: FileFacts[] | undefined, taken: ReadonlySet<FileFacts>): FileFacts | undefined {
  for (let file = files?.shift(); file !== undefined; file = files?.shift()) if (!taken.has(file)) return file;
  return undefined;
}

/** Names that this one may have had: `a.mov.lock` was `a.mov`; each shortening at a dot. */
function namesBefore(file: FileFacts): readonly (readonly [string, FileFacts])[] {
  const name = nameOf(file.path);
  const stem = file.path.slice(0, file.path.length - name.length);
  const found: (readonly [string, FileFacts])[] = [];
  for (let dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.', dot - 1)) {
    found.push([stem + name.slice(0, dot), file]);
  }
  return found;
}

/** In the same folder, of nearly the same size, with an extension that nothing here has. */
function disguised(
  files: FileFacts[] | undefined,
  past: PastLook,
  taken: ReadonlySet<FileFacts>,
): FileFacts | undefined {
  if (files === undefined) return undefined;
  const begin = Math.max(0, files.length - CANDIDATES_MAX);
  for (let i = begin; i < files.length; i += 1) {
    const file = files[i];
    const added = (file?.look.size ?? 0) - past.size;
    if (file === undefined || taken.has(file) || added < 0 || added > ADDED_BYTES_MAX) continue;
    files.splice(i, 1);
    return file;
  }
  return undefined;
}
