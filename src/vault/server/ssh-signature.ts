/**
 * Signatures that people make with the SSH keys that they have: `ssh-keygen -Y sign -n NAMESPACE -f KEY FILE`. Format: PROTOCOL.sshsig of OpenSSH.
 * Ed25519 keys, on disk or on a security key (touched: user presence is demanded); whatever else comes is a Fault.
 */
import { createPublicKey, hash, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { Fault } from '#std/refused.ts';

const MAGIC = 'SSHSIG';
const VERSION = 1;
const ARMOUR = /^-----BEGIN SSH SIGNATURE-----\s+([A-Za-z0-9+/=\s]{1,10000})-----END SSH SIGNATURE-----\s*$/;
const PLAIN = 'ssh-ed25519';
const SECURITY_KEY = 'sk-ssh-ed25519@openssh.com';
/** SubjectPublicKeyInfo of an Ed25519 key, before its 32 bytes: RFC 8410. */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');
const USER_PRESENT = 0x01;

export interface SshKey {
  readonly algorithm: string;
  /** As OpenSSH prints it: `SHA256:` and base64 without padding. */
  readonly fingerprint: string;
  readonly key: KeyObject;
  /** What a security key signs for; '' for a key on disk. */
  readonly application: string;
}

/** One line of a `.pub` file. */
export function parseSshPublicKey(line: string): SshKey {
  const [algorithm = '', blob = ''] = line.trim().split(/\s+/);
  const key = keyOf(Buffer.from(blob, 'base64'));
  if (key.algorithm !== algorithm) throw new Fault('bad-key', 'this is no public key of OpenSSH');
  return key;
}

/** Whose key signed these bytes for this purpose. */
export function verifySshSignature(message: Uint8Array, armoured: string, namespace: string): SshKey {
  const body = ARMOUR.exec(armoured.trim())?.[1];
  if (body === undefined) throw bad('it is no signature of ssh-keygen');
  const read = reader(Buffer.from(body, 'base64'));
  if (read.bytes(MAGIC.length).toString() !== MAGIC || read.uint32() !== VERSION) throw bad('it is of another kind');
  const key = keyOf(read.field());
  if (read.field().toString() !== namespace) throw bad(`it was not made with -n ${namespace}`);
  const reserved = read.field();
  const algorithm = read.field().toString();
  const signature = reader(read.field());
  if (read.left() > 0 || (algorithm !== 'sha256' && algorithm !== 'sha512')) throw bad('it is of another kind');
  const digest = hash(algorithm, message, 'buffer');
  const parts = [namespace, reserved, algorithm, digest].map((part) => field(Buffer.from(part)));
  const signed = Buffer.concat([Buffer.from(MAGIC), ...parts]);
  if (signature.field().toString() !== key.algorithm) throw bad('it is of another key');
  const value = signature.field();
  if (!verify(null, key.algorithm === PLAIN ? signed : touched(key, signature, signed), key.key, value))
    throw bad('it does not fit these bytes');
  return key;
}

/** What a security key signs: hashes of its application and of the message, what it saw, how often it signed. */
function touched(key: SshKey, signature: Reader, signed: Buffer): Buffer {
  const flags = signature.bytes(1);
  const counter = signature.bytes(4);
  if (((flags[0] ?? 0) & USER_PRESENT) === 0) throw bad('nobody touched the security key');
  return Buffer.concat([hash('sha256', key.application, 'buffer'), flags, counter, hash('sha256', signed, 'buffer')]);
}

function keyOf(blob: Buffer): SshKey {
  const read = reader(blob);
  const algorithm = read.field().toString();
  if (algorithm !== PLAIN && algorithm !== SECURITY_KEY)
    throw new Fault('bad-key', 'use an Ed25519 key: ssh-keygen -t ed25519, or -t ed25519-sk');
  const point = read.field();
  const application = algorithm === SECURITY_KEY ? read.field().toString() : '';
  if (point.length !== 32 || read.left() > 0) throw new Fault('bad-key', 'this is no public key of OpenSSH');
  const key = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, point]), format: 'der', type: 'spki' });
  const fingerprint = `SHA256:${hash('sha256', blob, 'base64').replace(/=+$/, '')}`;
  return { algorithm, fingerprint, key, application };
}

interface Reader {
  bytes(count: number): Buffer;
  uint32(): number;
  /** Length, then as many bytes. */
  field(): Buffer;
  left(): number;
}

function reader(from: Buffer): Reader {
  let at = 0;
  const self: Reader = {
    bytes(count) {
      if (at + count > from.length) throw bad('it ends early');
      at += count;
      return from.subarray(at - count, at);
    },
    uint32: () => self.bytes(4).readUInt32BE(),
    field: () => self.bytes(self.uint32()),
    left: () => from.length - at,
  };
  return self;
}

function field(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

function bad(why: string): Fault {
  return new Fault('bad-signature', `a signature does not hold: ${why}`);
}
