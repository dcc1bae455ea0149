/** SSH public keys in the one-line OpenSSH form: parsed strictly, weak ones refused, named by their SHA-256 fingerprint. */
import { createHash } from 'node:crypto';
import { fromBase64 } from '#std/bytes.ts';
import type { Outcome } from '#std/refused.ts';
import { ok, refused } from '#std/refused.ts';

export interface SshKey {
  readonly algorithm: string;
  /** `algorithm base64`, without comment. */
  readonly publicKey: string;
  /** `SHA256:...` as ssh-keygen prints it. */
  readonly fingerprint: string;
  readonly comment: string;
}

const RSA_BITS_MIN = 3072;
const RSA_BITS_MAX = 16_384;
const CURVES: ReadonlyMap<string, { readonly curve: string; readonly pointBytes: number }> = new Map([
  ['ecdsa-sha2-nistp256', { curve: 'nistp256', pointBytes: 65 }],
  ['ecdsa-sha2-nistp384', { curve: 'nistp384', pointBytes: 97 }],
  ['ecdsa-sha2-nistp521', { curve: 'nistp521', pointBytes: 133 }],
]);
const ED25519_BYTES = 32;

export function parseSshKey(line: string): Outcome<SshKey> {
  const [algorithm = '', text = '', ...rest] = line.trim().split(/[ \t]+/);
  if (line.trim().includes('\n') || /PRIVATE KEY/.test(line))
    return notAKey('Paste the one line of the .pub file, never the private key.');
  const blob = fromBase64(text.replace(/=*$/, '').padEnd(Math.ceil(text.replace(/=*$/, '').length / 4) * 4, '='));
  if (blob === undefined || blob.byteLength === 0)
    return notAKey('It starts with ssh-ed25519, ecdsa-sha2-… or ssh-rsa.');
  const fields = readFields(blob);
  if (fields === undefined || Buffer.from(fields[0] ?? []).toString('latin1') !== algorithm)
    return notAKey('Copy the line again, whole.');
  const weak = weakness(algorithm, fields);
  if (weak !== undefined) return refused('weak-key', weak, 'Make one with: ssh-keygen -t ed25519');
  const fingerprint = `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
  return ok({
    algorithm,
    publicKey: `${algorithm} ${Buffer.from(blob).toString('base64')}`,
    fingerprint,
    comment: rest.join(' ').slice(0, 100),
  });
}

function notAKey(ask: string) {
  return refused('not-a-key', 'This is not an SSH public key.', ask);
}

function weakness(algorithm: string, fields: readonly Uint8Array[]): string | undefined {
  if (algorithm === 'ssh-ed25519')
    return fields.length === 2 && fields[1]?.byteLength === ED25519_BYTES ? undefined : 'This Ed25519 key is damaged.';
  if (algorithm === 'ssh-rsa') return rsaWeakness(fields);
  if (algorithm === 'ssh-dss') return 'DSA keys are broken and are not let in.';
  return algorithm.startsWith('sk-') ? securityKeyWeakness(algorithm, fields) : ecdsaWeakness(algorithm, fields);
}

function ecdsaWeakness(algorithm: string, fields: readonly Uint8Array[]): string | undefined {
  const known = CURVES.get(algorithm);
  if (known === undefined) return `Keys of the kind "${algorithm.slice(0, 40)}" are not let in.`;
  const [, curve, point] = fields;
  const fits =
    fields.length === 3 &&
    Buffer.from(curve ?? []).toString('latin1') === known.curve &&
    point?.byteLength === known.pointBytes;
  return fits && point[0] === 4 ? undefined : 'This ECDSA key is damaged.';
}

/** Keys held by a FIDO device; the gate checks its presence flag. */
function securityKeyWeakness(algorithm: string, fields: readonly Uint8Array[]): string | undefined {
  const counts: Readonly<Record<string, number>> = {
    'sk-ssh-ed25519@openssh.com': 3,
    'sk-ecdsa-sha2-nistp256@openssh.com': 4,
  };
  return counts[algorithm] === fields.length ? undefined : 'This security-key key is damaged or of an unknown kind.';
}

function rsaWeakness(fields: readonly Uint8Array[]): string | undefined {
  const [, exponent, modulus] = fields;
  if (fields.length !== 3 || exponent === undefined || modulus === undefined) return 'This RSA key is damaged.';
  const bits = bitLength(modulus);
  if (bits < RSA_BITS_MIN) return `This RSA key has ${bits} bits; at least ${RSA_BITS_MIN} are needed.`;
  if (bits > RSA_BITS_MAX) return 'This RSA key is too large.';
  const value = exponent.byteLength > 8 ? undefined : BigInt(`0x${Buffer.from(exponent).toString('hex')}`);
  return value !== undefined && value >= 65_537n && value % 2n === 1n ? undefined : 'This RSA key has a weak exponent.';
}

function bitLength(number: Uint8Array): number {
  const start = number.findIndex((byte) => byte !== 0);
  const first = number[start];
  return first === undefined ? 0 : (number.byteLength - start) * 8 - Math.clz32(first) + 24;
}

/** RFC 4251 strings until the end; undefined when one runs over. */
function readFields(blob: Uint8Array): readonly Uint8Array[] | undefined {
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  const fields: Uint8Array[] = [];
  let at = 0;
  while (at < blob.byteLength) {
    if (at + 4 > blob.byteLength) return undefined;
    const end = at + 4 + view.getUint32(at);
    if (end > blob.byteLength) return undefined;
    fields.push(blob.subarray(at + 4, end));
    at = end;
  }
  return fields;
}
