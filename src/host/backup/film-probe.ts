/**
 * Asks ffprobe for a film's frames, within walls: the film is all that it sees of the facility, no name of it is an argument or an address, and it may open
 * nothing else, and only as a container of pictures or sound: a playlist that somebody named `.mov` leads nowhere. What it answers is a stranger's.
 */
import type { ToolEnd } from '#host/walls/tool-process.ts';
import type { ToolAsk, ToolLimits, Walls } from '#host/walls/walls.ts';
import { z } from 'zod';

const LIMITS: ToolLimits = {
  memoryBytes: 2 * 2 ** 30,
  cpuSeconds: 20 * 60,
  wallMs: 10 * 60_000,
  outputBytes: 1 << 20,
};
/** Containers without edit units tell their length in fractions of a second: one frame more or less is no loss. */
const ROUNDED_FRAMES = 1;
const CONTAINERS = 'mov,mxf,matroska,webm,avi,wav,w64,aiff,mp3';
const SHOWN =
  'stream=codec_type,nb_frames,nb_read_packets,duration_ts,time_base,avg_frame_rate,r_frame_rate:format=format_name,duration';

/** `ffprobe 5.1.9`, or nothing when it is not installed. */
export async function probeVersion(walls: Walls): Promise<string | undefined> {
  const { out } = await walls.run({ program: 'ffprobe', args: () => ['-version'], limits: LIMITS });
  return /^ffprobe version ([\w.+:~-]{1,60})/.exec(out)?.[0].replace(' version', '');
}

const text = z.string().max(100).optional();
const track = z.object({
  codec_type: text,
  nb_frames: text,
  nb_read_packets: text,
  duration_ts: z.number().optional(),
  time_base: text,
  avg_frame_rate: text,
  r_frame_rate: text,
});
const probed = z.object({
  streams: z.array(track).max(1000).optional(),
  format: z.object({ format_name: text, duration: text }).optional(),
});
type Track = z.infer<typeof track>;
type Probed = z.infer<typeof probed>;

/** `uncounted`: it opens, and does not say how many frames it has. `unknown`: it took too long. */
export type FilmVerdict = 'opens' | 'uncounted' | 'unknown' | { readonly why: string };

export async function probeFilm(walls: Walls, film: NonNullable<ToolAsk['input']>): Promise<FilmVerdict> {
  const { end, out, says } = await probe(walls, film);
  if (end === 'late' || end === 'stopped') return 'unknown';
  const { streams = [], format = {} } = parsed(out);
  const shown = streams.find(({ codec_type: type }) => type === 'video') ?? streams[0];
  const read = Number(shown?.nb_read_packets);
  if (shown === undefined || !(read > 0)) return { why: `it does not open: ${firstComplaint(says)}` };
  const wanted = framesWanted(shown, format);
  if (wanted === undefined) return 'uncounted';
  if (Math.abs(read - wanted.frames) <= wanted.within) return 'opens';
  return { why: `it has ${read} frames, and says ${wanted.frames}` };
}

function firstComplaint(says: string): string {
  return says.replace(/^\[[^\]]*\] /, '').slice(0, 120);
}

function parsed(out: string): Probed {
  try {
    return probed.parse(JSON.parse(out));
  } catch {
    return {}; // cut short, or nothing that ffprobe would say
  }
}

/** By the container's own count; by its length in edit units; else by its length and its rate. Sound is not counted in frames. */
function framesWanted(
  shown: Track,
  { format_name: name, duration }: NonNullable<Probed['format']>,
): { readonly frames: number; readonly within: number } | undefined {
  if (shown.codec_type !== 'video') return undefined;
  const said = Number(shown.nb_frames);
  if (Number.isInteger(said) && said > 0) return { frames: said, within: 0 };
  // The average is not known of a film that ends early.
  const rate = fraction(shown.avg_frame_rate) || fraction(shown.r_frame_rate);
  const unit = fraction(shown.time_base);
  const units = Number(shown.duration_ts);
  if (name === 'mxf' && units > 0 && Math.abs(unit * rate - 1) < 1e-6) return { frames: units, within: 0 };
  const frames = Math.round(Number(duration) * rate);
  return frames > 0 ? { frames, within: ROUNDED_FRAMES } : undefined;
}

function fraction(text: string | undefined): number {
  const [over = Number.NaN, under = Number.NaN] = (text ?? '').split('/').map(Number);
  return over / under;
}

function probe(walls: Walls, input: NonNullable<ToolAsk['input']>): Promise<ToolEnd> {
  const only = ['-format_whitelist', CONTAINERS, '-protocol_whitelist', 'file'];
  const asked = ['-count_packets', '-of', 'json', '-show_entries', SHOWN];
  return walls.run({
    program: 'ffprobe',
    args: (film) => ['-v', 'error', ...only, ...asked, `file:${film}`],
    input,
    limits: LIMITS,
  });
}
