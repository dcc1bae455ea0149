/**
 * Real media for the demo: clips by ffmpeg where it is present, and otherwise an uncompressed QuickTime file and a DPX
 * sequence written byte by byte; sound as WAV; an edit decision list and a project file.
 */
import { execFileSync } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

const FRAMES = 24;
const WIDTH = 480;
const HEIGHT = 270;
/** Large enough that a throttled transfer is still running when it is cut. */
const LONG_CLIP_BYTES = 192 * 2 ** 20;

export interface Media {
  /** Path beneath `root`, and where in the workspace it goes. */
  readonly files: readonly { readonly path: string; readonly to: string }[];
  readonly longClip: { readonly path: string; readonly to: string; readonly sizeBytes: number };
  readonly madeBy: string;
}

export function makeMedia(root: string): Media {
  const hasFfmpeg = ['/usr/bin/ffmpeg', '/usr/local/bin/ffmpeg'].some((path) => existsSync(path));
  const files = hasFfmpeg
    ? ffmpegClips(root)
    : [write(root, 'reel-01/slate.mov', 'incoming/reel-01/slate.mov', quickTime(noise(WIDTH * HEIGHT * 3)))];
  for (let frame = 1001; frame < 1001 + FRAMES; frame += 1) {
    const name = `plates/sh010.${String(frame).padStart(4, '0')}.dpx`;
    files.push(write(root, name, `incoming/${name}`, dpx(64, 36, frame)));
  }
  files.push(write(root, 'sound/wild-track.wav', 'incoming/sound/wild-track.wav', wav(2)));
  files.push(write(root, 'conform/reel-01.edl', 'incoming/conform/reel-01.edl', Buffer.from(EDL)));
  files.push(
    write(
      root,
      'conform/reel-01.prproj',
      'incoming/conform/reel-01.prproj',
      gzipSync('<?xml version="1.0"?><PremiereData Version="3"/>'),
    ),
  );
  const long = write(
    root,
    'reel-01/full-take.mov',
    'incoming/reel-01/full-take.mov',
    quickTime(noise(LONG_CLIP_BYTES)),
  );
  return {
    files,
    longClip: { ...long, sizeBytes: LONG_CLIP_BYTES },
    madeBy: hasFfmpeg ? 'ffmpeg and our own writers' : 'our own writers (no ffmpeg here)',
  };
}

function ffmpegClips(root: string): { path: string; to: string }[] {
  const clips = [
    { name: 'reel-01/a001-c001.mov', args: ['-c:v', 'mjpeg', '-q:v', '3'] },
    { name: 'reel-01/a001-c002.mp4', args: ['-c:v', 'mpeg4', '-q:v', '4'] },
  ];
  return clips.map(({ name, args }) => {
    const path = join(root, name);
    mkdirSync(dirname(path), { recursive: true });
    const source = `testsrc2=size=${WIDTH}x${HEIGHT}:rate=24:duration=2`;
    execFileSync('ffmpeg', ['-nostdin', '-loglevel', 'error', '-y', '-f', 'lavfi', '-i', source, ...args, path]);
    return { path: name, to: `incoming/${name}` };
  });
}

function write(root: string, path: string, to: string, content: Uint8Array): { path: string; to: string } {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
  return { path, to };
}

function noise(count: number): Buffer {
  return randomFillSync(Buffer.allocUnsafe(count));
}

/** ISO/IEC 14496-12: file type, one media data box, and an empty movie box behind it. */
function quickTime(data: Buffer): Buffer {
  return Buffer.concat([
    box('ftyp', Buffer.from('qt  \0\0\0\0qt  ')),
    box('mdat', data),
    box('moov', box('mvhd', Buffer.alloc(100))),
  ]);
}

function box(type: string, content: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt32BE(content.length + 8, 0);
  header.write(type, 4, 'latin1');
  return Buffer.concat([header, content]);
}

/** SMPTE ST 268: a 2,048-byte header, then 10-bit RGB in 32-bit words. */
function dpx(width: number, height: number, frame: number): Buffer {
  const file = Buffer.alloc(2048 + width * height * 4);
  file.write('SDPX', 0, 'latin1');
  file.writeUInt32BE(2048, 4);
  file.write('V1.0', 8, 'latin1');
  file.writeUInt32BE(file.length, 16);
  file.writeUInt16BE(1, 770);
  file.writeUInt32BE(width, 772);
  file.writeUInt32BE(height, 776);
  file[800] = 50;
  file[803] = 10;
  file.writeUInt32BE(2048, 808);
  for (let pixel = 0; pixel < width * height; pixel += 1)
    file.writeUInt32BE((((pixel * 7 + frame * 13) & 1023) << 22) >>> 0, 2048 + pixel * 4);
  return file;
}

/** RIFF WAVE, 48 kHz, 16 bits, one channel. */
function wav(seconds: number): Buffer {
  const samples = 48_000 * seconds;
  const file = Buffer.alloc(44 + samples * 2);
  file.write('RIFF', 0, 'latin1');
  file.writeUInt32LE(file.length - 8, 4);
  file.write('WAVEfmt ', 8, 'latin1');
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(48_000, 24);
  file.writeUInt32LE(96_000, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36, 'latin1');
  file.writeUInt32LE(samples * 2, 40);
  for (let i = 0; i < samples; i += 1)
    file.writeInt16LE(Math.round(8000 * Math.sin((i * 2 * Math.PI * 440) / 48_000)), 44 + i * 2);
  return file;
}

const EDL = `TITLE: REEL 01
FCM: NON-DROP FRAME

001  A001     V     C        01:00:00:00 01:00:02:00 00:00:00:00 00:00:02:00
* FROM CLIP NAME: A001-C001
`;
