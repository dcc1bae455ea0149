/** What a drill says of restored media: films and sequences that ffmpeg made, whole, cut off, emptied, and not media at all. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FILM_FRAMES, makeFilms, makeSequences, makeSound } from './pictures.ts';
import type { RestoredRow } from '#host/backup/job.ts';
import { CHECKED_MAX, checkMedia } from '#host/backup/media-check.ts';
import { openWalls } from '#host/walls/walls.ts';
import type { Walls } from '#host/walls/walls.ts';
import { walkStructure } from '#vault/detect/structure/walk-structure.ts';
import { bytesSource } from '#vault/detect/structure/byte-source.ts';

const root = mkdtempSync(join(tmpdir(), 'picturelock-media-'));
after(() => rmSync(root, { recursive: true }));

let walls: Walls;
before(async () => void (walls = await openWalls(join(root, 'walls'))));

const at = (name: string): string => join(root, name);
const FILMS = ['a.mov', 'b.mp4', 'c.mxf', 'd.mkv', 'e.avi'];

function rowOf(name: string, sealedAs?: RestoredRow['sealedAs']): RestoredRow {
  const row = { path: name, size: statSync(at(name)).size, pieces: [] };
  return sealedAs === undefined ? { row, root } : { row, root, sealedAs };
}

/** As it was when it was backed up. */
function looked(name: string): NonNullable<RestoredRow['sealedAs']> {
  const { kind, verdict } = walkStructure(bytesSource(readFileSync(at(name))));
  return { kind, verdict };
}

function cut(name: string): string {
  const short = `cut-${name}`;
  copyFileSync(at(name), at(short));
  truncateSync(at(short), Math.floor(statSync(at(name)).size * 0.6));
  return short;
}

async function why(name: string, sealedAs?: RestoredRow['sealedAs']): Promise<string> {
  const { failures } = await checkMedia([rowOf(name, sealedAs)], 'seed', walls);
  return failures.map((failure) => failure.why).join();
}

test('films open and have their frames; each that is cut off fails and says what is missing', async () => {
  makeFilms(...FILMS.map(at));
  const whole = await checkMedia(
    FILMS.map((name) => rowOf(name)),
    'seed',
    walls,
  );
  assert.deepEqual([whole.opened, whole.wrongFrames, whole.skipped], [FILMS.length, 0, 0], JSON.stringify(whole));
  assert.match(whole.tool ?? '', /^ffprobe \d/);
  assert.match(await why(cut('a.mov')), /^it does not open: moov atom not found/);
  const rows = FILMS.slice(1).map((name) => rowOf(cut(name)));
  const { failures } = await checkMedia(rows, 'seed', walls);
  assert.equal(failures.length, rows.length);
  for (const failure of failures) {
    const said = /^it has (\d+) frames, and says (\d+)$/.exec(failure.why);
    assert.ok(
      said !== null && Number(said[1]) < FILM_FRAMES && Number(said[2]) === FILM_FRAMES,
      JSON.stringify(failure),
    );
  }
});

test('sound opens, and is cut off when it ends before its own length', async () => {
  makeSound(at('a.wav'), at('b.aif'));
  assert.equal((await checkMedia([rowOf('a.wav'), rowOf('b.aif')], 'seed', walls)).opened, 2);
  assert.match(await why(cut('a.wav')), /^it is cut off/);
});

test('frames of a sequence are walked to their end', async () => {
  makeSequences(at('shot.%04d.dpx'), at('shot.%04d.exr'));
  for (const kind of ['dpx', 'exr']) {
    const [first, other] = [`shot.1001.${kind}`, `shot.1002.${kind}`];
    assert.equal((await checkMedia([rowOf(first), rowOf(other)], 'seed', walls)).opened, 2);
    assert.match(await why(cut(first)), /^the frame is cut off/);
    writeFileSync(at(other), Buffer.alloc(statSync(at(first)).size, 7));
    assert.match(await why(other), /^it does not begin as a frame/);
  }
});

test('what was cut off, or no media, when it was backed up is told apart, and never hides what the copy lost', async () => {
  const short = cut('c.mxf');
  writeFileSync(at('._clip.mov'), 'a resource fork');
  const rows = [
    rowOf(short, looked(short)),
    rowOf('._clip.mov', looked('._clip.mov')),
    rowOf('a.mov', looked('a.mov')),
  ];
  const found = await checkMedia(rows, 'seed', walls);
  assert.deepEqual([found.opened, found.wrongFrames], [1, 0]);
  assert.deepEqual(
    found.brokenBefore.map(({ path }) => path),
    [short, '._clip.mov'],
  );
  assert.match(await why(short, looked('c.mxf')), /^it has \d+ frames/, 'it was whole then');
  assert.match(await why('._clip.mov'), /^it does not open/, 'nobody looked then');
});

test('a playlist that is named as a film leads nowhere', async () => {
  writeFileSync(at('list.mov'), `ffconcat version 1.0\nfile '${at('a.mov')}'\n`);
  assert.match(await why('list.mov'), /^it does not open/);
});

test('a film whose name is no text is opened by its bytes', async () => {
  const odd = Buffer.concat([Buffer.from(`${root}/odd-`), Buffer.from([0xff, 0xfe]), Buffer.from('.mov')]);
  copyFileSync(at('a.mov'), odd);
  const row = { path: 'odd-%FF%FE.mov', size: statSync(odd).size, pieces: [] };
  assert.equal((await checkMedia([{ row, root }], 'seed', walls)).opened, 1);
  rmSync(odd);
});

test('ffprobe runs within walls, and the record says so', async () => {
  const { walls: word } = await checkMedia([rowOf('a.mov')], 'seed', walls);
  assert.equal(word, 'sealed');
});

/** What a probe of a film comes to when ffprobe is this script. */
async function foundBy(script: string): Promise<string> {
  const folder = mkdtempSync(join(root, 'programs-'));
  const path = join(folder, 'ffprobe');
  writeFileSync(path, `#!/bin/sh\n[ "$1" = -version ] && echo "ffprobe version 9.9" && exit\n${script}\n`, {
    mode: 0o755,
  });
  const before = process.env['PATH'];
  process.env['PATH'] = `${folder}:${before}`;
  try {
    return await why('a.mov');
  } finally {
    process.env['PATH'] = before;
  }
}

test('what ffprobe answers is a stranger’s: other shapes, no end, and bytes for a terminal', async () => {
  const tracks = (track: string): string => `echo '{"streams":[${track}],"format":{"duration":"1"}}'`;
  assert.match(await foundBy(tracks('{"codec_type":{"toString":1}}')), /^it does not open/);
  assert.match(await foundBy(tracks('null')), /^it does not open/);
  assert.match(await foundBy('echo "{}"; exec yes'), /^it does not open/);
  const frames = '{"codec_type":"video","nb_frames":"2","nb_read_packets":"1"}';
  assert.equal(await foundBy(tracks(frames)), 'it has 1 frames, and says 2');
  assert.equal(await foundBy("printf '\\033]0;title\\a: bad\\n' >&2"), 'it does not open: ?]0;title?: bad');
});

test('which media is opened follows from the seed, not from the names', async () => {
  const rows = Array.from({ length: CHECKED_MAX * 3 }, (_, n) => {
    const name = `frame.${String(n).padStart(4, '0')}.dpx`;
    copyFileSync(at('shot.1001.dpx'), at(name));
    return rowOf(name);
  });
  const [one, again, other] = [
    await checkMedia(rows, 'a', walls),
    await checkMedia(rows, 'a', walls),
    await checkMedia(rows, 'b', walls),
  ];
  assert.deepEqual([one.opened, one.skipped], [CHECKED_MAX, CHECKED_MAX * 2]);
  assert.deepEqual(one.checked, again.checked);
  assert.notDeepEqual(one.checked, other.checked);
  assert.ok(
    one.checked.some((path) => path > rows[CHECKED_MAX * 2]!.row.path),
    'the last third has its turn',
  );
});
