/** Where the parts of a ledger lie beneath the data folder. */
import { join } from 'node:path';

export interface LedgerFolders {
  /** Segments of the commit log, and the writer's lock. */
  readonly log: string;
  /** Full tiles and entry bundles. */
  readonly tiles: string;
  /** Signed checkpoints; may lie on another device. */
  readonly checkpoints: string;
  readonly keys: string;
}

export function ledgerFolders(data: string, checkpoints = join(data, 'checkpoints')): LedgerFolders {
  return { log: join(data, 'ledger', 'log'), tiles: join(data, 'ledger'), checkpoints, keys: join(data, 'keys') };
}
