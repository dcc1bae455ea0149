/** What a runbook needs that the state does not hold: names that are sealed in the ledger, where repositories lie, how the facility is kept itself. */
import type { PersonId, ProjectId, VaultId } from '#std/ids.ts';

export interface RepositoryFact {
  readonly vault: VaultId;
  readonly repository: ProjectId | 'facility';
  /** As stock restic takes it: a folder, `rest:https://…/` or `s3:…`; never with a secret. */
  readonly address: string;
  /** What else opens it: names of files under `keys/backup` of the data directory. */
  readonly credential?: string;
  /** That credential is here, so sheets of shares hold it, too. */
  readonly isHeld?: boolean;
  readonly ca?: string;
  readonly client?: { readonly cert: string; readonly key: string };
}

/** A copy of the facility itself: ledger, checkpoints, keys. */
export interface FacilityCopyFact {
  readonly vault: VaultId;
  readonly at: number;
  readonly snapshot: string;
  readonly bytes: number;
}

export interface RunbookFacts {
  readonly at: number;
  readonly version: string;
  /** The data directory of the machine that was lost, from the root; what comes back is put there again. */
  readonly data: string;
  readonly host: string;
  readonly repositories: readonly RepositoryFact[];
  readonly facilityCopies: readonly FacilityCopyFact[];
  /** When a drill last brought each vault's copy of the facility back, with our tool and with the second one. */
  readonly facilityDrills: ReadonlyMap<VaultId, { readonly heldAt?: number; readonly secondAt?: number }>;
  /** A person's name and how to reach them, or the id where the name's key is gone. */
  readonly nameOf: (person: PersonId) => string;
  /** Bytes per second that the newest drill of each vault restored with. */
  readonly rates: ReadonlyMap<VaultId, number>;
  /** How many shares of the escrowed password there are, and how many open it; undefined when it was never shared out. */
  readonly escrow?: { readonly shares: number; readonly need: number; readonly at: number; readonly provenAt?: number };
}
