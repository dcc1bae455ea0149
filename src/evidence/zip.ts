/**
 * The one way a bundle is zipped: stored (what is inside is text and hashes, and proofs are read more often than sent), no extra
 * fields, every date 1980-01-01, names ascending. Same files, same bytes; the verifier accepts exactly this form.
 *
 *   local header (30 bytes + name), data, …, central header (46 bytes + name), …, end record (22 bytes)
 */
import { Buffer } from 'node:buffer';
import { Fault } from '#std/refused.ts';

const VERSION = 20;
const DATE_1980_01_01 = 0x21;
const LOCAL_HEADER = 0x04034b50;
const CENTRAL_HEADER = 0x02014b50;
const END_RECORD = 0x06054b50;
const ZIP_BYTES_MAX = 2 ** 32 - 1;
const FILES_MAX = 65_534;
const NAME = /^[A-Za-z0-9._/-]{1,200}$/;

export function zipBundle(files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const names = [...files.keys()].sort();
  if (names.length > FILES_MAX || names.some((name) => !NAME.test(name)))
    throw new Fault('bundle-names', 'a bundle with too many files or odd names');
  const [body, directory] = [[] as Uint8Array[], [] as Uint8Array[]];
  let offset = 0;
  for (const name of names) {
    const data = files.get(name) ?? new Uint8Array(0);
    const fields = commonFields(name, crc32(data), data.byteLength);
    const local = Buffer.concat([u32(LOCAL_HEADER), fields, Buffer.from(name, 'latin1')]);
    // After the fields both headers share, the central one has comment, disk, attributes (all zero) and the offset.
    directory.push(
      u32(CENTRAL_HEADER),
      u16(VERSION),
      fields,
      Buffer.alloc(10),
      u32(offset),
      Buffer.from(name, 'latin1'),
    );
    body.push(local, data);
    offset += local.byteLength + data.byteLength;
    if (offset > ZIP_BYTES_MAX) throw new Fault('bundle-too-large', 'This bundle would be larger than 4 GiB.');
  }
  const central = Buffer.concat(directory);
  const end = [
    u32(END_RECORD),
    u32(0),
    u16(names.length),
    u16(names.length),
    u32(central.byteLength),
    u32(offset),
    u16(0),
  ];
  return Buffer.concat([...body, central, ...end]);
}

/** Version, flags, method, time, date, checksum, two sizes, name length, extra length. */
function commonFields(name: string, checksum: number, sizeBytes: number): Buffer {
  return Buffer.concat([
    u16(VERSION),
    u16(0),
    u16(0),
    u16(0),
    u16(DATE_1980_01_01),
    u32(checksum),
    u32(sizeBytes),
    u32(sizeBytes),
    u16(name.length),
    u16(0),
  ]);
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** Eight tables: table k advances the checksum by k further zero bytes, so eight bytes take one step. */
const TABLES = crcTables();

function crcTables(): readonly Uint32Array[] {
  const first = new Uint32Array(256);
  for (let n = 0; n < 256; n += 1) {
    let c = n;
    for (let bit = 0; bit < 8; bit += 1) c = (c & 1) === 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    first[n] = c;
  }
  const tables = [first];
  for (let k = 1; k < 8; k += 1) {
    const before = tables[k - 1] ?? first;
    tables.push(before.map((c) => (first[c & 0xff] ?? 0) ^ (c >>> 8)));
  }
  return tables;
}

/** CRC-32 as zip has it (reflected 0x04c11db7). */
export function crc32(bytes: Uint8Array): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = TABLES as readonly [
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
  ]; // eight, made above
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const whole = bytes.byteLength - (bytes.byteLength % 8);
  let crc = 0xffffffff;
  for (let at = 0; at < whole; at += 8) {
    const low = view.getUint32(at, true) ^ crc;
    const high = view.getUint32(at + 4, true);
    crc =
      (t7[low & 0xff] ?? 0) ^
      (t6[(low >>> 8) & 0xff] ?? 0) ^
      (t5[(low >>> 16) & 0xff] ?? 0) ^
      (t4[low >>> 24] ?? 0) ^
      (t3[high & 0xff] ?? 0) ^
      (t2[(high >>> 8) & 0xff] ?? 0) ^
      (t1[(high >>> 16) & 0xff] ?? 0) ^
      (t0[high >>> 24] ?? 0);
  }
  for (let at = whole; at < bytes.byteLength; at += 1) crc = (t0[(crc ^ (bytes[at] ?? 0)) & 0xff] ?? 0) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
