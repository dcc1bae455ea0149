/** Objects outside packs (index, snapshots, locks, config): sealed JSON; in format v2 compressed, told by a first byte of 2. */
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { giveBack } from '#vault/format/memory.ts';
import { Fault } from '#std/refused.ts';

const COMPRESSED = 2;
/** What an unpacked object may unfold to. */
const PLAIN_BYTES_MAX = 512 * 1024 * 1024;
/** An index is megabytes: in one piece of memory, which is given back, and not in thousands that wait for a collection. */
const CHUNK_BYTES_MIN = 16 * 1024;
const USUAL_RATIO = 4;

export function encodeUnpacked(text: string): Buffer {
  const plain = Buffer.from(text);
  const pressed = zstdCompressSync(plain, { chunkSize: Math.max(CHUNK_BYTES_MIN, plain.length) });
  const whole = Buffer.concat([Buffer.of(COMPRESSED), pressed]);
  giveBack(plain);
  giveBack(pressed);
  return whole;
}

export function decodeUnpacked(plain: Uint8Array): string {
  const [first] = plain;
  if (first === 0x7b || first === 0x5b) return Buffer.from(plain).toString('utf8');
  if (first !== COMPRESSED) throw new Fault('object-unknown', 'an object has an encoding that is not known');
  const chunkSize = Math.min(PLAIN_BYTES_MAX, Math.max(CHUNK_BYTES_MIN, USUAL_RATIO * plain.length));
  const unfolded = zstdDecompressSync(plain.subarray(1), { maxOutputLength: PLAIN_BYTES_MAX, chunkSize });
  const text = unfolded.toString('utf8');
  giveBack(unfolded);
  return text;
}
