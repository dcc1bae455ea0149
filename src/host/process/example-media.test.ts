/** What the example is made of is media to programs that we did not write. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clip, dpx, edl, png, premiereProject, wav } from './example-media.ts';
import { recognise } from '#gates/files/file-types.ts';
import { isRefused } from '#std/refused.ts';

const FFMPEG = '/usr/bin/ffmpeg';
const MEDIA = {
  'a.mov': clip(0.3),
  'a.1001.dpx': dpx(64, 36, 1001),
  'a.wav': wav(1),
  'a.png': png(0.6),
  'a.edl': edl('REEL 01', ['A001_C001', 'A001_C002']),
  'a.prproj': premiereProject(),
} as const;

test('every file is what its name says', () => {
  for (const [name, bytes] of Object.entries(MEDIA)) assert.ok(!isRefused(recognise(name, bytes, [])), name);
});

test('ffmpeg decodes pictures and sound without a word', { skip: !existsSync(FFMPEG) && 'no ffmpeg here' }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'picturelock-media-'));
  for (const name of ['a.mov', 'a.1001.dpx', 'a.wav', 'a.png'] as const) {
    writeFileSync(join(folder, name), MEDIA[name]);
    const args = ['-nostdin', '-v', 'warning', '-xerror', '-i', join(folder, name), '-f', 'null', '-'];
    const done = spawnSync(FFMPEG, args, { encoding: 'utf8' });
    // One channel is always a guess where a WAV does not say which.
    const said = done.stderr.replace(/^Guessed Channel Layout.*\n/, '');
    assert.deepEqual([done.status, said], [0, ''], name);
  }
  rmSync(folder, { recursive: true });
});

test('clips of different colours differ, and a longer one has more frames', () => {
  assert.notDeepEqual(clip(0.1), clip(0.6));
  assert.ok(clip(0.1, 2).length > 1.9 * clip(0.1).length);
});
