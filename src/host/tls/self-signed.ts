/**
 * A certificate that vouches for itself: whoever is to know it gets the file itself and compares it whole, so no authority stands between. It lasts
 * long, because each renewal is a visit at both ends.
 */
import { X509Certificate, hash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import 'reflect-metadata';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { BACKDATE_MS, makeKeys, pemOf, serial, store } from './local-authority.ts';
import { Fault } from '#std/refused.ts';

const DAYS = 3650;
const DAY_MS = 86_400_000;
const OTHERS = 0o077;

export interface OwnCertificate {
  readonly cert: string;
  readonly key: string;
  readonly certPath: string;
  /** SHA-256 of the certificate in hex: what people compare. */
  readonly sha256: string;
}

/** The certificate in this folder, made when there is none. `names`: host names and addresses that it serves. */
export async function openOwnCertificate(
  folder: string,
  names: readonly string[],
  nowMs: number,
): Promise<OwnCertificate> {
  const known = readOwnCertificate(folder);
  if (known !== undefined) return known;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const keys = await makeKeys('P-256');
  const cert = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: 'CN=Picturelock vault',
    keys,
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    notBefore: new Date(nowMs - BACKDATE_MS),
    notAfter: new Date(nowMs + DAYS * DAY_MS),
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
      new SubjectAlternativeNameExtension(
        names.map((name) => ({ type: isIP(name) === 0 ? ('dns' as const) : ('ip' as const), value: name })),
      ),
    ],
  });
  store(folder, 'certificate', { cert: cert.toString('pem'), key: await pemOf(keys.privateKey) });
  const made = readOwnCertificate(folder);
  if (made === undefined)
    throw new Fault('certificate-lost', `the certificate that was written to ${folder} is not there`);
  return made;
}

/** Undefined when there is none. */
export function readOwnCertificate(folder: string): OwnCertificate | undefined {
  const [certPath, keyPath] = [join(folder, 'certificate.crt'), join(folder, 'certificate.key')];
  if (!existsSync(certPath) || !existsSync(keyPath)) return undefined;
  if ((statSync(keyPath).mode & OTHERS) !== 0)
    throw new Fault('key-exposed', `${keyPath} can be read by others: run chmod 600 ${keyPath}`);
  const cert = readFileSync(certPath, 'utf8');
  return { cert, key: readFileSync(keyPath, 'utf8'), certPath, sha256: certificateSha256(cert) };
}

/** Of the first certificate in the text. */
export function certificateSha256(pem: string): string {
  return hash('sha256', new X509Certificate(pem).raw, 'hex');
}
