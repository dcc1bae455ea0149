/** What hostile or damaged bytes turn into: a typed error that names what is wrong, never a stray exception. */
export type InvalidCode =
  | 'entry'
  | 'entry-bundle'
  | 'tile'
  | 'checkpoint'
  | 'note'
  | 'vkey'
  | 'signature'
  | 'policy'
  | 'quorum'
  | 'proof'
  | 'heads';

export class Invalid extends Error {
  readonly code: InvalidCode;
  constructor(code: InvalidCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = 'Invalid';
    this.code = code;
  }
}
