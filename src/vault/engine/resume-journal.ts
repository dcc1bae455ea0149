/**
 * What an interrupted backup had read: one line for each finished file, in a local file that goes when the backup ends well. The next run takes a file's
 * pieces from there when the file is unchanged and every piece is stored, and does not read it again. It is a hint only: a line says which pieces a
 * file had, the repository says whether they are there; a torn last line is left out.
 */
import { appendFileSync, closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { noteLikeness } from '#vault/detect/file-names.ts';
import { isOutOfRoom } from '#vault/engine/room.ts';
import type { FileDone, FileLook } from '#vault/engine/work.ts';
import type { TreeNode } from '#vault/format/tree-node.ts';
import { z } from 'zod';

/** Lines are gathered until so many, or until their files are so long together: reading those again would cost something. */
const GATHERED_MAX = 256;
const GATHERED_BYTES_MAX = 8n << 20n;
/** Files remembered of one interrupted run: 1 million small files take some 300 MB while it resumes, so the rest is read again. */
const REMEMBERED_MAX = 500_000;

const line = z.object({
  path: z.base64(),
  inode: z.string(),
  size: z.string(),
  mtimeNs: z.string(),
  ctimeNs: z.string(),
  content: z.array(z.string().regex(/^[0-9a-f]{64}$/)),
  seen: z
    .object({
      lengths: z.array(z.int().min(0)),
      addedBytes: z.int().min(0),
      blocks: z.int().min(0),
      evenBlocks: z.int().min(0),
      head: z.base64().optional(),
      kind: z.string().max(40),
      verdict: z.enum(['whole', 'short', 'broken', 'unchecked']),
      deep: z.boolean(),
    })
    .optional(),
});
type Seen = NonNullable<z.infer<typeof line>['seen']>;

export type Remembered = Pick<TreeNode, 'type' | 'inode' | 'size' | 'mtimeNs' | 'ctimeNs'> & {
  readonly content: readonly string[];
  /** As it was when the interrupted run read it, with what was seen of it, so that it is judged like a file that is read now. */
  readonly read?: FileDone;
};

export interface ResumeJournal {
  /** Whether an earlier run was interrupted. */
  readonly isResumed: boolean;
  remembered(path: Buffer): Remembered | undefined;
  finished(path: Buffer, node: TreeNode, read: FileDone | undefined): void;
  /** The backup ended well: nothing is left to resume. */
  done(): void;
  /** Keeps what there is for the next run. */
  close(): void;
}

/** `file` undefined keeps no journal. */
export function openResumeJournal(file: string | undefined): ResumeJournal {
  if (file === undefined) return NONE;
  const known = readJournal(file);
  const fd = openedForMore(file);
  if (fd === undefined)
    return {
      ...NONE,
      isResumed: known.size > 0,
      remembered: rememberedIn(known),
      done: () => rmSync(file, { force: true }),
    };
  let gathered: string[] = ['\n']; // ends a torn line of the run before
  let gatheredBytes = 0n;
  let hasRoom = true;
  const write = (): void => {
    hasRoom &&= isAppended(fd, gathered.join(''));
    gathered = ['\n']; // after a line that was cut off by a full disk
    gatheredBytes = 0n;
  };
  return {
    isResumed: known.size > 0,
    remembered: rememberedIn(known),
    finished(path, { inode, size, mtimeNs, ctimeNs, content = [] }, read) {
      if (!hasRoom) return;
      const seen = read?.look === undefined ? {} : { seen: seenOf(path, read, read.look) };
      const numbers = { inode: `${inode}`, size: `${size}`, mtimeNs: `${mtimeNs}`, ctimeNs: `${ctimeNs}` };
      gathered.push(`${JSON.stringify({ path: path.toString('base64'), ...numbers, content, ...seen })}\n`);
      gatheredBytes += size;
      if (gathered.length >= GATHERED_MAX || gatheredBytes >= GATHERED_BYTES_MAX) write();
    },
    done() {
      closeSync(fd);
      rmSync(file);
    },
    close() {
      write();
      closeSync(fd);
    },
  };
}

function rememberedIn(known: ReadonlyMap<string, Remembered>) {
  return (path: Buffer): Remembered | undefined => known.get(path.toString('base64'));
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
  finished: () => undefined,
  done: () => undefined,
  close: () => undefined,
};

function readJournal(file: string): ReadonlyMap<string, Remembered> {
  const known = new Map<string, Remembered>();
  for (const text of linesOf(file)) {
    if (known.size >= REMEMBERED_MAX) break;
    const parsed = line.safeParse(jsonOf(text));
    if (!parsed.success) continue;
    const { path, inode, size, mtimeNs, ctimeNs, content, seen } = parsed.data;
    const times = { mtimeNs: BigInt(mtimeNs), ctimeNs: BigInt(ctimeNs) };
    const file = { inode: BigInt(inode), size: BigInt(size), ...times, content };
    known.set(path, { type: 'file', ...file, ...(seen === undefined ? {} : { read: readOf(file, seen) }) });
  }
  return known;
}

function linesOf(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return []; // an error of Node's file functions
    throw cause;
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the line that was being written when the run ended
  }
}

/** The first bytes only of what could be a note: nothing else is asked of them later. */
function seenOf(path: Buffer, { lengths, addedBytes }: FileDone, look: FileLook): Seen {
  const { blocks, evenBlocks, head } = look;
  const { kind, verdict, deep } = look.structure;
  const isNote = noteLikeness(path.toString(), head) > 0;
  return {
    lengths: [...lengths],
    addedBytes,
    blocks,
    evenBlocks,
    kind,
    verdict,
    deep,
    ...(isNote ? { head: Buffer.from(head).toString('base64') } : {}),
  };
}

type RememberedFile = Pick<FileDone, 'content' | 'size' | 'mtimeNs' | 'ctimeNs'>;

function readOf({ content, size, mtimeNs, ctimeNs }: RememberedFile, seen: Seen): FileDone {
  const { lengths, addedBytes, blocks, evenBlocks, head = '', kind, verdict, deep } = seen;
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
