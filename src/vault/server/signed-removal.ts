/**
 * A removal that people approved by signing one file, for a vault that no ledger reaches: the vault itself checks two signatures of keys that were
 * pinned at its own machine. The file names this vault and its own end, so it is worth nothing elsewhere, later, or twice. Pure.
 */
import { hash } from 'node:crypto';
import { z } from 'zod';
import type { Approval } from '#vault/server/removals.ts';
import { parseSshPublicKey, verifySshSignature } from '#vault/server/ssh-signature.ts';
import { Fault } from '#std/refused.ts';

export const REMOVAL_NAMESPACE = 'removal@picturelock';
const SIGNERS_MIN = 2;
export const SIGNATURES_MAX = 10;

const id = z.string().regex(/^[0-9a-f]{64}$/);

/** What is signed: the bytes of this as JSON, as they lie in the file. */
export const removalFile = z.strictObject({
  kind: z.literal('picturelock-removal'),
  /** Identity of the vault: SHA-256 of its public key. */
  vault: id,
  prune: z.string().regex(/^[A-Za-z0-9_-]{1,40}$/),
  client: z.string().regex(/^[a-z0-9][a-z0-9-]{0,38}$/),
  reason: z.string().min(1).max(1000),
  snapshots: z.array(id).max(100_000),
  /** Packs of so many bytes at most. */
  bytes: z.int().min(0),
  /** Vault time, ms: not begun after it. */
  until: z.int().min(0),
  objects: z.array(z.string().max(120)).min(1).max(1_000_000),
  /** The list was computed from everything that had arrived up to this number. */
  upTo: z.int().min(0).optional(),
});
export type RemovalFile = z.infer<typeof removalFile>;

export interface Approver {
  readonly name: string;
  /** A line of a `.pub` file. */
  readonly key: string;
}

export interface SignedRemoval extends Approval {
  readonly client: string;
  readonly objects: readonly string[];
  readonly signed: { readonly by: readonly string[]; readonly sha256: string };
}

/** `at`: vault time. A Fault says what is missing. */
export function checkRemoval(
  { vault, at, approvers }: { readonly vault: string; readonly at: number; readonly approvers: readonly Approver[] },
  file: Uint8Array,
  signatures: readonly string[],
): SignedRemoval {
  const by = signersOf(file, signatures, approvers);
  const { client, objects, prune, snapshots, bytes, upTo, ...rest } = parse(file);
  if (rest.vault !== vault) throw new Fault('other-vault', 'the file is about another vault');
  if (at > rest.until) throw new Fault('too-late', 'the file is too old: make it and have it signed again');
  return { prune, client, objects, snapshots, bytes, upTo, signed: { by, sha256: hash('sha256', file, 'hex') } };
}

function parse(file: Uint8Array): RemovalFile {
  try {
    return removalFile.parse(JSON.parse(Buffer.from(file).toString('utf8')));
  } catch (cause) {
    throw new Fault('bad-removal', 'the file is no removal: make it with vault removal', { cause });
  }
}

/** One person with two keys is one person; a signature that does not hold spoils the rest. */
function signersOf(file: Uint8Array, signatures: readonly string[], approvers: readonly Approver[]): readonly string[] {
  const pinned = new Map(approvers.map(({ name, key }) => [parseSshPublicKey(key).fingerprint, name]));
  const names = new Set<string>();
  for (const signature of signatures.slice(0, SIGNATURES_MAX)) {
    const { fingerprint } = verifySshSignature(file, signature, REMOVAL_NAMESPACE);
    const name = pinned.get(fingerprint);
    if (name === undefined) throw new Fault('unknown-approver', `nobody here has the key ${fingerprint}`);
    names.add(name);
  }
  if (names.size < SIGNERS_MIN)
    throw new Fault('not-approved', 'two different people sign a removal before anything is set aside');
  return [...names].sort();
}
