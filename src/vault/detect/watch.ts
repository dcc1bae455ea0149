/**
 * Watches a backup: takes each file as the walk meets it and says at the end whether the snapshot looks like an attack. The bytes were read
 * anyway; nothing is read for this but a file's structure, by the thread that has just read it.
 */
import { hash } from 'node:crypto';
import { resolve } from 'node:path';
import { evennessByKind } from '#vault/detect/evenness.ts';
import { isEssence } from '#vault/detect/file-names.ts';
import { growthMarks } from '#vault/detect/growth.ts';
import { judgeFile } from '#vault/detect/judge-file.ts';
import type { FileFacts } from '#vault/detect/judge-file.ts';
import { certain } from '#vault/detect/mark.ts';
import type { PastLook, PastLooks } from '#vault/detect/past-looks.ts';
import { announcedIn } from '#vault/detect/planned-windows.ts';
import type { Span, Window } from '#vault/detect/planned-windows.ts';
import { matchSuccessors } from '#vault/detect/successors.ts';
import { sumUp } from '#vault/detect/suspicion.ts';
import type { Suspicion } from '#vault/detect/suspicion.ts';
import { churnMarks, dedupMarks, foldersByContent, goneMarks, noteMark } from '#vault/detect/tree-marks.ts';
import type { PathMark } from '#vault/detect/tree-marks.ts';
import { pathText } from '#vault/engine/path-text.ts';
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
}

export interface Watch {
  onFile(file: WalkedFile): void;
  /** `unsteady`: absolute paths of what could not be taken, as `pathText` has them; it is not gone. */
  done(unsteady: readonly { readonly path: string }[]): WatchResult;
}

export interface WatchResult {
  readonly suspicion: Suspicion;
  /** For the next snapshot. */
  readonly looks: PastLooks;
}

interface Gathered {
  readonly looks: Map<string, PastLook>;
  readonly changed: FileFacts[];
  readonly news: FileFacts[];
  /** First bytes of new files, which a note would be among. */
  readonly heads: Map<string, Uint8Array>;
  /** Of files that were read. */
  readonly addedBytes: Map<string, number>;
}

export function createWatch(options: WatchOptions): Watch {
  const { past } = options;
  const above = `${resolve(options.source)}/`;
  const skip = Buffer.byteLength(above);
  const gathered: Gathered = { looks: new Map(), changed: [], news: [], heads: new Map(), addedBytes: new Map() };
  return {
    onFile(file) {
      const path = pathText(file.path.subarray(skip));
      const content = contentOf(file);
      const before = past.get(path);
      const seen = lookOf(file, content);
      const look = seen ?? before;
      if (look !== undefined) gathered.looks.set(path, look);
      if (seen === undefined) return;
      const facts = factsOf(file, path, seen);
      gathered.addedBytes.set(path, file.read?.addedBytes ?? 0);
      if (before !== undefined || facts.existed) gathered.changed.push(facts);
      else keepNew(gathered, facts, file.read?.look?.head);
    },
    done(unsteady) {
      const away = unsteady.map(({ path }) => path.slice(above.length));
      keepUnread(gathered, past, away);
      return { suspicion: judge(options, gathered), looks: gathered.looks };
    },
  };
}

function keepNew({ news, heads }: Gathered, facts: FileFacts, head: Uint8Array | undefined): void {
  news.push(facts);
  if (head !== undefined && facts.look.kind !== 'unknown' && !isEssence(facts.path)) heads.set(facts.path, head);
}

/** What could not be read, or lies in a folder that could not, is as it was seen last. */
function keepUnread({ looks }: Gathered, past: PastLooks, away: readonly string[]): void {
  if (away.length === 0) return;
  const exact = new Set(away);
  for (const [path, look] of past) {
    if (!looks.has(path) && (exact.has(path) || liesIn(exact, path))) looks.set(path, look);
  }
}

function liesIn(folders: ReadonlySet<string>, path: string): boolean {
  for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
    if (folders.has(path.slice(0, slash))) return true;
  }
  return false;
}

function contentOf({ node }: WalkedFile): string {
  return hash('sha256', (node.content ?? []).join(), 'hex').slice(0, 16);
}

function lookOf({ read, node }: WalkedFile, content: string): PastLook | undefined {
  if (read?.look === undefined) return undefined;
  const { blocks, evenBlocks, structure } = read.look;
  const { kind, verdict } = structure;
  const look = { size: Number(node.size), content, blocks, evenBlocks, kind, verdict };
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
  const { past, span, windows, canaries = new Set() } = options;
  const { looks, changed, news, heads } = gathered;
  const isAnnounced = announcedIn(windows, span);
  const around = { kinds: evennessByKind(past), essence: [...past.keys()].filter(isEssence).length };
  const vanished = new Map([...past].filter(([path]) => !looks.has(path)));
  const { successions, gone, come } = matchSuccessors(vanished, news);
  const folders = foldersByContent(news);
  const unannounced = changed.filter(({ path }) => !isAnnounced(path));
  const marks: PathMark[] = [
    ...changed.flatMap((file) => marked(file.path, judgeFile(file, past.get(file.path), around))),
    ...come.flatMap((file) => marked(file.path, judgeFile(file, undefined, around))),
    ...successions.flatMap(({ now, past: look }) => marked(now.path, judgeFile(now, look, around))),
    ...churnMarks(successions, past.size),
    ...dedupMarks(unannounced, past),
    ...goneMarks(
      gone.filter((path) => !isAnnounced(path)),
      past,
    ),
    ...canaryMarks(canaries, past, looks),
    ...growth(options, gathered, isAnnounced),
  ];
  for (const file of news) {
    const mark = noteMark(file, heads.get(file.path) ?? new Uint8Array(), folders.get(file.look.content)?.size ?? 1);
    if (mark !== undefined) marks.push({ path: file.path, mark });
  }
  const kept = marks.filter(({ path, mark }) => !mark.isLiftable || !isAnnounced(path));
  return sumUp(kept, marks.length - kept.length);
}

function marked(path: string, marks: readonly PathMark['mark'][]): readonly PathMark[] {
  return marks.map((mark) => ({ path, mark }));
}

function growth(
  { past, usualBytes = [] }: WatchOptions,
  { changed, news, addedBytes }: Gathered,
  isAnnounced: (path: string) => boolean,
): readonly PathMark[] {
  const files = [...changed, ...news].filter(({ path }) => !isAnnounced(path));
  const added = files.reduce((sum, { path }) => sum + (addedBytes.get(path) ?? 0), 0);
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
