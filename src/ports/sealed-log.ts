/**
 * The sealed ledger as others may check it: exact entry bytes, proofs, and the public log's files.
 * Bytes are those that were signed over, never a re-serialisation.
 */
export interface SignedHead {
  readonly size: number;
  readonly root: Uint8Array;
  /** The signed note, verbatim. */
  readonly note: string;
}

export interface SealedLog {
  entryBytes(index: number): Promise<Uint8Array>;
  /** The newest stored checkpoint; undefined before the first seal. */
  checkpoint(): Promise<SignedHead | undefined>;
  /** The log's own keys as tlog-policy text, for those who check without us; undefined before the first seal. */
  policy(): Promise<string | undefined>;
  /** A C2SP tlog-proof file; undefined while the entry is not sealed. */
  proof(index: number): Promise<string | undefined>;
  /**
   * A file of the log in tlog-tiles layout: `tile/0/000`, `tile/entries/000.p/17`; undefined when there is none. Entry bundles hold
   * every client's entries: only who may see the whole ledger gets them.
   */
  logFile(path: string): Promise<Uint8Array | undefined>;
}
