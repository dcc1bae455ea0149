/** The ledger's two signing keys: made once, kept as PKCS #8 in `keys/`, readable by their owner only. */
import type { KeyObject } from 'node:crypto';
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import {
  closeSync,
  constants,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  unlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { syncFolderSync, writeAllSync } from '#host/ledger/checkpoint-store.ts';
import type { LogKeys } from '#ledger/checkpoint.ts';
import { utf8 } from '#std/bytes.ts';
import { Fault } from '#std/refused.ts';

const ED25519_NAME = 'ledger-ed25519.pem';
const ML_DSA_44_NAME = 'ledger-ml-dsa-44.pem';
const ED25519_PUBLIC_NAME = 'ledger-ed25519.pub.pem';
const ML_DSA_44_PUBLIC_NAME = 'ledger-ml-dsa-44.pub.pem';

export function openSigningKeys(folder: string): LogKeys {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const keys = {
    ed25519: openKey(folder, ED25519_NAME, () => generateKeyPairSync('ed25519').privateKey),
    mlDsa44: openKey(folder, ML_DSA_44_NAME, () => generateKeyPairSync('ml-dsa-44').privateKey),
  };
  publish(folder, ED25519_PUBLIC_NAME, keys.ed25519);
  publish(folder, ML_DSA_44_PUBLIC_NAME, keys.mlDsa44);
  return keys;
}

/** The public halves, for whoever only has to name the keys: gates and bundles never read the private ones. */
export function readPublicKeys(folder: string): LogKeys {
  return { ed25519: readPublic(folder, ED25519_PUBLIC_NAME), mlDsa44: readPublic(folder, ML_DSA_44_PUBLIC_NAME) };
}

function publish(folder: string, name: string, key: KeyObject): void {
  writeOnce(folder, name, createPublicKey(key).export({ format: 'pem', type: 'spki' }));
}

function readPublic(folder: string, name: string): KeyObject {
  return createPublicKey(readFileSync(join(folder, name)));
}

function openKey(folder: string, name: string, generate: () => KeyObject): KeyObject {
  const path = join(folder, name);
  try {
    return readKey(path);
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')) throw cause;
  }
  const pem = generate().export({ format: 'pem', type: 'pkcs8' });
  writeOnce(folder, name, pem);
  return readKey(path);
}

function readKey(path: string): KeyObject {
  if ((statSync(path).mode & 0o077) !== 0)
    throw new Fault('key-exposed', `${path} can be read by others: chmod 600, and consider the key known`);
  return createPrivateKey(readFileSync(path));
}

/** Durable, and never over an existing file: of two that start at once, both read the one that came first. */
export function writeOnce(folder: string, name: string, content: string | Uint8Array): void {
  const path = join(folder, name);
  const temporary = `${path}.${process.pid}.tmp`;
  const fd = openSync(temporary, constants.O_CREAT | constants.O_TRUNC | constants.O_WRONLY, 0o600);
  try {
    writeAllSync(fd, typeof content === 'string' ? utf8(content) : content, 0);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  try {
    linkSync(temporary, path);
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) throw cause;
  }
  unlinkSync(temporary);
  syncFolderSync(folder);
}
