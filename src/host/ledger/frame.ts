/**
 * A frame: what one synced write brings to the disk (docs/spec/commit-log.md). All numbers are big-endian.
 *
 *      0   8  magic "PLFRAME1"
 *      8  16  epoch of the segment: bytes of another life of the file never validate
 *     24   8  index of the first entry
 *     32   4  count of entries
 *     36   4  length of the records, in bytes
 *     40  32  chain: the checksum of the frame before
 *     72   …  records: for each entry a 16-bit length and the entry's bytes
 *      …  32  checksum: SHA-256 of everything above
 *      …      zeros up to a multiple of 8
 */
import { hash } from 'node:crypto';
import { Fault } from '#std/refused.ts';

export const FRAME_MAGIC = Buffer.from('PLFRAME1', 'latin1');
export const EPOCH_BYTES = 16;
export const CHECKSUM_BYTES = 32;
export const FRAME_HEAD_BYTES = 72;
export const FRAME_RECORDS_BYTES_MAX = 4 * 2 ** 20;
export const FRAME_ENTRIES_MAX = 16_384;
export const FRAME_ALIGN_BYTES = 8;
const RECORD_HEAD_BYTES = 2;

export interface FrameHead {
  readonly firstIndex: number;
  readonly count: number;
  readonly recordsBytes: number;
  /** The whole frame, with checksum and padding. */
  readonly sizeBytes: number;
}

export interface Frame extends FrameHead {
  /** Views into the bytes it was read from. */
  readonly entries: readonly Uint8Array[];
  readonly chain: Uint8Array;
  readonly checksum: Uint8Array;
}

export function recordBytes(entry: Uint8Array): number {
  return RECORD_HEAD_BYTES + entry.byteLength;
}

export function frameBytes(recordsBytes: number): number {
  const bare = FRAME_HEAD_BYTES + recordsBytes + CHECKSUM_BYTES;
  return Math.ceil(bare / FRAME_ALIGN_BYTES) * FRAME_ALIGN_BYTES;
}

/** Writes a frame to the front of `into` and gives its bytes; `checksumOf` them is the next frame's chain. */
export function encodeFrame(
  into: Buffer,
  epoch: Uint8Array,
  firstIndex: number,
  chain: Uint8Array,
  entries: readonly Uint8Array[],
): Buffer {
  into.set(FRAME_MAGIC, 0);
  into.set(epoch, 8);
  into.writeBigUInt64BE(BigInt(firstIndex), 24);
  into.writeUInt32BE(entries.length, 32);
  into.set(chain, 40);
  let at = FRAME_HEAD_BYTES;
  for (const entry of entries) {
    into.writeUInt16BE(entry.byteLength, at);
    into.set(entry, at + RECORD_HEAD_BYTES);
    at += RECORD_HEAD_BYTES + entry.byteLength;
  }
  into.writeUInt32BE(at - FRAME_HEAD_BYTES, 36);
  into.set(sha256(into.subarray(0, at)), at);
  const end = frameBytes(at - FRAME_HEAD_BYTES);
  into.fill(0, at + CHECKSUM_BYTES, end);
  return into.subarray(0, end);
}

/** The checksum that an encoded frame ends with. */
export function checksumOf(frame: Buffer): Uint8Array {
  const end = FRAME_HEAD_BYTES + frame.readUInt32BE(36);
  return Uint8Array.from(frame.subarray(end, end + CHECKSUM_BYTES));
}

/** The head alone, when these bytes can begin a frame of this epoch; nothing is proved yet. */
export function parseFrameHead(bytes: Buffer, epoch: Uint8Array): FrameHead | undefined {
  if (
    bytes.byteLength < FRAME_HEAD_BYTES ||
    !bytes.subarray(0, 8).equals(FRAME_MAGIC) ||
    !bytes.subarray(8, 24).equals(epoch)
  )
    return undefined;
  const firstIndex = Number(bytes.readBigUInt64BE(24));
  const count = bytes.readUInt32BE(32);
  const recordsBytes = bytes.readUInt32BE(36);
  if (
    !Number.isSafeInteger(firstIndex) ||
    count === 0 ||
    count > FRAME_ENTRIES_MAX ||
    recordsBytes > FRAME_RECORDS_BYTES_MAX
  )
    return undefined;
  return { firstIndex, count, recordsBytes, sizeBytes: frameBytes(recordsBytes) };
}

/** A whole frame at the front of `bytes`, or undefined when its checksum or its records don't hold. */
export function parseFrame(bytes: Buffer, epoch: Uint8Array): Frame | undefined {
  const head = parseFrameHead(bytes, epoch);
  if (head === undefined || bytes.byteLength < head.sizeBytes) return undefined;
  const end = FRAME_HEAD_BYTES + head.recordsBytes;
  const checksum = bytes.subarray(end, end + CHECKSUM_BYTES);
  if (!checksum.equals(sha256(bytes.subarray(0, end)))) return undefined;
  return {
    ...head,
    entries: records(bytes.subarray(FRAME_HEAD_BYTES, end), head.count),
    chain: bytes.subarray(40, 72),
    checksum,
  };
}

/** The checksum was right, so records that don't add up were written wrong. */
function records(bytes: Buffer, count: number): readonly Uint8Array[] {
  const entries: Uint8Array[] = [];
  let at = 0;
  while (at < bytes.byteLength) {
    const end = at + RECORD_HEAD_BYTES + bytes.readUInt16BE(at);
    entries.push(bytes.subarray(at + RECORD_HEAD_BYTES, end));
    at = end;
  }
  if (entries.length !== count || at !== bytes.byteLength)
    throw new Fault('ledger-damaged', 'a frame whose records do not add up');
  return entries;
}

export function sha256(bytes: Uint8Array): Buffer {
  return hash('sha256', bytes, 'buffer');
}
