/** Tells a file's kind by its first bytes and walks along its structure. */
import { has } from '#vault/detect/structure/byte-source.ts';
import type { ByteSource } from '#vault/detect/structure/byte-source.ts';
import { isGzip, isZip, walkGzip, walkZip } from '#vault/detect/structure/archives.ts';
import { isMatroska, isPng, isRiff, walkMatroska, walkPng, walkRiff } from '#vault/detect/structure/chunked.ts';
import { isJpeg, isJpeg2000, walkJpeg, walkJpeg2000 } from '#vault/detect/structure/entropy-coded.ts';
import { isMxf, walkMxf } from '#vault/detect/structure/mxf.ts';
import { isExr, walkExr } from '#vault/detect/structure/openexr.ts';
import { isQuicktime, walkQuicktime } from '#vault/detect/structure/quicktime.ts';
import { isDpx, isTiff, walkDpx, walkTiff } from '#vault/detect/structure/still-headers.ts';
import { broken, unchecked } from '#vault/detect/structure/structure-look.ts';
import type { StructureLook } from '#vault/detect/structure/structure-look.ts';
import { isText, walkText } from '#vault/detect/structure/text.ts';

interface Walk {
  readonly kind: string;
  is(source: ByteSource): boolean;
  walk(source: ByteSource): StructureLook;
}

const WALKS: readonly Walk[] = [
  { kind: 'mxf', is: isMxf, walk: walkMxf },
  { kind: 'exr', is: isExr, walk: walkExr },
  { kind: 'dpx', is: isDpx, walk: walkDpx },
  { kind: 'tiff', is: isTiff, walk: walkTiff },
  { kind: 'riff', is: isRiff, walk: walkRiff },
  { kind: 'png', is: isPng, walk: walkPng },
  { kind: 'jpeg', is: isJpeg, walk: walkJpeg },
  { kind: 'j2k', is: isJpeg2000, walk: walkJpeg2000 },
  { kind: 'mkv', is: isMatroska, walk: walkMatroska },
  { kind: 'gzip', is: isGzip, walk: walkGzip },
  { kind: 'zip', is: isZip, walk: walkZip },
  { kind: 'mov', is: isQuicktime, walk: walkQuicktime },
  { kind: 'text', is: isText, walk: walkText },
];

/** Kinds that are told by their first bytes and not walked. */
const MAGICS: readonly (readonly [kind: string, magic: readonly number[] | string])[] = [
  ['pdf', '%PDF'],
  ['photoshop', '8BPS'],
  ['compound', [0xd0, 0xcf, 0x11, 0xe0]], // AAF, older office files
  ['avid-bin', [0x03, 0x00, ...Buffer.from('Domain')]],
  ['blend', 'BLENDER'],
  ['arri-raw', 'ARRI'],
  ['sqlite', 'SQLite format 3'],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
  ['7z', [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c]],
  ['bzip2', 'BZh'],
  ['lz4', [0x04, 0x22, 0x4d, 0x18]],
  ['ogg', 'OggS'],
  ['flac', 'fLaC'],
  ['mp3', 'ID3'],
  ['aiff', 'FORM'],
  ['gif', 'GIF8'],
  ['radiance', '#?RADIANCE'],
  ['cineon', [0x80, 0x2a, 0x5f, 0xd7]],
  ['utf16', [0xff, 0xfe]],
  ['utf16', [0xfe, 0xff]],
  // A public-key session packet of OpenPGP, old and new form.
  ['pgp', [0x85]],
  ['pgp', [0xc1, 0xc0]],
  ['pgp', [0x84]],
  ['mpeg-ts', [0x47, 0x40]],
];
const LATER: readonly (readonly [kind: string, at: number, magic: string])[] = [
  ['red', 4, 'RED'],
  ['tar', 257, 'ustar'],
];

/** Never throws: what a walk trips over is a broken structure. */
export function walkStructure(source: ByteSource): StructureLook {
  const found = WALKS.find(({ is }) => is(source));
  if (found === undefined) return unchecked(magicOf(source) ?? 'unknown');
  try {
    return found.walk(source);
  } catch (cause) {
    if (cause instanceof RangeError) return broken(found.kind, 0);
    throw cause;
  }
}

function magicOf(source: ByteSource): string | undefined {
  const first = MAGICS.find(([, magic]) => has(source, 0, magic));
  return first?.[0] ?? LATER.find(([, at, magic]) => has(source, at, magic))?.[0];
}
