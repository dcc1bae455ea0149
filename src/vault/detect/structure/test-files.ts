/** Small files of each kind, made by hand: whole, so that whatever is done to them is what a test did. */
import { crc32, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';

/** Bytes that repeat late and are no format's marks. */
function filler(length: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, i) => (i * 7 + (i >> 5)) % 200));
}

function box(name: string, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(body.length + 8);
  head.write(name, 4, 'latin1');
  return Buffer.concat([head, body]);
}

function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, i) => bytes.writeUInt32BE(value, i * 4));
  return bytes;
}

/** Samples of `avc1`: each of two units behind their lengths. */
function movie(samples: number): Buffer {
  const unit = Buffer.concat([words(5000), Buffer.from([0x65]), filler(4999)]);
  const sample = Buffer.concat([unit, unit]);
  const head = box('ftyp', Buffer.from('isomiso2'));
  const description = Buffer.concat([words(0, 1, 16), Buffer.from('avc1'), words(0)]);
  const table = box(
    'stbl',
    box('stsd', description),
    box('stsz', words(0, 0, samples, ...Array.from({ length: samples }, () => sample.length))),
    box('stco', words(0, 1, head.length + 8)),
    box('stsc', words(0, 1, 1, samples, 1)),
  );
  const data = box('mdat', ...Array.from({ length: samples }, () => sample));
  return Buffer.concat([head, data, box('moov', box('trak', box('mdia', box('minf', table))))]);
}

function mxf(elements: number): Buffer {
  const label = (tail: readonly number[]): Buffer => Buffer.from([0x06, 0x0e, 0x2b, 0x34, ...tail]);
  const klv = (key: Buffer, value: Buffer): Buffer => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(value.length);
    length[0] = 0x83;
    return Buffer.concat([key, length, value]);
  };
  const header = klv(label([2, 5, 1, 1, 13, 1, 2, 1, 1, 2, 4, 0]), filler(200));
  const picture = Buffer.concat([Buffer.from([0, 0, 2, 0x80]), filler(3000)]);
  const frame = klv(label([1, 2, 1, 1, 13, 1, 3, 1, 21, 1, 5, 1]), picture);
  return Buffer.concat([header, ...Array.from({ length: elements }, () => frame)]);
}

function exr(lines: number): Buffer {
  const attribute = (name: string, type: string, value: Buffer): Buffer => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(value.length);
    return Buffer.concat([Buffer.from(`${name}\0${type}\0`), length, value]);
  };
  const box = Buffer.alloc(16);
  box.writeInt32LE(63, 8);
  box.writeInt32LE(lines - 1, 12);
  const header = Buffer.concat([
    Buffer.from([0x76, 0x2f, 0x31, 1, 2, 0, 0, 0]),
    attribute('compression', 'compression', Buffer.from([2])),
    attribute('dataWindow', 'box2i', box),
    Buffer.from([0]),
  ]);
  const [offsets, blocks]: [Buffer, Buffer[]] = [Buffer.alloc(lines * 8), []];
  let at = header.length + offsets.length;
  for (let line = 0; line < lines; line += 1) {
    const body = deflateSync(filler(600));
    const head = Buffer.alloc(8);
    head.writeInt32LE(line, 0);
    head.writeUInt32LE(body.length, 4);
    offsets.writeBigUInt64LE(BigInt(at), line * 8);
    blocks.push(head, body);
    at += 8 + body.length;
  }
  return Buffer.concat([header, offsets, ...blocks]);
}

function png(): Buffer {
  const chunk = (name: string, body: Buffer): Buffer => {
    const named = Buffer.concat([Buffer.from(name), body]);
    return Buffer.concat([words(body.length), named, words(crc32(named))]);
  };
  const magic = Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]);
  return Buffer.concat([magic, chunk('IHDR', filler(13)), chunk('IDAT', filler(6000)), chunk('IEND', Buffer.alloc(0))]);
}

function jpeg(): Buffer {
  const table = Buffer.concat([Buffer.from([0xff, 0xdb, 0, 67]), Buffer.alloc(65, 1)]);
  const scan = Buffer.concat([
    Buffer.from([0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0]),
    filler(6000),
    Buffer.from([0xff, 0, 0xff, 0xd0]),
  ]);
  return Buffer.concat([Buffer.from([0xff, 0xd8]), table, scan, filler(2000), Buffer.from([0xff, 0xd9])]);
}

function jpeg2000(): Buffer {
  const part = Buffer.concat([Buffer.from([0xff, 0x93]), filler(6000), Buffer.from([0xff, 0x8f, 0])]);
  const tile = Buffer.alloc(12);
  tile.writeUInt16BE(0xff90, 0);
  tile.writeUInt16BE(10, 2);
  tile.writeUInt32BE(part.length + 12, 6);
  const size = Buffer.from([0xff, 0x51, 0, 6, 1, 2, 3, 4]);
  return Buffer.concat([Buffer.from([0xff, 0x4f]), size, tile, part, Buffer.from([0xff, 0xd9])]);
}

function wav(): Buffer {
  const chunk = (name: string, body: Buffer): Buffer => {
    const head = Buffer.alloc(8);
    head.write(name, 'latin1');
    head.writeUInt32LE(body.length, 4);
    return Buffer.concat([head, body]);
  };
  return chunk(
    'RIFF',
    Buffer.concat([
      Buffer.from('WAVE'),
      chunk('fmt ', filler(16)),
      chunk('data', filler(6000)),
      chunk('LIST', filler(40)),
    ]),
  );
}

function dpx(): Buffer {
  const header = Buffer.alloc(2048);
  header.write('SDPX', 0);
  header.writeUInt32BE(2048, 4);
  header.write('V2.0', 8);
  header.writeUInt32BE(2048 + 6000, 16);
  header.writeUInt16BE(1, 770);
  header.writeUInt32BE(50, 772);
  header.writeUInt32BE(40, 776);
  return Buffer.concat([header, filler(6000)]);
}

/** The directory comes behind the picture, as most programs write it. */
function tiff(): Buffer {
  const head = Buffer.from([0x49, 0x49, 42, 0, 0, 0, 0, 0]);
  head.writeUInt32LE(8 + 6000, 4);
  const directory = Buffer.alloc(2 + 2 * 12 + 4);
  directory.writeUInt16LE(2, 0);
  [
    [273, 8],
    [279, 6000],
  ].forEach(([tag = 0, value = 0], i) => {
    directory.writeUInt16LE(tag, 2 + i * 12);
    directory.writeUInt16LE(4, 4 + i * 12);
    directory.writeUInt32LE(1, 6 + i * 12);
    directory.writeUInt32LE(value, 10 + i * 12);
  });
  return Buffer.concat([head, filler(6000), directory]);
}

function matroska(): Buffer {
  const element = (id: readonly number[], body: Buffer): Buffer => {
    const length = words(body.length);
    length[0] = 0x10;
    return Buffer.concat([Buffer.from(id), length, body]);
  };
  const block = element([0xa3], filler(3000));
  const cluster = element([0x1f, 0x43, 0xb6, 0x75], Buffer.concat([element([0xe7], filler(1)), block, block]));
  const segment = element(
    [0x18, 0x53, 0x80, 0x67],
    Buffer.concat([element([0x15, 0x49, 0xa9, 0x66], filler(60)), cluster, cluster]),
  );
  return Buffer.concat([element([0x1a, 0x45, 0xdf, 0xa3], filler(20)), segment]);
}

function zip(): Buffer {
  const [name, plain] = [Buffer.from('cut.xml'), filler(9000)];
  const packed = deflateRawSync(plain);
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(20, 0);
  fields.writeUInt16LE(8, 4);
  fields.writeUInt32LE(crc32(plain), 10);
  fields.writeUInt32LE(packed.length, 14);
  fields.writeUInt32LE(plain.length, 18);
  fields.writeUInt16LE(name.length, 22);
  const local = Buffer.concat([Buffer.from('PK\x03\x04'), fields, name, packed]);
  const directory = Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), fields, Buffer.alloc(14), name]);
  const trailer = Buffer.alloc(18);
  trailer.writeUInt16LE(1, 4);
  trailer.writeUInt16LE(1, 6);
  trailer.writeUInt32LE(directory.length, 8);
  trailer.writeUInt32LE(local.length, 12);
  return Buffer.concat([local, directory, Buffer.from('PK\x05\x06'), trailer]);
}

export function xml(clips = 200): Buffer {
  const lines = Array.from({ length: clips }, (_, i) => `<clip name="A${i}" note="1 > 0"><in>${i * 24}</in></clip>`);
  return Buffer.from(`<?xml version="1.0"?>\n<!-- a <cut> -->\n<cut>\n${lines.join('\n')}\n</cut>\n`);
}

export const TEST_FILES: readonly (readonly [ending: string, kind: string, bytes: Buffer])[] = [
  ['mp4', 'h264.mov', movie(8)],
  ['mxf', 'vc3.mxf', mxf(8)],
  ['exr', 'zips.exr', exr(64)],
  ['png', 'png', png()],
  ['jpg', 'jpeg', jpeg()],
  ['j2c', 'j2k', jpeg2000()],
  ['wav', 'wav', wav()],
  ['dpx', 'dpx', dpx()],
  ['tif', 'tiff', tiff()],
  ['mkv', 'mkv', matroska()],
  ['gz', 'gzip', gzipSync(filler(9000))],
  ['zip', 'zip', zip()],
  ['fcpxml', 'xml', xml()],
  ['edl', 'text', Buffer.from('TITLE: REEL é\n'.repeat(300))],
];
