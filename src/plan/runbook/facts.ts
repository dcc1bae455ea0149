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

/** So many bytes came back in so long. */
export interface Measured {
  readonly bytes: number;
  readonly ms: number;
}

/** When a drill last brought a copy of the facility back, with our tool and with the second one, and what each took. */
export interface ProvenFact {
  readonly heldAt?: number;
  readonly secondAt?: number;
  readonly took?: Measured;
  readonly secondTook?: Measured;
}

export interface RunbookFacts {
  readonly at: number;
  readonly version: string;
  /** The data directory of the machine that was lost, from the root; what comes back is put there again. */
  readonly data: string;
  readonly host: string;
  readonly repositories: readonly RepositoryFact[];
  readonly facilityCopies: readonly FacilityCopyFact[];
  /** Of each vault's copy. */
  readonly facilityDrills: ReadonlyMap<VaultId, ProvenFact>;
  /** A person's name and how to reach them, or the id where the name's key is gone. */
  readonly nameOf: (person: PersonId) => string;
  /** How many shares of the escrowed password there are, and how many open it; undefined when it was never shared out. */
  readonly escrow?: { readonly shares: number; readonly need: number; readonly at: number; readonly provenAt?: number };
}
