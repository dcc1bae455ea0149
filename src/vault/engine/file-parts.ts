/**
 * A long file is read by several threads, each a part of it. Cuts are made by the bytes around them and by where the piece before began, so a part does not
 * know where the one before it ends: each begins to look some way ahead, and when it ends where the next began, the pieces are those of the whole file.
 * Where two do not meet, the rest is read from that very cut on.
 */
import type { FileDone, FileLook, FilePart } from '#vault/engine/work.ts';
import { Bug } from '#std/assert.ts';

/** Shorter parts would cost more than they save: each looks at some bytes ahead of it. */
const PART_BYTES = 64 * 1024 * 1024;

/** Fewer than two: it is not worth dividing. `partBytes` is lowered by tests only. */
export function planParts(sizeBytes: number, partsMax: number, partBytes = PART_BYTES): readonly FilePart[] {
  const count = Math.min(partsMax, Math.floor(sizeBytes / partBytes));
  return Array.from({ length: count }, (_, i) => {
    const from = Math.floor((sizeBytes / count) * i);
    return i === count - 1
      ? { from, isExact: i === 0 }
      : { from, until: Math.floor((sizeBytes / count) * (i + 1)), isExact: i === 0 };
  });
}

/** So much of a long file is told at a time: what a killed backup reads again of it, for each thread, is some of these. */
export const STRETCH_BYTES = 16 * 1024 * 1024;

/** What an interrupted run had read of a file, and who hears what this one reads. */
export interface Stretches {
  /** The stretch that was read from there on. */
  find(at: number): FileDone | undefined;
  told(at: number, stretch: FileDone): void;
}

/** What is known of a file and what is left to be read, in their order: as far as stretches follow on each other they stand for the bytes. */
export function planResumed(parts: readonly FilePart[], find: Stretches['find']): readonly (FileDone | FilePart)[] {
  const plan: (FileDone | FilePart)[] = [];
  /** Where the pieces so far end; undefined behind what is still to be read. */
  let exact: number | undefined = 0;
  for (const part of parts) {
    const { from, until = Infinity } = part;
    if (exact !== undefined && exact >= until) continue;
    let next: FileDone | undefined = (exact === undefined ? undefined : find(exact)) ?? find(from);
    while (next?.stretch !== undefined && (exact === undefined || next.stretch.begin === exact)) {
      plan.push(next);
      const end: number = next.stretch.end;
      exact = end;
      next = find(end);
    }
    if (exact === undefined) plan.push({ ...part, isWatched: true });
    else if (exact < until) {
      plan.push({ ...part, from: exact, isExact: true, isWatched: true });
      exact = undefined;
    }
  }
  return plan;
}

export type Joined =
  | { readonly kind: 'done'; readonly done: FileDone }
  /** These belong together; `rest` is to be read in place of what follows. */
  | { readonly kind: 'rest'; readonly before: readonly FileDone[]; readonly rest: FilePart }
  /** They are not of one file at one time: it is to be read in one. */
  | { readonly kind: 'whole' };

/** Parts in their order. */
export function joinParts(parts: readonly FileDone[]): Joined {
  const lost = parts.find(({ steadiness }) => steadiness !== 'steady' && steadiness !== 'changed');
  if (lost !== undefined) return { kind: 'done', done: lost };
  const [first] = parts;
  if (first === undefined) throw new Bug('a file of no parts');
  // Each clone shows another instant.
  if (parts.some((part) => part.isHeld === true || part.stretch?.inode !== first.stretch?.inode))
    return { kind: 'whole' };
  for (const [i, { stretch }] of parts.entries()) {
    const next = parts[i + 1]?.stretch;
    if (stretch !== undefined && next !== undefined && stretch.end !== next.begin)
      return { kind: 'rest', before: parts.slice(0, i + 1), rest: { from: stretch.end, isExact: true } };
  }
  return { kind: 'done', done: joined(first, parts) };
}

function joined(first: FileDone, parts: readonly FileDone[]): FileDone {
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
  const isSteady = parts.every((part) => part.steadiness === 'steady' && isSameFile(part, first));
  const looks = parts.flatMap(({ look }) => (look === undefined ? [] : [look]));
  const { stretch: _, look: __, ...rest } = first;
  return {
    ...rest,
    steadiness: isSteady && BigInt(bytes) === first.size ? 'steady' : 'changed',
    content: parts.flatMap(({ content }) => content),
    lengths: parts.flatMap(({ lengths }) => lengths),
    bytes,
    addedBytes: parts.reduce((sum, part) => sum + part.addedBytes, 0),
    ...(looks.length === parts.length ? { look: joinedLook(looks) } : {}),
  };
}

function isSameFile(a: FileDone, b: FileDone): boolean {
  return a.size === b.size && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs;
}

function joinedLook(looks: readonly FileLook[]): FileLook {
  const [first, last] = [looks[0], looks.at(-1)];
  if (first === undefined || last === undefined) throw new Bug('no part was looked at');
  return {
    blocks: looks.reduce((sum, { blocks }) => sum + blocks, 0),
    evenBlocks: looks.reduce((sum, { evenBlocks }) => sum + evenBlocks, 0),
    head: first.head,
    tail: last.tail.length > 0 ? last.tail : (looks.findLast(({ tail }) => tail.length > 0)?.tail ?? last.tail),
    structure: last.structure,
  };
}
