/**
 * Files that wait for a thread. Small ones travel together in the order they came; a large one travels alone, the longest first, so that what is left
 * for the end can be divided: a long file that is begun last keeps one thread at work while the others have nothing.
 */
import type { FileJob } from '#vault/engine/work.ts';

export interface Batch {
  readonly files: readonly FileJob[];
  readonly bytes: number;
}

export interface WorkQueue {
  /** True when there is a batch for it now. */
  add(file: FileJob, bytes: number): boolean;
  /** What is gathered travels, however few they are. */
  handOver(): void;
  /** The next batch of at most so many bytes; undefined when there is none. */
  next(bytesMax: number): Batch | undefined;
}

/** Files of one batch, and the bytes at which it is full. */
export const BATCH_FILES = 64;
export const BATCH_BYTES = 4 * 1024 * 1024;

export function createWorkQueue(): WorkQueue {
  const small: Batch[] = [];
  /** Longest first; of the same length in the order they came. */
  const large: Batch[] = [];
  let gathered: FileJob[] = [];
  let gatheredBytes = 0;

  function handOver(): void {
    if (gathered.length > 0) small.push({ files: gathered, bytes: gatheredBytes });
    gathered = [];
    gatheredBytes = 0;
  }

  function gather(file: FileJob, bytes: number): boolean {
    gathered.push(file);
    gatheredBytes += bytes;
    const isFull = gathered.length >= BATCH_FILES || gatheredBytes >= BATCH_BYTES;
    if (isFull) handOver();
    return isFull;
  }

  return {
    add(file, bytes) {
      if (bytes < BATCH_BYTES) return gather(file, bytes);
      large.splice(placeFor(large, bytes), 0, { files: [file], bytes });
      return true;
    },
    handOver,
    next(bytesMax) {
      const at = large.findIndex(({ bytes }) => bytes <= bytesMax);
      if (at >= 0) return large.splice(at, 1)[0];
      return small[0] !== undefined && small[0].bytes <= bytesMax ? small.shift() : undefined;
    },
  };
}

/** Behind every one that is as long or longer. */
function placeFor(large: readonly Batch[], bytes: number): number {
  let [low, high] = [0, large.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((large[middle]?.bytes ?? 0) >= bytes) low = middle + 1;
    else high = middle;
  }
  return low;
}
