/** A place without room has one name, whichever call met it; one that nobody may write to is told from both. */
import { Fault } from '#std/refused.ts';

export function isOutOfRoom(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && (cause.code === 'ENOSPC' || cause.code === 'EDQUOT');
}

const CLOSED = new Set(['EROFS', 'EACCES', 'EPERM']);

/** Mounted read-only, or somebody else's: it may be read all the same. */
export function isClosedToWriting(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && CLOSED.has(String(cause.code));
}

export function targetFull(): Fault {
  const says = 'the place that is restored to is full: make room there, or restore a part, or to another place';
  return new Fault('target-full', says, { retry: true });
}
