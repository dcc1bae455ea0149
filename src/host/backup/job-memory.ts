/**
 * What the process of a job asks of the JavaScript engine and of the C library, so that it stays small beside a facility's own work. A job passes
 * gigabytes through buffers that live for a moment; `npm run bench -- backup` measures it with these.
 */

/**
 * A small nursery swept at once, an old space that is collected before it grows far, small code, no more helper threads than there is use for, and no
 * dear compiler: what a job does over and over is native or WebAssembly.
 */
export const JOB_FLAGS: readonly string[] = [
  '--heap-growing-percent=20',
  '--optimize-for-size',
  '--max-semi-space-size=1',
  '--initial-old-space-size=8',
  '--max-opt=2',
  '--v8-pool-size=1',
  '--no-concurrent-array-buffer-sweeping',
];

/**
 * One heap for all threads, and what is larger than a piece's buffers outside of it (glibc's names; others pass them over). So much may lie free at its end:
 * given back at once, the buffers of every piece would be paid for with a fault at each of their pages.
 */
export const JOB_MEMORY: Readonly<Record<string, string>> = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_MMAP_THRESHOLD_: '8388608',
  MALLOC_TRIM_THRESHOLD_: '16777216',
};
