/**
 * Asks ffprobe for a film's frames. The film goes to it as an open file, so that no name is an argument or an address; it may open nothing but that, and
 * only as a container of pictures or sound: a playlist that somebody named `.mov` leads nowhere.
 */
import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';

const PROBE_MS_MAX = 10 * 60_000;
const VERSION_MS_MAX = 10_000;
const OUTPUT_BYTES_MAX = 1 << 20;
/** Containers without edit units tell their length in fractions of a second: one frame more or less is no loss. */
const ROUNDED_FRAMES = 1;
const CONTAINERS = 'mov,mxf,matroska,webm,avi,wav,w64,aiff,mp3';
const SHOWN =
  'stream=codec_type,nb_frames,nb_read_packets,duration_ts,time_base,avg_frame_rate,r_frame_rate:format=format_name,duration';
const run = promisify(execFile);

/** `ffprobe 5.1.9`, or nothing when it is not installed. */
export async function probeVersion(): Promise<string | undefined> {
  try {
    const { stdout } = await run('ffprobe', ['-version'], { timeout: VERSION_MS_MAX, env: PLAIN });
    return /^ffprobe version (\S{1,60})/.exec(stdout)?.[0].replace(' version', '');
  } catch {
    return undefined;
  }
}

const PLAIN: NodeJS.ProcessEnv = { PATH: process.env['PATH'] ?? '', LANG: 'C.UTF-8' };

interface Track {
  readonly codec_type?: string;
  readonly nb_frames?: string;
  readonly nb_read_packets?: string;
  readonly duration_ts?: number;
  readonly time_base?: string;
  readonly avg_frame_rate?: string;
  readonly r_frame_rate?: string;
}

interface Probed {
  readonly streams?: readonly Track[];
  readonly format?: { readonly format_name?: string; readonly duration?: string };
}

/** `uncounted`: it opens, and does not say how many frames it has. `unknown`: it took too long. */
export type FilmVerdict = 'opens' | 'uncounted' | 'unknown' | { readonly why: string };

/** `fd` is the film, open for reading. */
export async function probeFilm(fd: number): Promise<FilmVerdict> {
  const { out, says, isLate } = await probe(fd);
  if (isLate) return 'unknown';
  const { streams = [], format = {} } = parsed(out);
  const track = streams.find(({ codec_type: type }) => type === 'video') ?? streams[0];
  const read = Number(track?.nb_read_packets);
  if (track === undefined || !(read > 0)) return { why: `it does not open: ${says}` };
  const wanted = framesWanted(track, format);
  if (wanted === undefined) return 'uncounted';
  if (Math.abs(read - wanted.frames) <= wanted.within) return 'opens';
  return { why: `it has ${read} frames, and says ${wanted.frames}` };
}

function parsed(out: string): Probed {
  try {
    return JSON.parse(out) as Probed; // ffprobe's own JSON
  } catch {
    return {};
  }
}

/** By the container's own count; by its length in edit units; else by its length and its rate. Sound is not counted in frames. */
function framesWanted(
  track: Track,
  { format_name: name, duration }: NonNullable<Probed['format']>,
): { readonly frames: number; readonly within: number } | undefined {
  if (track.codec_type !== 'video') return undefined;
  const said = Number(track.nb_frames);
  if (Number.isInteger(said) && said > 0) return { frames: said, within: 0 };
  // The average is not known of a film that ends early.
  const rate = fraction(track.avg_frame_rate) || fraction(track.r_frame_rate);
  const unit = fraction(track.time_base);
  const units = Number(track.duration_ts);
  if (name === 'mxf' && units > 0 && Math.abs(unit * rate - 1) < 1e-6) return { frames: units, within: 0 };
  const frames = Math.round(Number(duration) * rate);
  return frames > 0 ? { frames, within: ROUNDED_FRAMES } : undefined;
}

function fraction(text: string | undefined): number {
  const [over = Number.NaN, under = Number.NaN] = (text ?? '').split('/').map(Number);
  return over / under;
}

interface Said {
  readonly out: string;
  /** The first line of what it complained about. */
  readonly says: string;
  readonly isLate: boolean;
}

function probe(fd: number): Promise<Said> {
  const child = spawn(
    'ffprobe',
    [
      '-v',
      'error',
      '-format_whitelist',
      CONTAINERS,
      '-protocol_whitelist',
      'file',
      '-count_packets',
      '-of',
      'json',
    ].concat(['-show_entries', SHOWN, 'file:/dev/fd/3']),
    { stdio: ['ignore', 'pipe', 'pipe', fd], timeout: PROBE_MS_MAX, killSignal: 'SIGKILL', env: PLAIN },
  );
  const { promise, resolve } = Promise.withResolvers<Said>();
  let [out, err] = ['', ''];
  child.stdout?.on('data', (chunk) => {
    if (out.length < OUTPUT_BYTES_MAX) out += String(chunk);
  });
  child.stderr?.on('data', (chunk) => {
    if (err.length < OUTPUT_BYTES_MAX) err += String(chunk);
  });
  const firstLine = () => (err.split('\n')[0] ?? '').replace(/^\[[^\]]*\] /, '').slice(0, 120);
  child.once('error', (cause) => resolve({ out: '', says: String(cause), isLate: false }));
  child.once('close', (_, signal) => resolve({ out, says: firstLine(), isLate: signal === 'SIGKILL' }));
  return promise;
}
