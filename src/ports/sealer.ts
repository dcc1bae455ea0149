/**
 * Signs what is durable. `seal` derives tiles and entry bundles up to `size`, reads them back and hashes them again, signs
 * a checkpoint with both keys, stores it apart from the ledger (compare and set), and only then resolves.
 *
 * - One call at a time; sizes never fall and `at` (wall clock ms) never lies before the last checkpoint's: a sealer refuses
 *   both with a Fault, because a log must not sign into the past.
 * - A rejection means nothing more will be signed: the process must end.
 */
import type { SealedView } from '#ports/ledger-store.ts';

export interface Sealer {
  /** The newest stored checkpoint. */
  readonly view: SealedView | undefined;
  seal(size: number, at: number, origin: string): Promise<SealedView>;
  close(): Promise<void>;
}
