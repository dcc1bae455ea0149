/**
 * The manifest of a snapshot: one line of JSON for each file with its path beneath the source, its size, and the SHA-256 and length of each
 * of its pieces in order. With it a restored file is checked without the repository: cut it at the lengths and hash. A file of one piece
 * has the SHA-256 that any tool gives. Lines are in the order of the paths' bytes, so that the same tree, held still in the same way, has the same
 * manifest.
 */
import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createZstdCompress, zstdDecompressSync } from 'node:zlib';
import { createSortedLines } from '#vault/engine/sorted-lines.ts';
import type { WalkedFile } from '#vault/engine/walk.ts';

const GATHERED_BYTES = 256 * 1024;
/** Pieces that are text at the same time. */
const TOGETHER = 1024;

export interface ManifestRow {
  /** Beneath the source; bytes that are no UTF-8 are written as `%XX`, and `%` as `%25`. */
  readonly path: string;
  readonly size: number;
  readonly pieces: readonly (readonly [length: number, sha256: string])[];
  /** Absent when the file stood still while it was read. */
  readonly unsteady?: string;
  /** Read from a clone, as it was at one instant; absent when it was watched, or stands unread since an earlier snapshot. */
  readonly held?: true;
}

export interface Manifest {
  readonly sha256: string;
  readonly files: number;
  /** Compressed lines, in parts that belong one behind the other: of a million files they are some 40 MB. */
  readonly parts: readonly Buffer[];
}

/** `lengthOf` gives the plain length of a piece that is stored. */
export function createManifest(root: string, lengthOf: (id: string) => number) {
  const lines = createSortedLines();
  let files = 0;
  const skip = Buffer.byteLength(root) + 1;
  return {
    add({ path, node, read }: WalkedFile): void {
      const short = path.subarray(skip);
      const ids = node.content ?? [];
      const unsteady = read === undefined || read.steadiness === 'steady' ? {} : { unsteady: read.steadiness };
      const held = read?.isHeld === true ? { held: true as const } : {};
      const row = { path: escaped(short), size: Number(node.size), pieces: [], ...unsteady, ...held };
      lines.add(
        short,
        lineOf(row, ids, (id, i) => read?.lengths[i] ?? lengthOf(id)),
      );
      files += 1;
    },
    async done(): Promise<Manifest> {
      const sum = createHash('sha256');
      const pressed: Buffer[] = [];
      await pipeline(Readable.from(gathered(lines.texts(), sum)), createZstdCompress(), async (source) => {
        for await (const chunk of source) pressed.push(chunk as Buffer); // what a compressor gives
      });
      return { sha256: sum.digest('hex'), files, parts: pressed };
    },
  };
}

/** In parts: a file that is nearly all hole has hundreds of thousands of pieces. */
function lineOf(
  row: ManifestRow,
  ids: readonly string[],
  lengthAt: (id: string, i: number) => number,
): Iterable<string> {
  const [before = '', after = ''] = JSON.stringify(row).split('"pieces":[]');
  const texts = (from: number): string =>
    ids
      .slice(from, from + TOGETHER)
      .map((id, i) => `[${lengthAt(id, from + i)},"${id}"]`)
      .join(',');
  if (ids.length <= TOGETHER) return [`${before}"pieces":[${texts(0)}]${after}\n`];
  return {
    *[Symbol.iterator]() {
      yield `${before}"pieces":[`;
      for (let at = 0; at < ids.length; at += TOGETHER) yield `${at === 0 ? '' : ','}${texts(at)}`;
      yield `]${after}\n`;
    },
  };
}

function* gathered(texts: Iterable<Buffer>, sum: Hash): Iterable<Buffer> {
  let [part, bytes]: [Buffer[], number] = [[], 0];
  for (const text of texts)
    for (let at = 0; at < text.length; at += GATHERED_BYTES) {
      const some = Buffer.from(text.subarray(at, at + GATHERED_BYTES));
      part.push(some);
      bytes += some.length;
      if (bytes < GATHERED_BYTES) continue;
      yield summed(part, sum);
      [part, bytes] = [[], 0];
    }
  yield summed(part, sum);
}

function summed(part: readonly Buffer[], sum: Hash): Buffer {
  const bytes = Buffer.concat(part);
  sum.update(bytes);
  return bytes;
}

export function readManifest(bytes: Uint8Array): readonly ManifestRow[] {
  const text = zstdDecompressSync(bytes).toString('utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as ManifestRow); // written by `createManifest`, told by its hash
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function escaped(path: Buffer): string {
  try {
    return strict.decode(path).replaceAll('%', '%25');
  } catch {
    return [...path]
      .map((byte) => (byte < 0x80 && byte !== 0x25 ? String.fromCharCode(byte) : `%${hex(byte)}`))
      .join('');
  }
}

function hex(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, '0');
}
