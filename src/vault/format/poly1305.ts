/** Poly1305 (RFC 8439, 2.5) by OpenSSL, at memory speed. `r` is clamped there. */
import * as crypto from 'node:crypto';

interface Mac {
  update(bytes: Uint8Array): Mac;
  final(): Buffer;
}

// Node 26 has it; its type declarations do not yet. `poly1305.test.ts` holds it to the plain algorithm.
const { createMac } = crypto as unknown as { createMac(algorithm: 'poly1305', key: Uint8Array): Mac };

/** The 16-byte tag of `message` under the 32-byte one-time key `r` and `pad`, one after the other. */
export function poly1305(key: Uint8Array, message: Uint8Array): Buffer {
  return createMac('poly1305', key).update(message).final();
}
