/** The vault's own key: what it signs its reports with. Made at its first start, read by its account alone. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, hash } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface VaultIdentity {
  readonly key: KeyObject;
  /** SubjectPublicKeyInfo, base64. */
  readonly publicKey: string;
  /** SHA-256 of the public key's SubjectPublicKeyInfo, in hex: the identity that the ledger pins. */
  readonly fingerprint: string;
}

export function openVaultIdentity(folder: string): VaultIdentity {
  const key = readKey(join(folder, 'identity.pem'));
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' });
  return { key, publicKey: publicKey.toString('base64'), fingerprint: hash('sha256', publicKey, 'hex') };
}

function readKey(path: string): KeyObject {
  try {
    return createPrivateKey(readFileSync(path));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause; // an error of Node's file functions
  }
  const { privateKey } = generateKeyPairSync('ed25519');
  writeFileSync(`${path}.new`, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flush: true });
  renameSync(`${path}.new`, path);
  return privateKey;
}
