/**
 * Gives the memory behind `bytes` back now instead of when it is collected: a backup passes gigabytes through short-lived buffers, and those that wait
 * for collection are what a process is large from. The caller says with it that nobody else looks at that memory. Small buffers that Node cuts from a
 * pool are left alone: the pool is marked.
 */
import { isMarkedAsUntransferable } from 'node:worker_threads';

/** A buffer of so many bytes has memory of its own, which can be given back; what Node cuts from a pool waits for a collection of the whole heap. */
export const OWN_MEMORY_BYTES = Buffer.poolSize;

export function giveBack({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && !isMarkedAsUntransferable(buffer)) buffer.transfer(0);
}
