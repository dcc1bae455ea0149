/** A command that ends badly says why, what to try next, and leaves with its code. */
import { EXIT } from './output.ts';
import { Fault, isRefused } from '#std/refused.ts';

export class Failure extends Error {
  readonly code: string;
  readonly next: string | undefined;
  readonly exit: number;
  constructor(code: string, message: string, options: { next?: string | undefined; exit?: number } = {}) {
    super(message);
    this.code = code;
    this.next = options.next;
    this.exit = options.exit ?? EXIT.no;
  }
}

/** Anything thrown or refused, as a failure. */
export function asFailure(cause: unknown): Failure {
  if (cause instanceof Failure) return cause;
  if (isRefused(cause)) return new Failure(cause.code, cause.message, { next: cause.ask });
  if (cause instanceof Fault)
    return new Failure(cause.code, cause.message, {
      exit: EXIT.fault,
      next: cause.retry ? 'Try the same command again.' : undefined,
    });
  return new Failure('fault', cause instanceof Error ? cause.message : String(cause), { exit: EXIT.fault });
}

export function usage(message: string, next: string): Failure {
  return new Failure('usage', message, { exit: EXIT.usage, next });
}
