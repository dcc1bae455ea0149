/** Faults on their way from one thread to another: errors lose their class in between. */
import { Fault } from '#std/refused.ts';

export interface FaultData {
  readonly code: string;
  readonly message: string;
  readonly retry: boolean;
}

export function faultData(cause: unknown): FaultData {
  if (cause instanceof Fault) return { code: cause.code, message: cause.message, retry: cause.retry };
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
