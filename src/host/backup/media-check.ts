/**
 * Whether restored media opens and has its frames. Films: ffprobe reads every packet of the first picture (or sound) track and the count must be what
 * the container declares. Frame sequences (DPX, EXR): each frame begins with its magic and is as long as its header says where it says so.
 */
import { execFile } from 'node:child_process';
import { open } from 'node:fs/promises';
import { extname } from 'node:path';
import { promisify } from 'node:util';
import type { RestoredRow } from './job.ts';
import { pathBeneath } from '#vault/drill/compare.ts';

export interface MediaFound {
  readonly opened: number;
  readonly wrongFrames: number;
  /** Media that nothing here can open. */
  readonly skipped: number;
  readonly failures: readonly { readonly path: string; readonly why: string }[];
}

type Verdict = 'opens' | 'unknown' | { readonly why: string };

const FILMS = new Set(['.mov', '.mp4', '.mxf', '.mkv', '.avi', '.m4v', '.wav', '.aif', '.aiff', '.bwf', '.mp3']);
const FRAMES = new Set(['.dpx', '.exr']);
const PROBE_MS_MAX = 10 * 60_000;
const CHECKED_MAX = 60;
const run = promisify(execFile);

export async function checkMedia(rows: readonly RestoredRow[]): Promise<MediaFound> {
  const media = rows.filter(({ row }) => row.size > 0 && (FILMS.has(kindOf(row.path)) || FRAMES.has(kindOf(row.path))));
  const chosen = media.slice(0, CHECKED_MAX);
  let [opened, skipped] = [0, media.length - chosen.length];
  const failures: { path: string; why: string }[] = [];
  for (const { row, root } of chosen) {
    const path = pathBeneath(root, row.path).toString();
    const verdict = FRAMES.has(kindOf(row.path)) ? await frame(path, row.size) : await film(path);
    if (verdict === 'opens') opened += 1;
    else if (verdict === 'unknown') skipped += 1;
    else failures.push({ path: row.path, why: verdict.why });
  }
  return { opened, skipped, wrongFrames: failures.length, failures };
}

function kindOf(path: string): string {
  return extname(path).toLowerCase();
}

/** Without ffprobe nothing is claimed. What was no film when it was backed up is told by its hash, not here: it counts as not opened by us. */
async function film(path: string): Promise<Verdict> {
  const args = ['-v', 'error', '-count_packets', '-of', 'json', '-show_entries'];
  const shown = 'stream=codec_type,nb_frames,nb_read_packets';
  try {
    const { stdout } = await run('ffprobe', [...args, shown, `file:${path}`], { timeout: PROBE_MS_MAX });
    const { streams = [] } = JSON.parse(stdout) as { readonly streams?: readonly Stream[] }; // ffprobe's own JSON
    const track = streams.find(({ codec_type: type }) => type === 'video') ?? streams[0];
    const [said, read] = [Number(track?.nb_frames), Number(track?.nb_read_packets)];
    if (!(read > 0)) return 'unknown';
    return Number.isInteger(said) && said !== read ? { why: `it has ${read} frames, and says ${said}` } : 'opens';
  } catch {
    return 'unknown';
  }
}

interface Stream {
  readonly codec_type?: string;
  readonly nb_frames?: string;
  readonly nb_read_packets?: string;
}

const DPX_BE = 0x53445058;
const DPX_LE = 0x58504453;
const EXR = 0x762f3101;
const HEAD_BYTES = 20;
const DPX_SIZE_AT = 16;

/** SMPTE 268M: magic, and the whole file's size at byte 16; OpenEXR: magic alone. */
async function frame(path: string, size: number): Promise<Verdict> {
  const file = await open(path, 'r');
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    await file.read(head, 0, HEAD_BYTES, 0);
    const magic = head.readUInt32BE(0);
    if (magic === EXR) return 'opens';
    if (magic !== DPX_BE && magic !== DPX_LE) return 'unknown';
    const said = magic === DPX_BE ? head.readUInt32BE(DPX_SIZE_AT) : head.readUInt32LE(DPX_SIZE_AT);
    return said === size || said === 0 || said === 0xffffffff
      ? 'opens'
      : { why: `it has ${size} bytes, and says ${said}` };
  } finally {
    await file.close();
  }
}
