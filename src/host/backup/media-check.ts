/**
 * Whether restored media opens and has its frames. Films: ffprobe reads every packet of the first picture (or sound) track, and the count must be what
 * the container itself declares. Frame sequences (DPX, EXR): the structure of each frame is walked to its end. What does not open fails, unless the look
 * that was sealed with the backup says that it was cut off, broken or no media then: that is named apart, because the copy is as good as what it is of.
 */
import { open } from 'node:fs/promises';
import { extname } from 'node:path';
import type { RestoredRow } from './job.ts';
import { probeFilm, probeVersion } from './film-probe.ts';
import { keepsPromise } from '#vault/detect/file-names.ts';
import type { StructureLook } from '#vault/detect/structure/structure-look.ts';
import { walkStructure } from '#vault/detect/structure/walk-structure.ts';
import { pathBeneath } from '#vault/drill/compare.ts';
import { drawSample } from '#vault/drill/sample.ts';
import { openFileSource } from '#vault/engine/open-file-source.ts';
import type { Walls } from '#host/walls/walls.ts';
import type { WallsWord } from '#model/backup-shapes.ts';

export interface MediaFound {
  /** `ffprobe 5.1.9`; absent when it is not installed: then only the structure of frames was looked at. */
  readonly tool?: string;
  /** What stood around it. */
  readonly walls?: WallsWord;
  readonly opened: number;
  readonly wrongFrames: number;
  /** Media that was not drawn, or that nothing here can open. */
  readonly skipped: number;
  readonly failures: readonly MediaFailure[];
  /** Does not open, and did not when it was backed up. */
  readonly brokenBefore: readonly MediaFailure[];
  /** What was drawn, in the order of paths: the same seed draws the same. */
  readonly checked: readonly string[];
}

export interface MediaFailure {
  readonly path: string;
  readonly why: string;
}

export type MediaVerdict = 'opens' | 'unknown' | { readonly why: string };

const SOUND = new Set(['.wav', '.aif', '.aiff', '.bwf', '.mp3']);
const FILMS = new Set(['.mov', '.mp4', '.mxf', '.mkv', '.avi', '.m4v', ...SOUND]);
const FRAMES = new Set(['.dpx', '.exr']);
export const CHECKED_MAX = 60;

export async function checkMedia(rows: readonly RestoredRow[], seed: string, walls: Walls): Promise<MediaFound> {
  // What changed while it was read is no whole film, and the manifest says so.
  const media = rows.filter(({ row }) => row.size > 0 && row.unsteady === undefined && isMedia(row.path));
  const paths = media.map(({ row }) => row.path);
  const drawn = new Set(drawSample(paths, `${seed}/media`, CHECKED_MAX));
  const tool = await probeVersion(walls);
  let [opened, skipped] = [0, media.length - drawn.size];
  const [failures, brokenBefore]: [MediaFailure[], MediaFailure[]] = [[], []];
  for (const restored of media.filter(({ row }) => drawn.has(row.path))) {
    const { path } = restored.row;
    const verdict = await judge(restored, tool === undefined ? undefined : walls);
    if (verdict === 'opens') opened += 1;
    else if (verdict === 'unknown') skipped += 1;
    else (wasMedia(restored) ? failures : brokenBefore).push({ path, why: verdict.why });
  }
  const found = { opened, skipped, wrongFrames: failures.length, failures, brokenBefore, checked: [...drawn] };
  return tool === undefined ? found : { ...found, tool, walls: walls.word() };
}

function isMedia(path: string): boolean {
  return FILMS.has(kindOf(path)) || FRAMES.has(kindOf(path));
}

function kindOf(path: string): string {
  return extname(path).toLowerCase();
}

/** Without a look from then, everything counts as having been whole. */
function wasMedia({ row, sealedAs }: RestoredRow): boolean {
  if (sealedAs === undefined) return true;
  return sealedAs.verdict !== 'short' && sealedAs.verdict !== 'broken' && keepsPromise(row.path, sealedAs.kind);
}

/** Without walls for ffprobe, only structure is looked at. */
async function judge({ row, root }: RestoredRow, walls: Walls | undefined): Promise<MediaVerdict> {
  const path = pathBeneath(root, row.path);
  const file = await open(path, 'r').catch(() => undefined);
  if (file === undefined) return { why: 'it cannot be read' };
  try {
    const { size } = await file.stat();
    const look = walkStructure(openFileSource(file.fd, size));
    if (FRAMES.has(kindOf(row.path))) return judgeFrame(row.path, look);
    return await judgeFilm(row.path, look, walls, { fd: file.fd, path: Buffer.from(path) });
  } finally {
    await file.close();
  }
}

function judgeFrame(path: string, { kind, verdict }: StructureLook): MediaVerdict {
  if (!keepsPromise(path, kind)) return { why: 'it does not begin as a frame' };
  if (verdict === 'short') return { why: 'the frame is cut off' };
  if (verdict === 'broken') return { why: 'the frame is broken' };
  return verdict === 'whole' ? 'opens' : 'unknown';
}

/** Where there are no frames to count, a file that ends before its own lengths say is cut off. */
async function judgeFilm(
  path: string,
  { verdict }: StructureLook,
  walls: Walls | undefined,
  film: { readonly fd: number; readonly path: Buffer },
): Promise<MediaVerdict> {
  const isCut = verdict === 'short' ? { why: 'it is cut off: its own lengths point beyond its end' } : undefined;
  if (walls === undefined) return isCut ?? (verdict === 'broken' ? { why: 'its structure is broken' } : 'unknown');
  const probed = await probeFilm(walls, film);
  if (typeof probed === 'object' || probed === 'unknown') return probed;
  return (probed === 'uncounted' || SOUND.has(kindOf(path)) ? isCut : undefined) ?? 'opens';
}
