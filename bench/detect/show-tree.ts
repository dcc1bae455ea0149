/** A show in the middle of its post-production, by seed: what came from the set, what is rendered, what is cut, what went out. */
import { edl, formatNamed, makeFrames, timeline, zipped } from './media.ts';
import { randomBytesOf } from './draws.ts';
import type { WatchedTree } from './watched-tree.ts';
import { gzipSync } from 'node:zlib';

export interface Show {
  readonly tree: WatchedTree;
  readonly seed: number;
  /** Every file's bytes, by path. */
  readonly files: Map<string, Buffer>;
}

export const FRAMES = 24;
export const SHOTS = ['sh010', 'sh020', 'sh030'];

export function put({ tree, files }: Show, path: string, bytes: Buffer): void {
  tree.write(path, bytes);
  files.set(path, bytes);
}

export function drop({ tree, files }: Show, path: string): void {
  tree.remove(path);
  files.delete(path);
}

export function move(show: Show, from: string, to: string): void {
  const bytes = show.files.get(from);
  if (bytes === undefined) throw new Error(`no file ${from}`);
  drop(show, from);
  put(show, to, bytes);
}

export function pathsIn(show: Show, folder: string): readonly string[] {
  return [...show.files.keys()].filter((path) => path.startsWith(`${folder}/`));
}

export function putFrames(show: Show, shot: string, version: string, seed: number): void {
  const frames = makeFrames(seed, show.tree.folder, 'exr', FRAMES);
  frames.forEach((bytes, i) => put(show, `vfx/${shot}/comp/${version}/${shot}.${1001 + i}.exr`, bytes));
}

const ORIGINALS = [
  ['camera/A001', 'DNxHR HQX', 3],
  ['camera/B001', 'XDCAM MPEG-2', 3],
  ['camera/C001', 'ProRes HQ', 3],
  ['sound_rolls/SR1', 'WAV 24 bit', 4],
  ['stills/set', 'JPEG', 4],
  ['stills/textures', 'PNG', 3],
  ['stills/textures', 'TIFF 16 bit', 2],
  ['proxies', 'H.264', 4],
  ['archive/scans', 'FFV1', 1],
] as const;

const drawn = new Map<number, ReadonlyMap<string, Buffer>>();

/** Encoding takes longest: a seed's show is made once and laid out as often as it is wanted. */
export function layShow(tree: WatchedTree, seed: number): Show {
  const show: Show = { tree, seed, files: new Map() };
  const made = drawn.get(seed);
  if (made === undefined) {
    makeShow(show);
    drawn.set(seed, new Map(show.files));
  } else {
    for (const [path, bytes] of made) put(show, path, bytes);
  }
  return show;
}

function makeShow(show: Show): void {
  const { tree, seed } = show;
  for (const [folder, name, count] of ORIGINALS) {
    const format = formatNamed(name);
    for (let i = 0; i < count; i += 1) {
      const take = seed * 1000 + show.files.size;
      put(show, `${folder}/clip_${take}.${format.ending}`, format.make(take, tree.folder));
    }
  }
  SHOTS.forEach((shot, i) => putFrames(show, shot, 'v001', seed * 100 + i));
  makeFrames(seed * 100 + 50, tree.folder, 'dpx', FRAMES).forEach((bytes, i) =>
    put(show, `scans/r1/r1.${86_400 + i}.dpx`, bytes),
  );
  for (let i = 0; i < 6; i += 1) {
    put(show, `edit/reel_${i}.fcpxml`, timeline(seed * 10 + i, 200 + 40 * i));
    put(show, `edit/reel_${i}.edl`, edl(seed * 10 + i, 150));
    put(show, `edit/reel_${i}.prproj`, gzipSync(timeline(seed * 10 + i, 900)));
  }
  put(show, 'README.txt', Buffer.from('How this show is laid out. Restore anything from the backup page.\n'));
  put(show, 'delivery/dailies.zip', zipped([['dailies.fcpxml', timeline(seed, 800)]]));
  put(show, 'edit/cache.db', Buffer.concat([Buffer.from('SQLite format 3\0'), randomBytesOf(`db ${seed}`, 40_000)]));
}

export const CANARY = 'edit/_do-not-touch.fcpxml';
