/**
 * The manifest of a snapshot: one line of JSON for each file with its path beneath the source, its size, and the SHA-256 and length of each
 * of its pieces in order. With it a restored file is checked without the repository: cut it at the lengths and hash. A file of one piece
 * has the SHA-256 that any tool gives. Lines are in the order of the paths' bytes, so that the same tree, held still in the same way, has the same
 * manifest.
 */
import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { writeLines } from '#vault/engine/lines-file.ts';
import { createSortedLines } from '#vault/engine/sorted-lines.ts';
import { plainLengthOf } from '#vault/engine/plain-lengths.ts';
import type { Repository } from '#vault/engine/repository.ts';
import type { WalkedFile } from '#vault/engine/walk.ts';
import { Bug } from '#std/assert.ts';

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
  /** Of the lines. */
  readonly sha256: string;
  readonly files: number;
}

export interface ManifestWriter extends Disposable {
  add(file: WalkedFile): void;
  /** Writes the lines, compressed. */
  done(): Promise<Manifest>;
}

export interface ManifestParts {
  /** Where the pieces of files that stand unread are stored. */
  readonly repository: Pick<Repository, 'index'>;
  /** The folder that the paths lie in. */
  readonly root: string;
  /** Where it is written, in a folder that is there: a million files take some 40 MB, and gathering them 50 more for a while. */
  readonly file: string;
}

/** Of what a backup says of each file. */
export function createManifest({ repository, root, file }: ManifestParts): ManifestWriter {
  const lines = createSortedLines({ scratch: dirname(file) });
  let files = 0;
  const skip = Buffer.byteLength(root) + 1;
  return {
    add({ path, node, read }) {
      const short = path.subarray(skip);
      const ids = node.content ?? [];
      const unsteady = read === undefined || read.steadiness === 'steady' ? {} : { unsteady: read.steadiness };
      const held = read?.isHeld === true ? { held: true as const } : {};
      const row = { path: escaped(short), size: Number(node.size), pieces: [], ...unsteady, ...held };
      lines.add(
        short,
        lineOf(row, ids, (id, i) => read?.lengths[i] ?? storedLength(repository, id)),
      );
      files += 1;
    },
    async done() {
      const sum = createHash('sha256');
      await writeLines(file, lines.texts(), (part) => sum.update(part));
      return { sha256: sum.digest('hex'), files };
    },
    [Symbol.dispose]: lines.close,
  };
}

function storedLength({ index }: Pick<Repository, 'index'>, id: string): number {
  const place = index.get(id);
  if (place === undefined) throw new Bug('a piece of an unchanged file is not stored');
  return plainLengthOf(place);
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
