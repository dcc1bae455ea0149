/**
 * A segment: a preallocated file of frames. Its head, in the first 512 bytes (big-endian), the rest of which are zeros:
 *
 *      0   8  magic "PLSEGMT1"
 *      8   8  number of the segment, from 0
 *     16   8  index of its first entry
 *     24   8  size of the file
 *     32  16  epoch: random, new for each segment
 *     48  32  chain: the checksum of the last frame of the segment before; zeros for the first
 *     80  32  SHA-256 of the 80 bytes above
 */
import { CHECKSUM_BYTES, EPOCH_BYTES, sha256 } from '#host/ledger/frame.ts';

export const SEGMENT_HEAD_BYTES = 512;
export const SEGMENT_BYTES = 64 * 2 ** 20;
const MAGIC = Buffer.from('PLSEGMT1', 'latin1');
const CHECKED_BYTES = 80;

export interface SegmentHead {
  readonly number: number;
  readonly firstIndex: number;
  readonly sizeBytes: number;
  readonly epoch: Uint8Array;
  readonly chain: Uint8Array;
}

export const SPARE_NAME = 'spare.tmp';

export function segmentName(number: number): string {
  return `segment-${String(number).padStart(12, '0')}`;
}

export function segmentNumber(name: string): number | undefined {
  const digits = /^segment-(\d{12})$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

export function encodeSegmentHead(head: SegmentHead): Buffer {
  const bytes = Buffer.alloc(SEGMENT_HEAD_BYTES);
  bytes.set(MAGIC, 0);
  bytes.writeBigUInt64BE(BigInt(head.number), 8);
  bytes.writeBigUInt64BE(BigInt(head.firstIndex), 16);
  bytes.writeBigUInt64BE(BigInt(head.sizeBytes), 24);
  bytes.set(head.epoch, 32);
  bytes.set(head.chain, 32 + EPOCH_BYTES);
  bytes.set(sha256(bytes.subarray(0, CHECKED_BYTES)), CHECKED_BYTES);
  return bytes;
}

export function parseSegmentHead(bytes: Buffer): SegmentHead | undefined {
  if (bytes.byteLength < SEGMENT_HEAD_BYTES || !bytes.subarray(0, 8).equals(MAGIC)) return undefined;
  if (!sha256(bytes.subarray(0, CHECKED_BYTES)).equals(bytes.subarray(CHECKED_BYTES, CHECKED_BYTES + CHECKSUM_BYTES)))
    return undefined;
  return {
    number: Number(bytes.readBigUInt64BE(8)),
    firstIndex: Number(bytes.readBigUInt64BE(16)),
    sizeBytes: Number(bytes.readBigUInt64BE(24)),
    epoch: Uint8Array.from(bytes.subarray(32, 48)),
    chain: Uint8Array.from(bytes.subarray(48, 80)),
  };
}
