/** Objects outside packs (index, snapshots, locks, config): sealed JSON; in format v2 compressed, told by a first byte of 2. */
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { Fault } from '#std/refused.ts';

const COMPRESSED = 2;
/** What an unpacked object may unfold to. */
const PLAIN_BYTES_MAX = 512 * 1024 * 1024;

export function encodeUnpacked(text: string): Buffer {
  const plain = Buffer.from(text);
  return Buffer.concat([Buffer.of(COMPRESSED), zstdCompressSync(plain)]);
}

export function decodeUnpacked(plain: Uint8Array): string {
  const [first] = plain;
  if (first === 0x7b || first === 0x5b) return Buffer.from(plain).toString('utf8');
  if (first !== COMPRESSED) throw new Fault('object-unknown', 'an object has an encoding that is not known');
  return zstdDecompressSync(plain.subarray(1), { maxOutputLength: PLAIN_BYTES_MAX }).toString('utf8');
}
