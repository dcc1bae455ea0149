/**
 * The durable ledger: one writer, entries at consecutive indexes from 0.
 *
 * - `append` resolves only after every byte of the batch is synced. It rejects with a Fault when the write or the sync
 *   failed; nothing is ever retried after that and the store refuses all further appends (the process must end).
 * - Entries of one call stay adjacent and in order; calls are committed in call order.
 * - `read` returns entry bytes as stored, never a re-serialisation.
 */
export interface LedgerStore {
  /** Number of durable entries. */
  readonly size: number;
  append(entries: readonly Uint8Array[]): Promise<{ readonly firstIndex: number }>;
  /** Entries `from` (inclusive) to `to` (exclusive), in order. */
  read(from: number, to: number): AsyncIterable<{ readonly index: number; readonly bytes: Uint8Array }>;
  readOne(index: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** The latest signed checkpoint that has been stored, or undefined for an empty ledger. */
export interface SealedView {
  readonly size: number;
  readonly root: Uint8Array;
  /** The signed note, verbatim. */
  readonly note: string;
  readonly sealedAt: number;
}
