/**
 * Real media for the demo: clips by ffmpeg where it is present, and otherwise by the example's own writers, as its frames, sound, edit
 * decision list and project file are.
 */
import { execFileSync } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { clip, dpx, edl, premiereProject, wav } from '../../src/host/process/example-media.ts';

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
    : [write(root, 'reel-01/slate.mov', 'incoming/reel-01/slate.mov', clip(0.58))];
  for (let frame = 1001; frame < 1001 + FRAMES; frame += 1) {
    const name = `plates/sh010.${String(frame).padStart(4, '0')}.dpx`;
    files.push(write(root, name, `incoming/${name}`, dpx(64, 36, frame)));
  }
  files.push(write(root, 'sound/wild-track.wav', 'incoming/sound/wild-track.wav', wav(2)));
  files.push(
    write(root, 'conform/reel-01.edl', 'incoming/conform/reel-01.edl', edl('REEL 01', ['A001_C001', 'A001_C002'])),
  );
  files.push(write(root, 'conform/reel-01.prproj', 'incoming/conform/reel-01.prproj', premiereProject()));
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
