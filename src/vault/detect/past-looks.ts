/** What was seen of each file of a snapshot, kept for the next one to be compared with. Without it a file is judged by itself alone. */
import { Fault } from '#std/refused.ts';

export interface PastLook {
  readonly size: number;
  /** The first 16 hex digits of a hash over the ids of its pieces: equal for equal content. */
  readonly content: string;
  readonly blocks: number;
  readonly evenBlocks: number;
  readonly kind: string;
  readonly verdict: 'whole' | 'short' | 'broken' | 'unchecked';
  /** Stored bytes by plain bytes when it was stored last; absent when nothing of it was new. */
  readonly packed?: number;
}

/** By path beneath the source. */
export interface PastLooks extends Iterable<readonly [path: string, look: PastLook]> {
  readonly size: number;
  get(path: string): PastLook | undefined;
  has(path: string): boolean;
}

const VERDICTS = ['whole', 'short', 'broken', 'unchecked'] as const;
const CONTENT_CHARS = 16;
const KIND_CHARS_MAX = 40;

/** As one line of JSON. */
export function encodeLook(path: string, look: PastLook): string {
  const { size, content, blocks, evenBlocks, kind, verdict, packed } = look;
  return JSON.stringify([path, size, content, blocks, evenBlocks, kind, VERDICTS.indexOf(verdict), packed ?? null]);
}

/** A Fault for a line that is not ours. */
export function decodeLook(text: string): readonly [path: string, look: PastLook] {
  const [path, size, content, blocks, evenBlocks, kind, number, packed, ...more] = fieldsOf(text);
  const verdict = VERDICTS[Number.isInteger(number) ? (number as number) : -1];
  const isRead =
    typeof path === 'string' &&
    typeof content === 'string' &&
    content.length === CONTENT_CHARS &&
    typeof kind === 'string' &&
    kind.length <= KIND_CHARS_MAX &&
    verdict !== undefined &&
    more.length === 0;
  if (!isRead || !isAmount(size) || !isCount(blocks) || !isCount(evenBlocks)) throw damaged();
  const look = { size, content, blocks, evenBlocks, kind, verdict };
  if (packed === null) return [path, look];
  if (!isAmount(packed)) throw damaged();
  return [path, { ...look, packed }];
}

export function damaged(cause?: unknown): Fault {
  return new Fault('past-looks-damaged', 'what was seen of the last snapshot cannot be read', { cause });
}

function fieldsOf(text: string): readonly unknown[] {
  const fields: unknown = JSON.parse(text);
  if (!Array.isArray(fields)) throw damaged();
  return fields;
}

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
