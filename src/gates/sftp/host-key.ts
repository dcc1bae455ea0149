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
const NEXT = 'take it from a backup, or move it away: a new one is made, which clients will ask about';

/** Shared by both transports, so that a client sees one host key whichever it talks to. */
export function loadHostKey(path: string): HostKey {
  const privateKey = read(path) ?? make(path);
  if (statSync(path).mode & OTHERS)
    throw new Fault('host-key-readable', `${path} can be read by others; run: chmod 600 ${path}`);
  const parsed = ssh2.utils.parseKey(privateKey);
  if (parsed instanceof Error)
    throw new Fault('host-key-broken', `${path} does not hold a private key; ${NEXT}`, { cause: parsed });
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

/** ssh2 drops a leading zero of a public key, and cannot read what it then wrote: one pair of 256. Such a pair is thrown away. */
export function generateHostKey(generate: () => string = newPair): string {
  for (let tried = 0; tried < TRIES_MAX; tried += 1) {
    const privateKey = generate();
    if (!(ssh2.utils.parseKey(privateKey) instanceof Error)) return privateKey;
  }
  throw new Fault('host-key-not-made', `${TRIES_MAX} new host keys in a row could not be read; look at this machine`);
}

const TRIES_MAX = 16;

function newPair(): string {
  return ssh2.utils.generateKeyPairSync('ed25519', { comment: 'picturelock sftp' }).private;
}

function make(path: string): string {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const privateKey = generateHostKey();
  const file = openSync(path, 'wx', 0o600);
  try {
    writeSync(file, privateKey);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  return privateKey;
}
