/**
 * The three kinds of "no", never mixed.
 *
 * - `Refused` is a value: the system works, the answer is no, and it says why and whom to ask.
 * - `Fault` is thrown: something outside failed; `retry` says whether trying again can help.
 * - A failed `assert` (see assert.ts) is a bug and ends the process; the ledger stays intact.
 */
export interface Refused {
  readonly kind: 'refused';
  /** Stable, kebab-case, part of the API: `engagement-ended`, `name-not-portable`, ... */
  readonly code: string;
  /** One sentence for a person. Never holds a secret or a true title. */
  readonly message: string;
  /** The next step: whom to ask or what to do. */
  readonly ask?: string;
}

export type Outcome<T> = { readonly kind: 'ok'; readonly value: T } | Refused;

export function ok<T>(value: T): Outcome<T> {
  return { kind: 'ok', value };
}

export function refused(code: string, message: string, ask?: string): Refused {
  return ask === undefined ? { kind: 'refused', code, message } : { kind: 'refused', code, message, ask };
}

export function isRefused(value: unknown): value is Refused {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'refused';
}

export class Fault extends Error {
  readonly code: string;
  readonly retry: boolean;
  constructor(code: string, message: string, options: { cause?: unknown; retry?: boolean } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'Fault';
    this.code = code;
    this.retry = options.retry ?? false;
  }
}
