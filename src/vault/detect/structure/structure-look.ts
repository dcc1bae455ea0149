/**
 * What a walk along a file's structure found.
 * - `whole`: everything that was walked is as the format wants it, to the end.
 * - `short`: right as far as the file goes, and it ends too early: still being written, or cut off.
 * - `broken`: the format's own bytes are not there where they have to be.
 * - `unchecked`: the kind is known by its first bytes only.
 */
export interface StructureLook {
  /** `prores.mov`, `mxf`, `exr`; `unknown` when the first bytes belong to no kind. A codec that can be told is part of it. */
  readonly kind: string;
  readonly verdict: 'whole' | 'short' | 'broken' | 'unchecked';
  /** Where the structure broke first. */
  readonly brokenAt?: number;
  /** Whether the walk saw the content too, by checksum or by syntax, so that no part of it can be other bytes. */
  readonly deep: boolean;
}

export function whole(kind: string, deep = false): StructureLook {
  return { kind, verdict: 'whole', deep };
}

export function short(kind: string): StructureLook {
  return { kind, verdict: 'short', deep: false };
}

export function broken(kind: string, brokenAt: number): StructureLook {
  return { kind, verdict: 'broken', brokenAt, deep: false };
}

export function unchecked(kind: string): StructureLook {
  return { kind, verdict: 'unchecked', deep: false };
}

/** Steps of one walk at most: a file of any length costs a bounded number of reads. */
export const WALK_STEPS_MAX = 4096;
/** Content that is checked whole, by checksum or syntax, at most. */
export const DEEP_BYTES_MAX = 32 * 1024 * 1024;
