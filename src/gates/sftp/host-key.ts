/** The gate's own key, by which clients know it again: Ed25519 in OpenSSH's format, made once, readable by its owner only. */
import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import ssh2 from 'ssh2';
import { Fault } from '#std/refused.ts';

export interface HostKey {
  readonly path: string;
  readonly privateKey: string;
  /** `ssh-ed25519 AAAA...`, for known_hosts. */
  readonly publicLine: string;
  readonly fingerprint: string;
}

const OTHERS = 0o077;

/** Shared by both transports, so that a client sees one host key whichever it talks to. */
export function loadHostKey(path: string): HostKey {
  const privateKey = read(path) ?? make(path);
  if (statSync(path).mode & OTHERS)
    throw new Fault('host-key-readable', `${path} can be read by others; run: chmod 600 ${path}`);
  const parsed = ssh2.utils.parseKey(privateKey);
  if (parsed instanceof Error)
    throw new Fault('host-key-broken', `${path} does not hold a private key`, { cause: parsed });
  const blob = parsed.getPublicSSH();
  return {
    path,
    privateKey,
    publicLine: `${parsed.type} ${blob.toString('base64')}`,
    fingerprint: fingerprintOf(blob),
  };
}

/** As OpenSSH prints it. */
export function fingerprintOf(blob: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new Fault('host-key-unreadable', `${path} cannot be read`, { cause: error });
  }
}

function make(path: string): string {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const { private: privateKey } = ssh2.utils.generateKeyPairSync('ed25519', { comment: 'picturelock sftp' });
  const file = openSync(path, 'wx', 0o600);
  try {
    writeSync(file, privateKey);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  return privateKey;
}
