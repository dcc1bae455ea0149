/** A place without room has one name, whichever call met it. */
import { Fault } from '#std/refused.ts';

export function isOutOfRoom(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && (cause.code === 'ENOSPC' || cause.code === 'EDQUOT');
}

export function targetFull(): Fault {
  const says = 'the place that is restored to is full: make room there, or restore a part, or to another place';
  return new Fault('target-full', says, { retry: true });
}
