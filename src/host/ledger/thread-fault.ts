/** Faults on their way from one thread to another: errors lose their class in between. */
import { Fault } from '#std/refused.ts';

export interface FaultData {
  readonly code: string;
  readonly message: string;
  readonly retry: boolean;
}

export function faultData(cause: unknown): FaultData {
  if (cause instanceof Fault) return { code: cause.code, message: cause.message, retry: cause.retry };
  // Whichever thread meets it first: a full disk is one thing.
  if (cause instanceof Error && 'code' in cause && (cause.code === 'ENOSPC' || cause.code === 'EDQUOT'))
    return { code: 'disk-full', message: 'the disk that holds the ledger is full', retry: false };
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string')
    return { code: cause.code, message: cause.message, retry: false };
  return {
    code: 'thread-failed',
    message: cause instanceof Error ? (cause.stack ?? cause.message) : String(cause),
    retry: false,
  };
}

export function faultFrom(data: FaultData): Fault {
  return new Fault(data.code, data.message, { retry: data.retry });
}
