/**
 * Our own certificate authority, for facilities without one: a root that people install once on their machines, and a leaf for the
 * portal that is renewed long before it ends. Everything lies in `keys/tls` beneath the data directory, keys readable by their owner only.
 *
 *     authority.crt   the root: hand this one out
 *     authority.key   signs leaves; may be moved away, then leaves are not renewed
 *     portal.crt      leaf, then root
 *     portal.key
 */
import { X509Certificate, createPrivateKey, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import 'reflect-metadata';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate as PeculiarCertificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { Fault } from '#std/refused.ts';

const DAY_MS = 86_400_000;
const ROOT_DAYS = 3650;
const LEAF_DAYS = 90;
/** A leaf with less than this left is renewed at the next look. */
export const RENEW_BEFORE_DAYS = 30;
/** Clocks of clients that run behind still accept a new certificate. */
export const BACKDATE_MS = 60 * 60_000;
const NAMES_MAX = 20;
const OTHERS = 0o077;
const SIGNING = { name: 'ECDSA', hash: 'SHA-384' } as const;

export interface LocalTls {
  /** Leaf and root, PEM. */
  readonly cert: string;
  readonly key: string;
  /** The root's file, to be installed where browsers look. */
  readonly authorityPath: string;
  readonly expiresAt: number;
}

interface Pair {
  readonly cert: string;
  readonly key: string;
}

/**
 * The leaf for `names` (host names and addresses): the one on disk while it fits and lasts, else a new one. Call it again from time to
 * time; it changes nothing until a renewal is due.
 */
export async function openLocalTls(folder: string, names: readonly string[], nowMs: number): Promise<LocalTls> {
  if (names.length === 0 || names.length > NAMES_MAX)
    throw new Fault('bad-tls-names', `a certificate is for 1 to ${NAMES_MAX} names`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const authorityPath = join(folder, 'authority.crt');
  const root = readPair(folder, 'authority') ?? (existsSync(authorityPath) ? undefined : await makeRoot(folder, nowMs));
  const leaf = readPair(folder, 'portal');
  const rootCert = root?.cert ?? readFileSync(authorityPath, 'utf8');
  const isKept = leaf !== undefined && isGood(leaf, rootCert, names, nowMs);
  const kept = isKept ? leaf : await makeLeaf(folder, root ?? keyAway(folder), names, nowMs);
  return { ...kept, authorityPath, expiresAt: Date.parse(new X509Certificate(kept.cert).validTo) };
}

function readPair(folder: string, name: string): Pair | undefined {
  const [certPath, keyPath] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)];
  if (!existsSync(certPath) || !existsSync(keyPath)) return undefined;
  if ((statSync(keyPath).mode & OTHERS) !== 0)
    throw new Fault('key-exposed', `${keyPath} can be read by others: run chmod 600 ${keyPath}`);
  return { cert: readFileSync(certPath, 'utf8'), key: readFileSync(keyPath, 'utf8') };
}

function isGood(leaf: Pair, rootCert: string, names: readonly string[], nowMs: number): boolean {
  const cert = new X509Certificate(leaf.cert);
  const isFresh = Date.parse(cert.validTo) - nowMs > RENEW_BEFORE_DAYS * DAY_MS && Date.parse(cert.validFrom) <= nowMs;
  const isOurs =
    cert.verify(new X509Certificate(rootCert).publicKey) && cert.checkPrivateKey(createPrivateKey(leaf.key));
  return (
    isFresh &&
    isOurs &&
    names.every((name) => (isIP(name) === 0 ? cert.checkHost(name) : cert.checkIP(name)) !== undefined)
  );
}

/** A new root would be trusted by nobody who installed the old one. */
function keyAway(folder: string): never {
  throw new Fault(
    'authority-key-away',
    `${join(folder, 'authority.key')} is needed to renew the portal's certificate: put it back`,
  );
}

async function makeRoot(folder: string, nowMs: number): Promise<Pair> {
  const keys = await makeKeys('P-384');
  const cert = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: 'CN=Picturelock local authority',
    keys,
    signingAlgorithm: SIGNING,
    notBefore: new Date(nowMs - BACKDATE_MS),
    notAfter: new Date(nowMs + ROOT_DAYS * DAY_MS),
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return store(folder, 'authority', { cert: cert.toString('pem'), key: await pemOf(keys.privateKey) });
}

async function makeLeaf(folder: string, root: Pair, names: readonly string[], nowMs: number): Promise<Pair> {
  const keys = await makeKeys('P-256');
  const issuer = new PeculiarCertificate(root.cert);
  const signingKey = await crypto.subtle.importKey(
    'pkcs8',
    derOf(root.key),
    { name: 'ECDSA', namedCurve: 'P-384' },
    false,
    ['sign'],
  );
  const cert = await X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: 'CN=Picturelock portal',
    issuer: issuer.subject,
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: SIGNING,
    notBefore: new Date(nowMs - BACKDATE_MS),
    notAfter: new Date(nowMs + LEAF_DAYS * DAY_MS),
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(
        names.map((name) => ({ type: isIP(name) === 0 ? ('dns' as const) : ('ip' as const), value: name })),
      ),
      await AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return store(folder, 'portal', { cert: `${cert.toString('pem')}\n${root.cert}`, key: await pemOf(keys.privateKey) });
}

export function makeKeys(namedCurve: string): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey({ name: 'ECDSA', namedCurve }, true, ['sign', 'verify']);
}

/** 128 random bits, positive. */
export function serial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString('hex');
}

export async function pemOf(key: CryptoKey): Promise<string> {
  const der = Buffer.from(await crypto.subtle.exportKey('pkcs8', key)).toString('base64');
  return `-----BEGIN PRIVATE KEY-----\n${der.replaceAll(/(.{64})/g, '$1\n').trimEnd()}\n-----END PRIVATE KEY-----\n`;
}

function derOf(pem: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' }));
}

/** The key first: a certificate without its key would be taken for a half-made pair and made again. */
export function store(folder: string, name: string, pair: Pair): Pair {
  put(join(folder, `${name}.key`), pair.key, 0o600);
  put(join(folder, `${name}.crt`), pair.cert, 0o644);
  return pair;
}

function put(path: string, text: string, mode: number): void {
  writeFileSync(`${path}.new`, text, { mode, flush: true });
  chmodSync(`${path}.new`, mode);
  renameSync(`${path}.new`, path);
}
