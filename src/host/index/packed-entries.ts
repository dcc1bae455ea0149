/**
 * Entries in one piece of memory, handed from thread to thread without a copy: for each a big-endian 16-bit length, then its bytes. Thousands of
 * small arrays cost the thread that acknowledges more to send than the entries cost it to write.
 */
import { Buffer } from 'node:buffer';

const LENGTH_BYTES = 2;

/** The result owns its memory, so that it can be transferred. Entries are at most 65,535 bytes, as everywhere. */
export function packEntries(entries: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const sizeBytes = entries.reduce((sum, { byteLength }) => sum + LENGTH_BYTES + byteLength, 0);
  const packed = Buffer.from(new ArrayBuffer(sizeBytes));
  let at = 0;
  for (const entry of entries) {
    at = packed.writeUInt16BE(entry.byteLength, at);
    packed.set(entry, at);
    at += entry.byteLength;
  }
  return packed;
}

/** Views into `packed`, in order. */
export function unpackEntries(packed: Uint8Array): readonly Uint8Array[] {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  const entries: Uint8Array[] = [];
  for (let at = 0; at < bytes.byteLength;) {
    const end = at + LENGTH_BYTES + bytes.readUInt16BE(at);
    entries.push(bytes.subarray(at + LENGTH_BYTES, end));
    at = end;
  }
  return entries;
}
