/**
 * Keys of subjects (a person, a project, the facility) for sealed fields. Destroying one erases every field sealed
 * under it; the proofs over the ledger still hold.
 */
import type { Sealed } from '#model/events.ts';

export interface SubjectKeys {
  /** Makes the subject's key when there is none; durable before it returns. */
  seal(subject: Sealed['subject'], plaintext: string): Sealed;
  /** `undefined` when the key was destroyed or the box doesn't open. */
  unseal(field: Sealed): string | undefined;
  /** The key of one field alone (44 bytes: AES key, nonce), for disclosure in a bundle; opens no other field. */
  fieldKey(field: Sealed): Uint8Array | undefined;
  destroy(subject: Sealed['subject']): void;
}
