/**
 * What an interrupted backup had read: one line for each finished file and for each stretch of a long one, in a local file that goes when the backup ends
 * well. The next run takes a file's pieces from there when the file is unchanged and every piece is stored, and does not read it again; of a file that was
 * not finished it takes the stretches that are stored. It is a hint only: a line says which pieces a file had, the repository says whether they are
 * there; a torn last line is left out.
 */
import { appendFileSync, closeSync, openSync, rmSync } from 'node:fs';
import { noteLikeness } from '#vault/detect/file-names.ts';
import { STRETCH_BYTES } from '#vault/engine/file-parts.ts';
import type { Stretches } from '#vault/engine/file-parts.ts';
import { shortened, stateFields, stateIn, whole } from '#vault/engine/journal-fields.ts';
import type { FileState } from '#vault/engine/journal-fields.ts';
import { openJournalLines } from '#vault/engine/journal-lines.ts';
import type { JournalLines } from '#vault/engine/journal-lines.ts';
import { isStretch, stretchFields, stretchIn, stretchKey, stretchKeyIn } from '#vault/engine/resume-stretches.ts';
import { isOutOfRoom } from '#vault/engine/room.ts';
import type { FileDone, FileLook } from '#vault/engine/work.ts';
import type { TreeNode } from '#vault/format/tree-node.ts';
import { base64, damaged, fieldsOf, hexId, parseJson, text, within } from '#vault/format/json-fields.ts';
import type { Fields } from '#vault/format/json-fields.ts';
import { Fault } from '#std/refused.ts';

/** Lines are gathered until so many, or until their files are so long together: reading those again would cost something. */
const GATHERED_MAX = 256;
const GATHERED_BYTES_MAX = 8n << 20n;

interface Seen {
  readonly lengths: readonly number[];
  readonly addedBytes: number;
  readonly blocks: number;
  readonly evenBlocks: number;
  /** Base64; '' where nothing of the file's head is kept. */
  readonly head: string;
  readonly kind: string;
  readonly verdict: FileLook['structure']['verdict'];
  readonly deep: boolean;
}

interface Line extends FileState {
  readonly path: Buffer;
  readonly content: readonly string[];
  readonly seen: Seen | undefined;
}

export type Remembered = Pick<TreeNode, 'type' | 'inode' | 'size' | 'mtimeNs' | 'ctimeNs'> & {
  readonly content: readonly string[];
  /** As it was when the interrupted run read it, with what was seen of it, so that it is judged like a file that is read now. */
  readonly read?: FileDone;
};

export interface ResumeJournal {
  /** Whether an earlier run was interrupted. */
  readonly isResumed: boolean;
  remembered(path: Buffer): Remembered | undefined;
  /** Of a file as it is now; undefined for one that is read in one go. Stretches that are not usable are not found. */
  stretches(path: Buffer, now: FileState, isUsable: (stretch: FileDone) => boolean): Stretches | undefined;
  finished(path: Buffer, node: TreeNode, read: FileDone | undefined): void;
  /** The backup ended well: nothing is left to resume. */
  done(): void;
  /** Keeps what there is for the next run. */
  close(): void;
}

/** `file` undefined keeps no journal. `scratch` is a folder that is there, for what is too much for memory. */
export function openResumeJournal(file: string | undefined, scratch?: string): ResumeJournal {
  if (file === undefined) return NONE;
  const lines = openJournalLines(file, keyIn, scratch);
  const known = { isResumed: lines.count > 0, remembered: rememberedIn(lines) };
  const fd = openedForMore(file);
  if (fd === undefined)
    return {
      ...NONE,
      ...known,
      close: lines.close,
      done() {
        lines.close();
        rmSync(file, { force: true });
      },
    };
  let gathered: string[] = ['\n']; // ends a torn line of the run before
  let gatheredBytes = 0n;
  let hasRoom = true;
  const write = (): void => {
    hasRoom &&= isAppended(fd, gathered.join(''));
    gathered = ['\n']; // after a line that was cut off by a full disk
    gatheredBytes = 0n;
  };
  const add = (line: Fields, bytes: bigint): void => {
    gathered.push(`${JSON.stringify(line)}\n`);
    gatheredBytes += bytes;
    if (gathered.length >= GATHERED_MAX || gatheredBytes >= GATHERED_BYTES_MAX) write();
  };
  let isShut = false;
  const shut = (): void => {
    if (isShut) return;
    isShut = true;
    hasRoom = false; // what a thread says yet comes too late
    lines.close();
    closeSync(fd);
  };
  return {
    ...known,
    stretches(path, now, isUsable) {
      if (now.size < STRETCH_BYTES) return undefined;
      return {
        find: (at) => stretchAt(lines, stretchKey(path, at), now, isUsable),
        told(at, stretch) {
          if (hasRoom) add(stretchFields(path, at, stretch), BigInt(stretch.bytes));
        },
      };
    },
    finished(path, node, read) {
      if (!hasRoom) return;
      const seen = read?.look === undefined ? {} : { seen: seenOf(path, read, read.look) };
      const content = shortened(node.content ?? []);
      add({ path: path.toString('base64'), ...stateFields(node), content, ...seen }, node.size);
    },
    done() {
      shut();
      rmSync(file, { force: true });
    },
    close() {
      write();
      shut();
    },
  };
}

/** Undefined for a line that was cut off. */
function keyIn(line: string): Uint8Array | undefined {
  return parsed(line, (fields) => (isStretch(fields) ? stretchKeyIn(fields) : lineIn(fields).path));
}

function stretchAt(
  lines: JournalLines,
  key: Buffer,
  now: FileState,
  isUsable: (stretch: FileDone) => boolean,
): FileDone | undefined {
  const line = lines.find(key);
  const found = line === undefined ? undefined : parsed(line, stretchIn);
  return found !== undefined && isSameState(found.state, now) && isUsable(found.stretch) ? found.stretch : undefined;
}

function isSameState(a: FileState, b: FileState): boolean {
  return a.inode === b.inode && a.size === b.size && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs;
}

function rememberedIn(lines: JournalLines) {
  return (path: Buffer): Remembered | undefined => {
    const text = lines.find(path);
    const line = text === undefined ? undefined : parsed(text, lineIn);
    if (line?.path.equals(path) !== true) return undefined;
    const { seen, path: _, ...file } = line;
    return { type: 'file', ...file, ...(seen === undefined ? {} : { read: readOf(file, seen) }) };
  };
}

/** Undefined where there is no room for it: the backup is worth more than the hint. */
function openedForMore(file: string): number | undefined {
  try {
    return openSync(file, 'a', 0o600);
  } catch (cause) {
    if (isOutOfRoom(cause)) return undefined;
    throw cause;
  }
}

function isAppended(fd: number, text: string): boolean {
  try {
    appendFileSync(fd, text);
    return true;
  } catch (cause) {
    if (isOutOfRoom(cause)) return false;
    throw cause;
  }
}

const NONE: ResumeJournal = {
  isResumed: false,
  remembered: () => undefined,
  stretches: () => undefined,
  finished: () => undefined,
  done: () => undefined,
  close: () => undefined,
};

function lineIn(fields: Fields): Line {
  const { path, seen } = fields;
  return {
    path: base64(path, 'path'),
    ...stateIn(fields),
    content: whole(fields['content'], 'content', hexId),
    seen: seen === undefined ? undefined : seenIn(fieldsOf(seen)),
  };
}

/** Undefined for a line that was being written when the run ended. */
function parsed<T>(json: string, read: (fields: Fields) => T): T | undefined {
  try {
    return read(fieldsOf(parseJson(json)));
  } catch (cause) {
    if (cause instanceof Fault) return undefined;
    throw cause;
  }
}

const VERDICTS: ReadonlySet<unknown> = new Set<Seen['verdict']>(['whole', 'short', 'broken', 'unchecked']);

function seenIn(fields: Fields): Seen {
  const { lengths, head = '', verdict, deep } = fields;
  if (typeof deep !== 'boolean' || !VERDICTS.has(verdict)) throw damaged('a look that is none');
  base64(head, 'head');
  return {
    lengths: whole(lengths, 'lengths', (length) => within({ length }, 'length', 0, Number.MAX_SAFE_INTEGER)),
    addedBytes: within(fields, 'addedBytes', 0, Number.MAX_SAFE_INTEGER),
    blocks: within(fields, 'blocks', 0, Number.MAX_SAFE_INTEGER),
    evenBlocks: within(fields, 'evenBlocks', 0, Number.MAX_SAFE_INTEGER),
    head: text(fields, 'head', ''),
    kind: text(fields, 'kind').slice(0, KIND_CHARS_MAX),
    verdict: verdict as Seen['verdict'], // one of the set
    deep,
  };
}

const KIND_CHARS_MAX = 40;

/** The first bytes only of what could be a note: nothing else is asked of them later. */
function seenOf(path: Buffer, { lengths, addedBytes }: FileDone, look: FileLook): Fields {
  const { blocks, evenBlocks, head } = look;
  const { kind, verdict, deep } = look.structure;
  const isNote = noteLikeness(path.toString(), head) > 0;
  return {
    lengths: shortened(lengths),
    addedBytes,
    blocks,
    evenBlocks,
    kind,
    verdict,
    deep,
    head: isNote ? Buffer.from(head).toString('base64') : '',
  };
}

type RememberedFile = Pick<FileDone, 'content' | 'size' | 'mtimeNs' | 'ctimeNs'>;

function readOf({ content, size, mtimeNs, ctimeNs }: RememberedFile, seen: Seen): FileDone {
  const { lengths, addedBytes, blocks, evenBlocks, head, kind, verdict, deep } = seen;
  const look = { blocks, evenBlocks, head: Buffer.from(head, 'base64'), tail: Buffer.alloc(0) };
  return {
    job: 0,
    steadiness: 'steady',
    content,
    lengths,
    bytes: Number(size),
    addedBytes,
    size,
    mtimeNs,
    ctimeNs,
    look: { ...look, structure: { kind, verdict, deep } },
  };
}
