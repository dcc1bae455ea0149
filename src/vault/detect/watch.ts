/**
 * Watches a backup: takes each file as the walk meets it and says at the end whether the snapshot looks like an attack. The bytes were read
 * anyway; nothing is read for this but a file's structure, by the thread that has just read it.
 */
import { hash } from 'node:crypto';
import { resolve } from 'node:path';
import { evennessByKind } from '#vault/detect/evenness.ts';
import { isEssence, noteLikeness } from '#vault/detect/file-names.ts';
import { growthMarks } from '#vault/detect/growth.ts';
import { judgeFile } from '#vault/detect/judge-file.ts';
import type { FileFacts } from '#vault/detect/judge-file.ts';
import { LookTable } from '#vault/detect/look-table.ts';
import { certain } from '#vault/detect/mark.ts';
import type { PastLook, PastLooks } from '#vault/detect/past-looks.ts';
import { announcedIn } from '#vault/detect/planned-windows.ts';
import type { Span, Window } from '#vault/detect/planned-windows.ts';
import { matchSuccessors } from '#vault/detect/successors.ts';
import { sumUp } from '#vault/detect/suspicion.ts';
import type { Suspicion } from '#vault/detect/suspicion.ts';
import { churnMarks, countOf, dedupMarks, foldersByContent, goneMarks, noteMark } from '#vault/detect/tree-marks.ts';
import type { PathMark } from '#vault/detect/tree-marks.ts';
import { pathText } from '#vault/engine/path-text.ts';
import { SeenFiles } from '#vault/detect/seen-files.ts';
import type { SeenFile } from '#vault/detect/seen-files.ts';
import { UnreadPaths } from '#vault/detect/unread-paths.ts';
import type { WalkedFile } from '#vault/engine/walk.ts';

export interface WatchOptions {
  /** The folder that is backed up. */
  readonly source: string;
  /** What was seen of the parent snapshot; empty for the first. */
  readonly past: PastLooks;
  readonly span: Span;
  /** Planned changes of the project. */
  readonly windows: readonly Window[];
  /** Paths of decoy files beneath the source that nobody has a reason to touch. */
  readonly canaries?: ReadonlySet<string>;
  /** Bytes that each of the newest snapshots added; left out, growth is not judged. */
  readonly usualBytes?: readonly number[];
  /** A folder for what memory has no room for. */
  readonly scratch?: string;
}

export interface Watch {
  onFile(file: WalkedFile): void;
  /** What could not be taken is not gone. Its absolute path, as `pathText` has it. */
  onUnsteady(file: { readonly path: string }): void;
  done(): WatchResult;
}

export interface WatchResult {
  readonly suspicion: Suspicion;
  /** For the next snapshot. */
  readonly looks: PastLooks;
}

/** None of it follows the tree in memory. */
interface Gathered {
  readonly looks: LookTable;
  readonly changed: SeenFiles;
  readonly news: SeenFiles;
  readonly unread: UnreadPaths;
}

export function createWatch(options: WatchOptions): Watch {
  const { past } = options;
  const above = `${resolve(options.source)}/`;
  const skip = Buffer.byteLength(above);
  const gathered: Gathered = {
    looks: new LookTable(options.scratch),
    changed: new SeenFiles(options.scratch),
    news: new SeenFiles(options.scratch),
    unread: new UnreadPaths(options.scratch),
  };
  return {
    onFile(file) {
      const path = pathText(file.path.subarray(skip));
      const before = past.get(path);
      const seen = lookOf(file);
      const look = seen ?? before;
      if (look !== undefined) gathered.looks.add(path, look);
      if (seen === undefined) return;
      const facts = factsOf(file, path, seen);
      const addedBytes = file.read?.addedBytes ?? 0;
      if (before !== undefined || facts.existed) gathered.changed.add({ ...facts, addedBytes, likeness: 0 });
      else gathered.news.add({ ...facts, addedBytes, likeness: likenessOf(facts, file.read?.look?.head) });
    },
    onUnsteady: ({ path }) => gathered.unread.add(path.slice(above.length)),
    done() {
      keepUnread(gathered, past);
      return { suspicion: judge(options, gathered), looks: gathered.looks };
    },
  };
}

/** To a note, by its name and by its first bytes where those may be one. */
function likenessOf({ path, look }: FileFacts, head: Uint8Array | undefined): number {
  const isReadable = head !== undefined && look.kind !== 'unknown' && !isEssence(path);
  return noteLikeness(path, isReadable ? head : new Uint8Array());
}

/** What could not be read, or lies in a folder that could not, is as it was seen last. */
function keepUnread({ looks, unread }: Gathered, past: PastLooks): void {
  if (unread.isEmpty) return;
  for (const [path, look] of past) if (!looks.has(path) && unread.covers(path)) looks.add(path, look);
}

function contentOf({ node }: WalkedFile): string {
  return hash('sha256', (node.content ?? []).join(), 'hex').slice(0, 16);
}

function lookOf(file: WalkedFile): PastLook | undefined {
  const { read, node } = file;
  if (read?.look === undefined) return undefined;
  const { blocks, evenBlocks, structure } = read.look;
  const { kind, verdict } = structure;
  const look = { size: Number(node.size), content: contentOf(file), blocks, evenBlocks, kind, verdict };
  const isNew = read.addedBytes > 0 && read.content.length === 1;
  return isNew ? { ...look, packed: read.addedBytes / read.bytes } : look;
}

function factsOf({ before, read }: WalkedFile, path: string, look: PastLook): FileFacts {
  const [old, kept] = [before?.content ?? [], new Set(read?.content)];
  const same = old.filter((id) => kept.has(id)).length;
  return {
    path,
    look,
    isDeep: read?.look?.structure.deep ?? false,
    isSteady: read?.steadiness === 'steady',
    existed: before?.type === 'file',
    keptShare: old.length === 0 ? 0 : same / old.length,
  };
}

function judge(options: WatchOptions, gathered: Gathered): Suspicion {
  const isAnnounced = announcedIn(options.windows, options.span);
  return sumUp(marksOf(options, gathered, isAnnounced), ({ path, mark }) => mark.isLiftable && isAnnounced(path));
}

function* marksOf(
  options: WatchOptions,
  { looks, changed, news }: Gathered,
  isAnnounced: (path: string) => boolean,
): Iterable<PathMark> {
  const { past, canaries = new Set() } = options;
  const around = { kinds: evennessByKind(past), essence: countOf(past, isEssence) };
  const { successions, gone, taken } = matchSuccessors(vanishedFrom(past, looks), news);
  const unannounced = changed.without(isAnnounced);
  for (const file of changed) yield* marked(file.path, judgeFile(file, past.get(file.path), around));
  for (const file of news) if (!taken.has(file.path)) yield* marked(file.path, judgeFile(file, undefined, around));
  for (const { now, past: look } of successions) yield* marked(now.path, judgeFile(now, look, around));
  yield* churnMarks(successions, past.size);
  yield* dedupMarks(unannounced, past);
  const goneUnannounced = gone.filter((path) => !isAnnounced(path));
  yield* goneMarks(goneUnannounced, past);
  yield* canaryMarks(canaries, past, looks);
  yield* growth(options, [unannounced, news.without(isAnnounced)]);
  yield* noteMarks(news);
}

function vanishedFrom(past: PastLooks, looks: PastLooks): ReadonlyMap<string, PastLook> {
  const vanished = new Map<string, PastLook>();
  for (const [path, look] of past) if (!looks.has(path)) vanished.set(path, look);
  return vanished;
}

function* noteMarks(news: SeenFiles): Iterable<PathMark> {
  const contents = new Set<string>();
  for (const { likeness, look } of news) if (likeness === 2) contents.add(look.content);
  const folders = foldersByContent(news, contents);
  for (const { path, likeness, look } of news) {
    const mark = noteMark(likeness, folders.get(look.content)?.size ?? 1);
    if (mark !== undefined) yield { path, mark };
  }
}

function* marked(path: string, marks: readonly PathMark['mark'][]): Iterable<PathMark> {
  for (const mark of marks) yield { path, mark };
}

function growth({ past, usualBytes = [] }: WatchOptions, seen: readonly Iterable<SeenFile>[]): readonly PathMark[] {
  const files = {
    *[Symbol.iterator]() {
      for (const some of seen) yield* some;
    },
  };
  let added = 0;
  for (const { addedBytes } of files) added += addedBytes;
  return growthMarks({ usual: usualBytes, addedBytes: added }, files, past);
}

function canaryMarks(canaries: ReadonlySet<string>, past: PastLooks, looks: PastLooks): readonly PathMark[] {
  const touched = [...canaries].filter(
    (path) => past.has(path) && past.get(path)?.content !== looks.get(path)?.content,
  );
  return touched.map((path) => ({
    path,
    mark: certain('canary-touched', 'a decoy that nobody works with was touched'),
  }));
}
