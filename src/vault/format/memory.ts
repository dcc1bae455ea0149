/**
 * Gives the memory behind `bytes` back now instead of when it is collected: a backup passes gigabytes through short-lived buffers, and those that wait
 * for collection are what a process is large from. The caller says with it that nobody else looks at that memory. Small buffers that Node cuts from a
 * pool are left alone: the pool is marked.
 */
import { isMarkedAsUntransferable } from 'node:worker_threads';

export function giveBack({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && !isMarkedAsUntransferable(buffer)) buffer.transfer(0);
}
