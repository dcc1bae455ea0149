/**
 * The sealed ledger, for whoever reads it from outside the engine: the public `/log/` resources and evidence bundles.
 *
 * `sealed` is the newest signed checkpoint. `read` gives entry bytes as stored, up to that checkpoint and no further. `file` takes a C2SP
 * tlog-tiles name (`tile/0/x001/067.p/12`, `tile/entries/000`) and gives its bytes, or undefined when no checkpoint reaches that far.
 */
import type { SealedView } from '#ports/ledger-store.ts';

export interface LedgerFiles {
  sealed(): Promise<SealedView | undefined>;
  read(from: number, to: number): AsyncIterable<{ readonly index: number; readonly bytes: Uint8Array }>;
  file(path: string): Promise<Uint8Array | undefined>;
  close(): Promise<void>;
}
