/** C2SP tlog-tiles entry bundle: for each entry a big-endian 16-bit length, then its bytes. */
import { Buffer } from 'node:buffer';
import { ENTRY_BYTES_MAX } from './entry.ts';
import { Invalid } from './invalid.ts';
import { TILE_WIDTH } from './tile.ts';

const LENGTH_BYTES = 2;

export function encodeEntryBundle(entries: readonly Uint8Array[]): Uint8Array {
  if (entries.length === 0 || entries.length > TILE_WIDTH)
    throw new Invalid('entry-bundle', `a bundle of ${entries.length} entries`);
  const bytes = Buffer.allocUnsafe(entries.reduce((sum, entry) => sum + LENGTH_BYTES + entry.byteLength, 0));
  let at = 0;
  for (const entry of entries) {
    if (entry.byteLength > ENTRY_BYTES_MAX) throw new Invalid('entry-bundle', `an entry of ${entry.byteLength} bytes`);
    bytes.writeUInt16BE(entry.byteLength, at);
    bytes.set(entry, at + LENGTH_BYTES);
    at += LENGTH_BYTES + entry.byteLength;
  }
  return bytes;
}

/** Views into `bytes`, in order; exactly `width` of them and nothing after. */
export function decodeEntryBundle(bytes: Uint8Array, width: number): readonly Uint8Array[] {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: Uint8Array[] = [];
  let at = 0;
  while (entries.length < width) {
    if (at + LENGTH_BYTES > view.byteLength)
      throw new Invalid('entry-bundle', `the bundle ends before entry ${entries.length} of ${width}`);
    const end = at + LENGTH_BYTES + view.readUInt16BE(at);
    if (end > view.byteLength)
      throw new Invalid('entry-bundle', `the bundle ends inside entry ${entries.length} of ${width}`);
    entries.push(view.subarray(at + LENGTH_BYTES, end));
    at = end;
  }
  if (at !== view.byteLength) throw new Invalid('entry-bundle', `${view.byteLength - at} bytes follow the last entry`);
  return entries;
}
