/** Real pictures and sound, as ffmpeg writes them: small, and every frame there. */
import { execFileSync } from 'node:child_process';
import { readFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const FILM_FRAMES = 12;
export const SEQUENCE_FRAMES = 8;

const CODECS: Readonly<Record<string, readonly string[]>> = {
  '.mov': ['-c:v', 'mpeg4'],
  '.mp4': ['-c:v', 'mpeg4', '-movflags', '+faststart'],
  '.mxf': ['-c:v', 'mpeg2video', '-pix_fmt', 'yuv422p'],
  '.mkv': ['-c:v', 'ffv1'],
  '.avi': ['-c:v', 'mpeg4'],
};

/** Films with `FILM_FRAMES` frames; what each is follows from its name. */
export function makeFilms(...paths: readonly string[]): void {
  const frames = ['-frames:v', String(FILM_FRAMES)];
  const outputs = paths.flatMap((path) => [...frames, ...(CODECS[path.slice(path.lastIndexOf('.'))] ?? []), path]);
  ffmpeg(['-f', 'lavfi', '-i', 'testsrc=size=128x96:rate=24', ...outputs]);
}

export function makeSound(...paths: readonly string[]): void {
  ffmpeg(['-f', 'lavfi', '-i', 'sine=duration=1', ...paths]);
}

/** `SEQUENCE_FRAMES` frames each; a pattern is `folder/shot.%04d.exr`. They are numbered from 1001. */
export function makeSequences(...patterns: readonly string[]): void {
  const frames = ['-frames:v', String(SEQUENCE_FRAMES), '-start_number', '1001'];
  ffmpeg(['-f', 'lavfi', '-i', 'testsrc=size=64x48:rate=24', ...patterns.flatMap((one) => [...frames, one])]);
}

let film: Buffer | undefined;

/** The bytes of one small film. */
export function filmBytes(): Buffer {
  if (film !== undefined) return film;
  const folder = mkdtempSync(join(tmpdir(), 'picturelock-film-'));
  try {
    makeFilms(join(folder, 'film.mov'));
    film = readFileSync(join(folder, 'film.mov'));
    return film;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function ffmpeg(args: readonly string[]): void {
  execFileSync('ffmpeg', ['-v', 'error', '-y', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
}
