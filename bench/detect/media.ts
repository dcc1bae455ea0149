/**
 * Files of a post house as its own tools write them: made by ffmpeg of a noisy moving picture, each take of a seed. The picture is synthetic;
 * containers and codecs are the real ones, but for camera raw, of which no free encoder exists.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateRawSync, gzipSync } from 'node:zlib';
import { draws } from './draws.ts';

export interface Format {
  readonly name: string;
  /** What its files' names end in. */
  readonly ending: string;
  /** A file of this format; another seed is another take. */
  make(seed: number, folder: string): Buffer;
}

function picture(seed: number, size: string, frames: number): readonly string[] {
  const filter = `testsrc2=s=${size}:r=24,hue=h=${(seed * 37) % 360},noise=alls=14:allf=t:all_seed=${seed + 1}`;
  return ['-f', 'lavfi', '-i', filter, '-frames:v', String(frames)];
}

function sound(seed: number): readonly string[] {
  return ['-f', 'lavfi', '-i', `anoisesrc=seed=${seed + 1}:color=pink:r=48000:d=2:a=0.3`];
}

function encoded(seed: number, folder: string, ending: string, args: readonly string[]): Buffer {
  const path = join(folder, `take-${seed}.${ending}`);
  const quiet = ['-hide_banner', '-loglevel', 'error', '-nostdin', '-y', '-threads', '1'];
  execFileSync('nice', ['-n', '10', 'ffmpeg', ...quiet, ...args, path], { stdio: ['ignore', 'ignore', 'inherit'] });
  const bytes = readFileSync(path);
  rmSync(path);
  return bytes;
}

function filmed(name: string, ending: string, size: string, frames: number, codec: string): Format {
  return {
    name,
    ending,
    make: (seed, folder) => encoded(seed, folder, ending, [...picture(seed, size, frames), ...codec.split(' ')]),
  };
}

const MOVIES: readonly Format[] = [
  filmed('ProRes HQ', 'mov', '640x360', 24, '-c:v prores_ks -profile:v 3'),
  filmed('DNxHR HQX', 'mxf', '640x360', 24, '-c:v dnxhd -profile:v dnxhr_hqx -pix_fmt yuv422p10le'),
  filmed('XDCAM MPEG-2', 'mxf', '1280x720', 24, '-c:v mpeg2video -pix_fmt yuv422p -b:v 30M -g 12 -bf 2'),
  filmed('v210', 'mov', '640x360', 4, '-c:v v210'),
  filmed('H.264', 'mp4', '640x360', 48, '-c:v libx264 -preset veryfast -pix_fmt yuv420p -crf 14'),
  filmed(
    'H.265',
    'mp4',
    '640x360',
    36,
    '-c:v libx265 -preset ultrafast -crf 16 -x265-params log-level=error -tag:v hvc1',
  ),
  filmed('FFV1', 'mkv', '640x360', 8, '-c:v ffv1 -level 3 -slicecrc 1'),
];

const STILLS: readonly Format[] = [
  filmed('DPX 10 bit', 'dpx', '960x540', 1, '-pix_fmt gbrp10be'),
  filmed('EXR half', 'exr', '640x360', 1, '-compression none -format half -pix_fmt gbrpf32le'),
  filmed('EXR half, zip', 'exr', '960x540', 1, '-compression zip16 -format half -pix_fmt gbrpf32le'),
  filmed('TIFF 16 bit', 'tif', '640x360', 1, '-pix_fmt rgb48le -compression_algo raw'),
  filmed('JPEG', 'jpg', '1920x1080', 1, '-q:v 2 -pix_fmt yuvj422p'),
  filmed('PNG', 'png', '960x540', 1, '-pix_fmt rgb24'),
  filmed('JPEG 2000', 'jp2', '960x540', 1, '-c:v jpeg2000 -pix_fmt rgb24'),
];

const SOUNDS: readonly Format[] = [
  {
    name: 'WAV 24 bit',
    ending: 'wav',
    make: (seed, folder) => encoded(seed, folder, 'wav', [...sound(seed), '-c:a', 'pcm_s24le']),
  },
  {
    name: 'AAC',
    ending: 'm4a',
    make: (seed, folder) => encoded(seed, folder, 'm4a', [...sound(seed), '-c:a', 'aac', '-b:a', '256k']),
  },
];

const PAPERS: readonly Format[] = [
  { name: 'XML', ending: 'fcpxml', make: (seed) => timeline(seed, 900) },
  { name: 'EDL', ending: 'edl', make: (seed) => edl(seed, 400) },
  { name: 'project, gzip', ending: 'prproj', make: (seed) => gzipSync(timeline(seed, 6000)) },
  {
    name: 'zip',
    ending: 'zip',
    make: (seed) => zipped(['cut.fcpxml', 'notes.edl'].map((name, i) => [name, timeline(seed + i, 3000)])),
  },
];

export const FORMATS: readonly Format[] = [...MOVIES, ...STILLS, ...SOUNDS, ...PAPERS];

export function formatNamed(name: string): Format {
  const format = FORMATS.find((one) => one.name === name);
  if (format === undefined) throw new Error(`no format ${name}`);
  return format;
}

/** Frames of one shot: the same camera, so that neighbours look alike and none is the same. */
export function makeFrames(seed: number, folder: string, ending: 'exr' | 'dpx', count: number): readonly Buffer[] {
  const into = join(folder, `frames-${seed}`);
  mkdirSync(into);
  const codec = ending === 'exr' ? '-compression zip16 -format half -pix_fmt gbrpf32le' : '-pix_fmt gbrp10be';
  encodedFrames(into, [...picture(seed, '320x180', count), ...codec.split(' '), join(into, `f.%04d.${ending}`)]);
  const frames = readdirSync(into)
    .sort()
    .map((name) => readFileSync(join(into, name)));
  rmSync(into, { recursive: true });
  return frames;
}

function encodedFrames(folder: string, args: readonly string[]): void {
  const quiet = ['-hide_banner', '-loglevel', 'error', '-nostdin', '-y', '-threads', '1'];
  execFileSync('nice', ['-n', '10', 'ffmpeg', ...quiet, ...args], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

export function timeline(seed: number, clips: number): Buffer {
  const draw = draws(`timeline ${seed}`);
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<fcpxml version="1.10">',
    '<project name="Reel é">',
    '<spine>',
  ];
  for (let i = 0; i < clips; i += 1) {
    lines.push(
      `<clip name="A${draw(1000)}_C${draw(100)}" offset="${draw(90_000)}/24s" duration="${draw(400)}/24s"><note>${draw(1e9)}</note></clip>`,
    );
  }
  return Buffer.from([...lines, '</spine>', '</project>', '</fcpxml>', ''].join('\n'));
}

export function edl(seed: number, events: number): Buffer {
  const draw = draws(`edl ${seed}`);
  const lines = ['TITLE: REEL 1', 'FCM: NON-DROP FRAME', ''];
  for (let i = 1; i <= events; i += 1) {
    lines.push(
      `${String(i).padStart(3, '0')}  A${draw(999)} V     C        01:00:${draw(60)}:${draw(24)} 01:01:${draw(60)}:${draw(24)}`,
    );
    lines.push(`* FROM CLIP NAME: SH${draw(9999)}`);
  }
  return Buffer.from(lines.join('\n'));
}

/** A zip file: local entries, directory, trailer. With `secret`, what an AES zip looks like from outside: entries marked as encrypted. */
export function zipped(files: readonly (readonly [name: string, bytes: Buffer])[], isSecret = false): Buffer {
  const [bodies, directory]: [Buffer[], Buffer[]] = [[], []];
  let at = 0;
  for (const [name, bytes] of files) {
    const packed = isSecret ? bytes : deflateRawSync(bytes);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(isSecret ? 1 : 0, 2);
    fields.writeUInt16LE(isSecret ? 99 : 8, 4);
    fields.writeUInt32LE(crc32(bytes), 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(bytes.length, 18);
    fields.writeUInt16LE(name.length, 22);
    const body = Buffer.concat([Buffer.from('PK\x03\x04'), fields, Buffer.from(name), packed]);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(at, 10);
    directory.push(Buffer.from('PK\x01\x02\x14\x00'), fields, place, Buffer.from(name));
    bodies.push(body);
    at += body.length;
  }
  const listed = Buffer.concat(directory);
  const trailer = Buffer.alloc(18);
  trailer.writeUInt16LE(files.length, 4);
  trailer.writeUInt16LE(files.length, 6);
  trailer.writeUInt32LE(listed.length, 8);
  trailer.writeUInt32LE(at, 12);
  return Buffer.concat([...bodies, listed, Buffer.from('PK\x05\x06'), trailer]);
}
