/**
 * States of the fold, kept so that a start need not fold everything again. A snapshot is a convenience: it is used only when
 * the ledger still has this root at this size, and anything wrong with it means folding from the beginning.
 */
import type { State } from '#model/state.ts';

export interface Snapshot {
  readonly state: State;
  /** RFC 6962 root of the first `state.size` entries. */
  readonly root: Uint8Array;
}

export interface Snapshots {
  load(): Promise<Snapshot | undefined>;
  save(snapshot: Snapshot): Promise<void>;
}
