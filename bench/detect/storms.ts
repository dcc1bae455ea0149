/** What a post house does in a day that looks like an attack from afar, and days on which it does nothing of the kind. */
import { draws, randomBytesOf } from './draws.ts';
import { edl, formatNamed, timeline, zipped } from './media.ts';
import { drop, move, pathsIn, put, putFrames, SHOTS } from './show-tree.ts';
import type { Show } from './show-tree.ts';
import { gzipSync } from 'node:zlib';

export interface Storm {
  readonly name: string;
  /** What is announced for it. */
  readonly folders: readonly string[];
  pass(show: Show): void;
}

export const STORMS: readonly Storm[] = [
  {
    name: 're-render of every shot over the same names',
    folders: ['vfx'],
    pass: (show) => SHOTS.forEach((shot, i) => putFrames(show, shot, 'v001', show.seed * 100 + 70 + i)),
  },
  {
    name: 'conform: every original and frame moved and renamed',
    folders: ['camera', 'vfx', 'scans', 'conform'],
    pass(show) {
      const paths = ['camera', 'vfx', 'scans'].flatMap((folder) => pathsIn(show, folder));
      paths.forEach((path, i) =>
        move(show, path, `conform/reel_1/${String(i).padStart(6, '0')}${path.slice(path.lastIndexOf('.'))}`),
      );
    },
  },
  {
    name: 'proxies of every clip made anew, old ones overwritten',
    folders: ['proxies'],
    pass(show) {
      const proxy = formatNamed('H.264');
      const clips = [...pathsIn(show, 'camera').map((_, i) => `proxies/new_${i}.mp4`), ...pathsIn(show, 'proxies')];
      clips.forEach((path, i) => put(show, path, proxy.make(show.seed * 1000 + 500 + i, show.tree.folder)));
    },
  },
  {
    name: 'show wrap: everything but the delivery deleted',
    folders: [],
    pass: (show) =>
      [...show.files.keys()].filter((path) => !path.startsWith('delivery/')).forEach((path) => drop(show, path)),
  },
  {
    name: 'encrypted delivery: each film replaced by an OpenPGP file, an AES zip beside them',
    folders: ['delivery', 'proxies'],
    pass(show) {
      for (const path of pathsIn(show, 'proxies')) {
        const sealed = randomBytesOf(`pgp ${path}`, (show.files.get(path)?.length ?? 0) + 600);
        put(show, `${path}.pgp`, Buffer.concat([Buffer.from([0x85, 0x02, 0x0c, 0x03]), sealed]));
        drop(show, path);
      }
      put(show, 'delivery/masters.zip', zipped([['masters.mov', randomBytesOf(`aes ${show.seed}`, 2_000_000)]], true));
    },
  },
  {
    name: 'loudness pass: every production sound file rewritten',
    folders: ['sound_rolls'],
    pass(show) {
      const wav = formatNamed('WAV 24 bit');
      pathsIn(show, 'sound_rolls').forEach((path, i) =>
        put(show, path, wav.make(show.seed * 1000 + 700 + i, show.tree.folder)),
      );
    },
  },
];

/** A day of work, announced by nobody: cuts are saved, a new version is rendered, a card is taken in, a cache grows, a note is written. */
export function ordinaryDay(show: Show, day: number): void {
  const draw = draws(`day ${show.seed} ${day}`);
  const n = show.seed * 10_000 + day * 10;
  put(show, `edit/reel_${draw(6)}.fcpxml`, timeline(n, 200 + draw(200)));
  put(show, `edit/reel_${draw(6)}.prproj`, gzipSync(timeline(n, 800 + draw(300))));
  put(show, `edit/reel_${draw(6)}.edl`, edl(n, 100 + draw(90)));
  put(
    show,
    'edit/cache.db',
    Buffer.concat([Buffer.from('SQLite format 3\0'), randomBytesOf(`db ${n}`, 40_000 + draw(40_000))]),
  );
  putFrames(show, SHOTS[draw(SHOTS.length)] ?? 'sh010', `v${String(100 + day)}`, n);
  const camera = formatNamed(draw(2) === 0 ? 'DNxHR HQX' : 'ProRes HQ');
  put(show, `camera/D${day}/clip_${n}.${camera.ending}`, camera.make(n, show.tree.folder));
  // A clip that is still being copied: half of it is there.
  const whole = formatNamed('H.264').make(n + 1, show.tree.folder);
  put(show, `proxies/growing_${day}.mp4`, whole.subarray(0, Math.floor(whole.length / 2)));
  put(
    show,
    `docs/README_day_${day}.txt`,
    Buffer.from(`Day ${day}: reel ${draw(6)} goes to the client; files can be restored by IT.\n`),
  );
  const frames = pathsIn(show, 'vfx').filter((path) => path.includes(`/v${100 + day - 2}/`));
  for (const path of frames) drop(show, path);
  // One frame had a glitch and is rendered again over its name.
  const redo = pathsIn(show, 'vfx')[draw(20)];
  if (redo !== undefined)
    put(show, redo, show.files.get(`${redo.replace(/\d{4}\.exr$/, '1012.exr')}`) ?? Buffer.alloc(0));
}
