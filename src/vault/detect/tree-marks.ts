/** What a tree shows as a whole: names that changed, files that are gone, notes, canaries, how much is new. */
import { extensionOf, folderOf, isKnownExtension, isOriginal, keepsPromise } from '#vault/detect/file-names.ts';
import type { FileFacts } from '#vault/detect/judge-file.ts';
import { certain, liftable } from '#vault/detect/mark.ts';
import type { Mark, SignName } from '#vault/detect/mark.ts';
import type { PastLooks } from '#vault/detect/past-looks.ts';
import type { Succession } from '#vault/detect/successors.ts';

export interface PathMark {
  readonly path: string;
  readonly mark: Mark;
}

const RENAMED_MIN = 200;
const RENAMED_CAP = 0.5;

/** A new ending that nothing here has, or one of an archive over other bytes: three of them are an alarm. */
export function churnMarks(successions: readonly Succession[], files: number): readonly PathMark[] {
  const marks: PathMark[] = [];
  const renamed = successions.filter(({ before, now }) => extensionOf(before) === extensionOf(now.path));
  for (const succession of successions.filter(isChurn)) {
    const { before, now, how } = succession;
    const says = `its name ends otherwise than before: ${extensionOf(before) || 'nothing'} became ${extensionOf(now.path) || 'nothing'}`;
    const isHarmless = how === 'moved' || keepsPromise(now.path, now.look.kind);
    marks.push({
      path: now.path,
      mark: isHarmless ? liftable('extension-churn', says, 0.4) : certain('extension-churn', says, 0.4),
    });
  }
  if (renamed.length < RENAMED_MIN || renamed.length < files / 2) return marks;
  const weight = RENAMED_CAP / renamed.length;
  for (const { now } of renamed) {
    marks.push({ path: now.path, mark: liftable('extension-churn', 'most names changed', weight, RENAMED_CAP) });
  }
  return marks;
}

/** Moving a file to another known ending, or replacing it by another known kind, is work. */
function isChurn({ before, now, how }: Succession): boolean {
  const ending = extensionOf(now.path);
  if (ending === extensionOf(before)) return false;
  if (!isKnownExtension(now.path)) return true;
  return how === 'replaced' && (ending === '' || now.path.startsWith(`${before}.`));
}

const GONE_MIN = 20;
const GONE_SHARE = 0.5;
const GONE_OF_KIND_MIN = 100;
const ORIGINALS_GONE_MIN = 10;
const ORIGINALS_GONE_SHARE = 0.2;

/** `gone` without what was announced. */
export function goneMarks(gone: readonly string[], past: PastLooks): readonly PathMark[] {
  const isMass = gone.length >= GONE_MIN && gone.length >= past.size * GONE_SHARE;
  const isMassOfKind = manyOfOneKind(gone, past);
  const originals = gone.filter(isOriginal);
  const isOriginals =
    originals.length >= ORIGINALS_GONE_MIN && originals.length >= countOf(past, isOriginal) * ORIGINALS_GONE_SHARE;
  const named = isMass || isMassOfKind ? gone : isOriginals ? originals : [];
  const says = isMass ? 'most files are gone' : isMassOfKind ? 'most files of one kind are gone' : 'originals are gone';
  return named.map((path) => ({ path, mark: liftable('mass-delete', says, 1 / named.length + 1e-9) }));
}

function manyOfOneKind(gone: readonly string[], past: PastLooks): boolean {
  if (gone.length < GONE_OF_KIND_MIN) return false;
  const all = countBy(pathsOf(past));
  return [...countBy(gone)].some(([kind, n]) => n >= GONE_OF_KIND_MIN && n >= (all.get(kind) ?? 0) * GONE_SHARE);
}

function* pathsOf(past: PastLooks): Iterable<string> {
  for (const [path] of past) yield path;
}

/** How many of the files have such a path. */
export function countOf(past: PastLooks, isSuch: (path: string) => boolean): number {
  let count = 0;
  for (const path of pathsOf(past)) if (isSuch(path)) count += 1;
  return count;
}

function countBy(paths: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const path of paths) counts.set(extensionOf(path), (counts.get(extensionOf(path)) ?? 0) + 1);
  return counts;
}

const FOLDERS_MIN = 3;

/** Of its likeness to one; the same words in several folders are a note, even when they say little. */
export function noteMark(likeness: number, foldersWithIt: number): Mark | undefined {
  const sign: SignName = 'ransom-note';
  if (likeness >= 3 || (likeness === 2 && foldersWithIt >= FOLDERS_MIN))
    return certain(sign, 'it reads like a ransom note');
  return likeness === 2 ? certain(sign, 'its name and a word in it are those of ransom notes', 0.4) : undefined;
}

/** How many folders hold each of these contents. */
export function foldersByContent(
  files: Iterable<FileFacts>,
  contents: ReadonlySet<string>,
): ReadonlyMap<string, ReadonlySet<string>> {
  const folders = new Map<string, Set<string>>();
  if (contents.size === 0) return folders;
  for (const { path, look } of files) {
    if (!contents.has(look.content)) continue;
    const set = folders.get(look.content) ?? new Set();
    folders.set(look.content, set.add(folderOf(path)));
  }
  return folders;
}

const COLLAPSED_SHARE = 0.2;
const COLLAPSED_FILES_MIN = 5;
const COLLAPSED_CAP = 0.5;

/** Files that share nothing with their own past, when they are a large part of everything. Without what was announced. */
export function* dedupMarks(changed: Iterable<FileFacts>, past: PastLooks): Iterable<PathMark> {
  let [anew, bytes, all] = [0, 0, 0];
  for (const file of changed)
    if (isAnew(file)) {
      anew += 1;
      bytes += file.look.size;
    }
  for (const [, { size }] of past) all += size;
  if (anew < COLLAPSED_FILES_MIN || bytes < all * COLLAPSED_SHARE) return;
  const mark = liftable('dedup-collapse', 'nothing of it is as it was', COLLAPSED_CAP / anew, COLLAPSED_CAP);
  for (const file of changed) if (isAnew(file)) yield { path: file.path, mark };
}

function isAnew({ existed, keptShare }: FileFacts): boolean {
  return existed && keptShare < 0.05;
}
