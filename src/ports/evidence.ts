/**
 * What the API shows of the sealed ledger: exact entry bytes, proofs, the public log, and evidence bundles.
 * Bytes are those that were signed over, never a re-serialisation.
 */
import type { ProjectId } from '#std/ids.ts';

export interface SignedHead {
  readonly size: number;
  readonly root: Uint8Array;
  /** The signed note, verbatim. */
  readonly note: string;
}

export interface VerificationLine {
  readonly ok: boolean;
  readonly text: string;
}

export interface EvidenceService {
  entryBytes(index: number): Promise<Uint8Array>;
  /** The newest stored checkpoint; undefined before the first seal. */
  checkpoint(): Promise<SignedHead | undefined>;
  /** A C2SP tlog-proof file; undefined while the entry is not sealed. */
  proof(index: number): Promise<string | undefined>;
  /** A file of the public log beneath `/log/`, such as `tile/0/000`; undefined when there is none. Entry bundles are never served here. */
  logFile(path: string): Promise<Uint8Array | undefined>;
  bundle(project: ProjectId, range: { readonly from?: number; readonly until?: number }): Promise<{ readonly bytes: Uint8Array; readonly sha256: string }>;
  verifyBundle(bytes: Uint8Array): Promise<{ readonly holds: boolean; readonly lines: readonly VerificationLine[] }>;
}
