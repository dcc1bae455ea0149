/**
 * Small real media, written byte by byte, so that the example facility and the demo need no other program: a QuickTime clip of uncompressed
 * frames that any player opens, DPX frames, a WAV, an edit decision list. What is in them is made up.
 */
import { Buffer } from 'node:buffer';
import { crc32, deflateSync, gzipSync } from 'node:zlib';

const WIDTH = 128;
const HEIGHT = 72;
const FRAMES_PER_SECOND = 24;
const SAMPLES_PER_SECOND = 48_000;

/** A second of a bar that moves over a wash of one colour. `hue` in 0..1 tells clips apart. */
export function clip(hue: number, seconds = 1): Buffer {
  const count = FRAMES_PER_SECOND * seconds;
  const frames = Buffer.concat(Array.from({ length: count }, (_, index) => frame(hue, index / count)));
  const start = box('ftyp', ascii('qt  \0\0\0\0qt  '));
  return Buffer.concat([start, box('mdat', frames), movie(count, start.length + 8)]);
}

/** 24-bit RGB, row by row. */
function frame(hue: number, phase: number): Buffer {
  const pixels = Buffer.alloc(WIDTH * HEIGHT * 3);
  const bar = Math.floor(phase * WIDTH);
  for (let y = 0; y < HEIGHT; y += 1)
    for (let x = 0; x < WIDTH; x += 1) {
      const light = (x - bar + WIDTH) % WIDTH < 6 ? 235 : 30 + (y / HEIGHT) * 120;
      const at = (y * WIDTH + x) * 3;
      for (let channel = 0; channel < 3; channel += 1)
        pixels[at + channel] = Math.round(light * (0.55 + 0.45 * Math.cos(2 * Math.PI * (hue + channel / 3))));
    }
  return pixels;
}

/** ISO/IEC 14496-12 and the QuickTime file format: one track of uncompressed frames, all in one chunk at `offset`. */
function movie(count: number, offset: number): Buffer {
  const duration = u32(count);
  const scale = u32(FRAMES_PER_SECOND);
  const matrix = u32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000);
  const header = box(
    'mvhd',
    u32(0, 0, 0),
    scale,
    duration,
    u32(0x10000),
    u16(0x100),
    zeros(10),
    matrix,
    zeros(24),
    u32(2),
  );
  const size = u32(WIDTH << 16, HEIGHT << 16);
  const track = box('tkhd', u32(7, 0, 0, 1, 0), duration, zeros(8), u16(0, 0, 0, 0), matrix, size);
  const picture = Buffer.concat([zeros(6), u16(1, 0, 0), zeros(12), u16(WIDTH, HEIGHT), u32(0x480000, 0x480000, 0)]);
  const format = box('raw ', picture, u16(1), zeros(32), u16(24, 0xffff));
  const table = box(
    'stbl',
    box('stsd', u32(0, 1), format),
    box('stts', u32(0, 1, count, 1)),
    box('stsc', u32(0, 1, 1, count, 1)),
    box('stsz', u32(0, WIDTH * HEIGHT * 3, count)),
    box('stco', u32(0, 1, offset)),
  );
  const here = box('dinf', box('dref', u32(0, 1), box('url ', u32(1))));
  const media = box(
    'mdia',
    box('mdhd', u32(0, 0, 0), scale, duration, u16(0, 0)),
    box('hdlr', u32(0), ascii('mhlrvide'), zeros(12), ascii('\0')),
    box('minf', box('vmhd', u32(1), zeros(8)), here, table),
  );
  return box('moov', header, box('trak', track, media));
}

function box(type: string, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([u32(content.length + 8), ascii(type), content]);
}

function u32(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value >>> 0, index * 4);
  return bytes;
}

function u16(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  for (const [index, value] of values.entries()) bytes.writeUInt16BE(value, index * 2);
  return bytes;
}

function zeros(count: number): Buffer {
  return Buffer.alloc(count);
}

function ascii(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

/** SMPTE ST 268: a 2,048-byte header, then 10-bit RGB in 32-bit words. */
export function dpx(width: number, height: number, number: number): Buffer {
  const file = Buffer.alloc(2048 + width * height * 4);
  file.write('SDPX', 0, 'latin1');
  file.writeUInt32BE(2048, 4);
  file.write('V1.0', 8, 'latin1');
  file.writeUInt32BE(file.length, 16);
  file.writeUInt32BE(0xffffffff, 660); // not encrypted
  file.writeUInt16BE(1, 770);
  file.writeUInt32BE(width, 772);
  file.writeUInt32BE(height, 776);
  file[800] = 50;
  file[803] = 10;
  file.writeUInt16BE(1, 804);
  file.writeUInt32BE(2048, 808);
  for (let pixel = 0; pixel < width * height; pixel += 1)
    file.writeUInt32BE((((pixel * 7 + number * 13) & 1023) << 22) >>> 0, 2048 + pixel * 4);
  return file;
}

/** RIFF WAVE, 48 kHz, 16 bits, one channel: a tone of `hertz`. */
export function wav(seconds: number, hertz = 440): Buffer {
  const samples = SAMPLES_PER_SECOND * seconds;
  const file = Buffer.alloc(44 + samples * 2);
  file.write('RIFF', 0, 'latin1');
  file.writeUInt32LE(file.length - 8, 4);
  file.write('WAVEfmt ', 8, 'latin1');
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(SAMPLES_PER_SECOND, 24);
  file.writeUInt32LE(SAMPLES_PER_SECOND * 2, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36, 'latin1');
  file.writeUInt32LE(samples * 2, 40);
  for (let i = 0; i < samples; i += 1)
    file.writeInt16LE(Math.round(8000 * Math.sin((i * 2 * Math.PI * hertz) / SAMPLES_PER_SECOND)), 44 + i * 2);
  return file;
}

/** CMX 3600, one event of a second for each clip. */
export function edl(title: string, clips: readonly string[]): Buffer {
  const events = clips.map((name, index) => {
    const [from, to] = [index, index + 1].map((second) => `00:00:${String(second).padStart(2, '0')}:00`);
    const number = String(index + 1).padStart(3, '0');
    return `${number}  ${name.slice(0, 4).padEnd(8)} V     C        01:00:00:00 01:00:01:00 ${from} ${to}\n* FROM CLIP NAME: ${name}\n`;
  });
  return Buffer.from(`TITLE: ${title}\nFCM: NON-DROP FRAME\n\n${events.join('\n')}`);
}

/** The outer shape of a Premiere project: gzipped XML. */
export function premiereProject(): Buffer {
  return gzipSync('<?xml version="1.0"?><PremiereData Version="3"/>');
}

/** A still of one colour, as a grader leaves it beside a reel. */
export function png(hue: number): Buffer {
  const rows = Buffer.concat(
    Array.from({ length: HEIGHT }, (_, y) =>
      Buffer.concat([zeros(1), frame(hue, 0.5).subarray(y * WIDTH * 3, (y + 1) * WIDTH * 3)]),
    ),
  );
  const header = Buffer.concat([u32(WIDTH, HEIGHT), Buffer.from([8, 2, 0, 0, 0])]);
  const chunks = [chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND', zeros(0))];
  return Buffer.concat([Buffer.from([0x89]), ascii('PNG\r\n\x1a\n'), ...chunks]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([ascii(type), data]);
  return Buffer.concat([u32(data.length), body, u32(crc32(body))]);
}
