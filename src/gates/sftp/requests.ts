/** What a client can ask, decoded. `id` is the client's number for the request and comes back in the reply. */
import type { Attributes } from '#gates/sftp/attributes.ts';

type PathKind = 'stat' | 'lstat' | 'opendir' | 'remove' | 'rmdir' | 'realpath' | 'readlink';
type HandleKind = 'close' | 'fstat' | 'readdir' | 'fsync';
type PairKind = 'rename' | 'posix-rename';

export type Request =
  | { readonly kind: 'init'; readonly version: number }
  | {
      readonly kind: 'open';
      readonly id: number;
      readonly path: string;
      readonly flags: number;
      readonly attributes: Attributes;
    }
  | {
      readonly kind: 'read';
      readonly id: number;
      readonly handle: string;
      readonly offset: number;
      readonly length: number;
    }
  /** `data` is valid until the next call of `next()`; keep a copy, not the view. */
  | {
      readonly kind: 'write';
      readonly id: number;
      readonly handle: string;
      readonly offset: number;
      readonly data: Uint8Array;
    }
  | { [Kind in PathKind]: { readonly kind: Kind; readonly id: number; readonly path: string } }[PathKind]
  | { [Kind in HandleKind]: { readonly kind: Kind; readonly id: number; readonly handle: string } }[HandleKind]
  | {
      [Kind in PairKind]: { readonly kind: Kind; readonly id: number; readonly from: string; readonly to: string };
    }[PairKind]
  | { readonly kind: 'setstat'; readonly id: number; readonly path: string; readonly attributes: Attributes }
  | { readonly kind: 'mkdir'; readonly id: number; readonly path: string; readonly attributes: Attributes }
  | { readonly kind: 'fsetstat'; readonly id: number; readonly handle: string; readonly attributes: Attributes }
  | { readonly kind: 'symlink'; readonly id: number }
  | { readonly kind: 'limits'; readonly id: number }
  /** A well-formed request that this server does not offer. */
  | { readonly kind: 'unsupported'; readonly id: number; readonly what: string }
  /** A request that is well framed but asks for what no answer exists: a name that is not UTF-8, an offset past 2^53. */
  | { readonly kind: 'impossible'; readonly id: number; readonly why: string }
  /** The stream cannot be trusted any further: it is to be closed. `id` when there is somebody to tell. */
  | { readonly kind: 'violation'; readonly id?: number; readonly why: string };

export type Answerable = Exclude<Request, { kind: 'init' | 'violation' }>;
