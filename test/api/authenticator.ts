/** A passkey authenticator in software (WebAuthn level 3, ES256, attestation "none"): what a browser and a security key do between them. */
import { createHash, createSign, generateKeyPairSync, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

const FLAG_PRESENT = 0x01;
const FLAG_VERIFIED = 0x04;
const FLAG_ATTESTED = 0x40;

export interface Tampering {
  /** The person was present but not verified. */
  readonly unverified?: true;
  readonly origin?: string;
  readonly challenge?: string;
}

interface CreationOptions {
  readonly challenge: string;
  readonly rp: { readonly id?: string };
  readonly user: { readonly id: string };
}
interface RequestOptions {
  readonly challenge: string;
  readonly rpId?: string;
}

export class Authenticator {
  readonly credentialId = randomBytes(16);
  readonly #key: KeyObject;
  readonly #point: { readonly x: Buffer; readonly y: Buffer };
  readonly #origin: string;
  counter = 0;

  constructor(origin: string) {
    this.#origin = origin;
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.#key = privateKey;
    const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
    this.#point = { x: Buffer.from(x, 'base64url'), y: Buffer.from(y, 'base64url') };
  }

  create(options: unknown, tampering: Tampering = {}) {
    const { challenge, rp } = options as CreationOptions; // what our own server gave
    const attested = Buffer.concat([
      Buffer.alloc(16),
      u16(this.credentialId.length),
      this.credentialId,
      this.#coseKey(),
    ]);
    const authData = this.#authData(rp.id ?? '', FLAG_ATTESTED, attested, tampering);
    const attestationObject = Buffer.concat([
      Buffer.from([0xa3]),
      text('fmt'),
      text('none'),
      text('attStmt'),
      Buffer.from([0xa0]),
      text('authData'),
      bytes(authData),
    ]);
    return this.#response({
      clientDataJSON: this.#clientData('webauthn.create', challenge, tampering).toString('base64url'),
      attestationObject: attestationObject.toString('base64url'),
      transports: ['internal'],
    });
  }

  get(options: unknown, tampering: Tampering = {}) {
    const { challenge, rpId } = options as RequestOptions; // what our own server gave
    this.counter += 1;
    const authData = this.#authData(rpId ?? '', 0, Buffer.alloc(0), tampering);
    const clientData = this.#clientData('webauthn.get', challenge, tampering);
    const signed = Buffer.concat([authData, createHash('sha256').update(clientData).digest()]);
    return this.#response({
      clientDataJSON: clientData.toString('base64url'),
      authenticatorData: authData.toString('base64url'),
      signature: createSign('sha256').update(signed).sign(this.#key).toString('base64url'),
    });
  }

  #response<R extends object>(response: R) {
    const id = this.credentialId.toString('base64url');
    return {
      id,
      rawId: id,
      type: 'public-key' as const,
      response,
      clientExtensionResults: {},
      authenticatorAttachment: 'platform',
    };
  }

  #clientData(type: string, challenge: string, tampering: Tampering): Buffer {
    return Buffer.from(
      JSON.stringify({
        type,
        challenge: tampering.challenge ?? challenge,
        origin: tampering.origin ?? this.#origin,
        crossOrigin: false,
      }),
    );
  }

  #authData(rpId: string, extra: number, attested: Buffer, tampering: Tampering): Buffer {
    const flags = FLAG_PRESENT | extra | (tampering.unverified === true ? 0 : FLAG_VERIFIED);
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(this.counter);
    return Buffer.concat([createHash('sha256').update(rpId).digest(), Buffer.from([flags]), counter, attested]);
  }

  /** {1: 2 (EC2), 3: -7 (ES256), -1: 1 (P-256), -2: x, -3: y} */
  #coseKey(): Buffer {
    return Buffer.concat([
      Buffer.from([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21]),
      bytes(this.#point.x),
      Buffer.from([0x22]),
      bytes(this.#point.y),
    ]);
  }
}

function u16(value: number): Buffer {
  const buffer = Buffer.alloc(2);
  buffer.writeUInt16BE(value);
  return buffer;
}

function text(value: string): Buffer {
  return Buffer.concat([Buffer.from([0x60 | value.length]), Buffer.from(value)]);
}

function bytes(value: Buffer): Buffer {
  return Buffer.concat([
    value.length < 256 ? Buffer.from([0x58, value.length]) : Buffer.concat([Buffer.from([0x59]), u16(value.length)]),
    value,
  ]);
}
