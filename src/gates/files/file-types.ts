/**
 * What may come in: the file types of a post facility, by ending and by their first bytes.
 *
 * A magic is text at an offset; `\xNN` for bytes that are no letters. A type without magic has no fixed first bytes (raw streams, tables);
 * `text` demands that the beginning is text. A file must be what its ending says: a program named `.mov` is set aside.
 */
import { Buffer } from 'node:buffer';
import type { Refused } from '#std/refused.ts';
import { refused } from '#std/refused.ts';

/** So much of a file's beginning is looked at. */
export const HEAD_BYTES = 64 * 1024;

interface FileType {
  readonly type: string;
  readonly endings: readonly string[];
  readonly magic?: readonly Magic[];
  readonly text?: true;
}
/** All pairs of one magic must match. */
type Magic = readonly (readonly [offset: number, bytes: string])[];

const at = (offset: number, ...texts: readonly string[]): readonly Magic[] => texts.map((text) => [[offset, text]]);
const ZIP = at(0, 'PK\x03\x04', 'PK\x05\x06');
const OLE2 = at(0, '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1');
const GZIP = at(0, '\x1f\x8b');
const TIFF = at(0, 'II*\0', 'MM\0*', 'II+\0', 'MM\0+');
const ATOMS = at(4, 'ftyp', 'moov', 'mdat', 'wide', 'free', 'skip', 'pnot', 'uuid');
const XML = at(0, '<?xml', '<', '\xef\xbb\xbf<', '\xff\xfe<\0', '\xfe\xff\0<');

export const FILE_TYPES: readonly FileType[] = [
  // Picture and sound in one file
  { type: 'quicktime', endings: ['mov', 'qt'], magic: ATOMS },
  { type: 'mp4', endings: ['mp4', 'm4v', 'm4a', 'm4s', '3gp', 'heic', 'insv', 'lrv'], magic: ATOMS },
  { type: 'mxf', endings: ['mxf'], magic: at(0, '\x06\x0e\x2b\x34') },
  {
    type: 'avi',
    endings: ['avi'],
    magic: [
      [
        [0, 'RIFF'],
        [8, 'AVI '],
      ],
    ],
  },
  {
    type: 'mpeg-transport',
    endings: ['mts', 'm2ts', 'm2t', 'ts'],
    magic: [
      [
        [0, 'G'],
        [188, 'G'],
      ],
      [
        [4, 'G'],
        [196, 'G'],
      ],
    ],
  },
  { type: 'mpeg', endings: ['mpg', 'mpeg', 'm2v', 'vob'], magic: at(0, '\0\0\x01') },
  { type: 'matroska', endings: ['mkv', 'webm', 'mka'], magic: at(0, '\x1a\x45\xdf\xa3') },
  // Camera originals
  { type: 'redcode', endings: ['r3d'], magic: at(4, 'RED1', 'RED2', 'RED3') },
  { type: 'red-metadata', endings: ['rmd'], magic: XML },
  { type: 'blackmagic-raw', endings: ['braw'], magic: ATOMS },
  { type: 'canon-raw', endings: ['crm'], magic: ATOMS },
  { type: 'arriraw', endings: ['ari'], magic: at(0, 'ARRI') },
  { type: 'arricore', endings: ['arx'], magic: at(0, '\x06\x0e\x2b\x34', 'ARRI') },
  { type: 'cinema-dng', endings: ['dng'], magic: TIFF },
  { type: 'sony-raw', endings: ['sxr'], magic: at(0, '\x06\x0e\x2b\x34') },
  // Stills and frames
  { type: 'openexr', endings: ['exr'], magic: at(0, '\x76\x2f\x31\x01') },
  { type: 'dpx', endings: ['dpx'], magic: at(0, 'SDPX', 'XPDS') },
  { type: 'cineon', endings: ['cin'], magic: at(0, '\x80\x2a\x5f\xd7', '\xd7\x5f\x2a\x80') },
  { type: 'tiff', endings: ['tif', 'tiff'], magic: TIFF },
  { type: 'png', endings: ['png'], magic: at(0, '\x89PNG\r\n\x1a\n') },
  { type: 'jpeg', endings: ['jpg', 'jpeg'], magic: at(0, '\xff\xd8\xff') },
  { type: 'jpeg-2000', endings: ['j2k', 'j2c', 'jp2'], magic: at(0, '\xff\x4f\xff\x51', '\0\0\0\x0cjP  ') },
  { type: 'photoshop', endings: ['psd', 'psb'], magic: at(0, '8BPS') },
  { type: 'targa', endings: ['tga'] },
  { type: 'radiance', endings: ['hdr'], magic: at(0, '#?RADIANCE', '#?RGBE') },
  // Sound
  {
    type: 'wave',
    endings: ['wav', 'bwf', 'rf64', 'w64'],
    magic: [
      [
        [0, 'RIFF'],
        [8, 'WAVE'],
      ],
      [
        [0, 'RF64'],
        [8, 'WAVE'],
      ],
      [
        [0, 'BW64'],
        [8, 'WAVE'],
      ],
      [[0, 'riff']],
    ],
  },
  {
    type: 'aiff',
    endings: ['aif', 'aiff', 'aifc'],
    magic: [
      [
        [0, 'FORM'],
        [8, 'AIFF'],
      ],
      [
        [0, 'FORM'],
        [8, 'AIFC'],
      ],
    ],
  },
  { type: 'mp3', endings: ['mp3'], magic: at(0, 'ID3', '\xff\xfb', '\xff\xf3', '\xff\xf2', '\xff\xfa') },
  { type: 'aac', endings: ['aac'], magic: at(0, '\xff\xf1', '\xff\xf9', 'ID3', 'ADIF') },
  { type: 'flac', endings: ['flac'], magic: at(0, 'fLaC') },
  { type: 'dolby-digital', endings: ['ac3', 'ec3', 'eac3'], magic: at(0, '\x0b\x77', '\x77\x0b') },
  { type: 'core-audio', endings: ['caf'], magic: at(0, 'caff') },
  // Projects, timelines, interchange
  { type: 'premiere', endings: ['prproj'], magic: [...GZIP, ...XML] },
  { type: 'after-effects', endings: ['aep', 'aepx'], magic: [...at(0, 'RIFX', 'RIFF'), ...XML] },
  { type: 'resolve', endings: ['drp', 'dra', 'drt'], magic: [...ZIP, ...XML] },
  { type: 'avid-project', endings: ['avp', 'avb', 'avs', 'ptx', 'ptf'] },
  { type: 'final-cut-xml', endings: ['fcpxml'], magic: XML },
  { type: 'aaf', endings: ['aaf'], magic: OLE2 },
  { type: 'omf', endings: ['omf'] },
  { type: 'edit-list', endings: ['edl', 'ale', 'cmx', 'mrk'], text: true },
  { type: 'opentimelineio', endings: ['otio'], text: true },
  { type: 'opentimelineio-zip', endings: ['otioz'], magic: ZIP },
  { type: 'nuke', endings: ['nk', 'gizmo'], text: true },
  { type: 'blender', endings: ['blend'], magic: [...at(0, 'BLENDER', '\x28\xb5\x2f\xfd'), ...GZIP] },
  { type: 'alembic', endings: ['abc'], magic: at(0, 'Ogawa', '\x89HDF') },
  { type: 'usd', endings: ['usd', 'usda', 'usdc'], magic: at(0, '#usda', 'PXR-USDC') },
  { type: 'usd-zip', endings: ['usdz'], magic: ZIP },
  { type: 'xml', endings: ['xml', 'cpl', 'pkl', 'xmp', 'mhl'], magic: XML },
  { type: 'json', endings: ['json'], text: true },
  // Colour
  { type: 'lut', endings: ['cube', '3dl', 'lut', 'csp', 'mga', 'spi1d', 'spi3d', 'look'], text: true },
  { type: 'colour-decision', endings: ['cdl', 'cc', 'ccc', 'amf', 'clf', 'ctf'], magic: XML },
  { type: 'icc', endings: ['icc', 'icm'], magic: at(36, 'acsp') },
  // Words and papers
  { type: 'subtitles', endings: ['srt', 'vtt', 'scc', 'ass', 'sub'], text: true },
  { type: 'timed-text', endings: ['ttml', 'dfxp', 'itt', 'imsc'], magic: XML },
  { type: 'ebu-stl', endings: ['stl'], magic: at(3, 'STL') },
  { type: 'text', endings: ['txt', 'csv', 'tsv', 'md', 'log', 'md5', 'sha1', 'sha256', 'xxh'], text: true },
  { type: 'pdf', endings: ['pdf'], magic: at(0, '%PDF-') },
  { type: 'word', endings: ['docx', 'xlsx', 'pptx', 'odt', 'ods'], magic: ZIP },
  { type: 'rich-text', endings: ['rtf'], magic: at(0, '{\\rtf') },
  { type: 'font', endings: ['otf', 'ttf', 'ttc'], magic: at(0, 'OTTO', '\0\x01\0\0', 'true', 'ttcf') },
  // Sealed and packed
  { type: 'zip', endings: ['zip'], magic: ZIP },
  { type: 'tar', endings: ['tar'], magic: at(257, 'ustar') },
  { type: 'age', endings: ['age'], magic: at(0, 'age-encryption.org/') },
];

const BY_ENDING = new Map(FILE_TYPES.flatMap((row) => row.endings.map((ending) => [ending, row] as const)));

/** `.partial`, `.filepart`, `.part`: names that clients give to files they have not finished. */
const UNFINISHED = /\.(partial|filepart|part)$/i;
/** rclone's: `a.mov.1f2e3d4c.partial`. */
const UNFINISHED_RCLONE = /\.[0-9a-f]{8}\.partial$/i;

export function isUnfinishedName(name: string): boolean {
  return UNFINISHED.test(name);
}

/** The name that an unfinished one stands for. */
export function finishedName(name: string): string {
  return name.replace(UNFINISHED_RCLONE, '').replace(UNFINISHED, '');
}

export function endingOf(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot <= 0 ? '' : name.slice(dot + 1).toLowerCase();
}

/** Before any byte is sent: a refusal for a name that could never come in. */
export function checkEnding(name: string, extra: readonly string[]): Refused | undefined {
  const ending = endingOf(name);
  if (BY_ENDING.has(ending) || extra.includes(ending)) return undefined;
  const what = ending === '' ? 'Files without an ending are' : `Files that end in .${ending} are`;
  return refused(
    'type-not-allowed',
    `${what} not let in.`,
    'Ask the facility engineer to add the type if the work needs it.',
  );
}

/** What a file is, by its name and first bytes; a refusal when it is not what it says. */
export function recognise(
  name: string,
  head: Uint8Array,
  extra: readonly string[],
): { readonly type: string } | Refused {
  const unlisted = checkEnding(name, extra);
  if (unlisted !== undefined) return unlisted;
  const ending = endingOf(name);
  const row = BY_ENDING.get(ending);
  if (row === undefined) return { type: ending };
  if (head.byteLength === 0 || isSo(row, head)) return { type: row.type };
  return refused(
    'type-mismatch',
    `This is no ${row.type} file, though its name ends in .${ending}.`,
    'Check the file at its source and send it again.',
  );
}

function isSo(row: FileType, head: Uint8Array): boolean {
  if (row.text === true) return isText(head);
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  return row.magic === undefined
    ? !isProgram(bytes)
    : row.magic.some((magic) => magic.every(([offset, text]) => startsAt(bytes, offset, text)));
}

function startsAt(bytes: Buffer, offset: number, text: string): boolean {
  return bytes.toString('latin1', offset, offset + text.length) === text;
}

/** No NUL bytes, or UTF-16 with its mark; and no program that begins as text. */
function isText(head: Uint8Array): boolean {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  if (startsAt(bytes, 0, '\xff\xfe') || startsAt(bytes, 0, '\xfe\xff')) return true;
  return !bytes.includes(0) && !startsAt(bytes, 0, '#!') && !isProgram(bytes);
}

/** For types without a magic of their own: at least not a program of a common kind. */
function isProgram(bytes: Buffer): boolean {
  return ['MZ', '\x7fELF', '#!', '\xcf\xfa\xed\xfe', '\xfe\xed\xfa', '\xca\xfe\xba\xbe', 'PK\x03\x04'].some((magic) =>
    startsAt(bytes, 0, magic),
  );
}
