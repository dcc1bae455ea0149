/**
 * What is sealed about a snapshot, as it lies in the repository beside it: a small snapshot of its own, found by its tag. It holds the manifest, and what
 * was seen of each file for the next snapshot to be judged against; each is believed by its hash, which the ledger keeps.
 */
import { createHash, hash } from 'node:crypto';
import { decodePast } from '#vault/detect/look-file.ts';
import type { DecodeOptions } from '#vault/detect/look-file.ts';
import type { PastLooks } from '#vault/detect/past-looks.ts';
import { readLines } from '#vault/engine/lines-file.ts';
import type { ManifestRow } from '#vault/engine/manifest.ts';
import { asDamage } from '#vault/engine/repository.ts';
import type { Repository } from '#vault/engine/repository.ts';
import { TextLog } from '#vault/engine/text-log.ts';
import { walkSnapshot } from '#vault/engine/tree-reader.ts';
import type { TreeNode } from '#vault/format/tree-node.ts';
import { Fault } from '#std/refused.ts';

/** Lines of JSON, zstd: `zstd -dc` shows them. */
export const MANIFEST_FILE = 'manifest.jsonl.zst';
/** Lines of JSON, zstd (`past-looks.ts`). */
export const LOOKS_FILE = 'looks.jsonl.zst';
/** What a manifest may unfold to: some hundred million files. */
const MANIFEST_BYTES_MAX = 16 * 1024 * 1024 * 1024;
const TAG = 'picturelock-manifest-of:';

export function manifestTag(snapshot: string): string {
  return `${TAG}${snapshot}`;
}

export function isManifestSnapshot(tags: readonly string[]): boolean {
  return tags.some((tag) => tag.startsWith(TAG));
}

/** Read for what is asked of it: its rows lie aside. */
export interface SealedManifest {
  readonly files: number;
  readonly bytes: number;
  paths(): Iterable<string>;
  /** Those with these paths; all when left out. */
  rows(paths?: ReadonlySet<string>): Iterable<ManifestRow>;
}

/** The one whose text has the hash that the ledger keeps; a Fault when there is no such manifest. `scratch`: a folder for what memory has no room for. */
export async function readSealedManifest(
  repository: Repository,
  snapshot: string,
  sha256: string,
  scratch: string,
): Promise<SealedManifest> {
  for await (const file of sealedFiles(repository, snapshot, MANIFEST_FILE)) {
    const [manifest] = await readable(async () => [await manifestOf(piecesOf(repository, file), sha256, scratch)]);
    if (manifest !== undefined) return manifest;
  }
  throw new Fault(
    'no-manifest',
    `the repository has no manifest of ${snapshot.slice(0, 12)} with the hash that was recorded`,
  );
}

/** Undefined for bytes that are another manifest, or none. */
async function manifestOf(
  pieces: AsyncIterable<Buffer>,
  sha256: string,
  scratch: string,
): Promise<SealedManifest | undefined> {
  const [sum, log] = [createHash('sha256'), new TextLog(scratch)];
  const onPart = (part: Buffer): void => void sum.update(part);
  let [files, bytes] = [0, 0];
  for await (const lines of readLines(pieces, { onPart, bytesMax: MANIFEST_BYTES_MAX }))
    for (const line of lines) {
      log.add(line);
      files += 1;
      bytes += headOf(line).size;
    }
  if (sum.digest('hex') !== sha256) return undefined;
  return {
    files,
    bytes,
    *paths() {
      for (const line of log.texts()) yield headOf(line).path;
    },
    *rows(wanted) {
      for (const line of log.texts())
        if (wanted === undefined || wanted.has(headOf(line).path)) yield JSON.parse(line) as ManifestRow; // written by `createManifest`, told by its hash
    },
  };
}

const HEAD = /^\{"path":("(?:[^"\\]|\\.)*"),"size":(\d+),/;

/** How a line of `createManifest` begins; a file that is nearly all hole goes on for megabytes. */
function headOf(line: string): Pick<ManifestRow, 'path' | 'size'> {
  const [, path = '""', size = ''] = HEAD.exec(line) ?? [];
  if (size === '') throw new Fault('object-damaged', 'a line that no manifest has');
  return { path: JSON.parse(path) as string, size: Number(size) };
}

/** What was seen of each file of a snapshot; a Fault when nothing there has the hash that the ledger keeps. */
export async function readSealedLooks(
  repository: Repository,
  snapshot: string,
  sha256: string,
  options?: DecodeOptions,
): Promise<PastLooks> {
  for await (const file of sealedFiles(repository, snapshot, LOOKS_FILE)) {
    const [bytes] = await readable(() => gathered(piecesOf(repository, file)));
    if (bytes !== undefined && hash('sha256', bytes, 'hex') === sha256) return decodePast(bytes, options);
  }
  throw new Fault('no-looks', `what was seen of ${snapshot.slice(0, 12)} is not there with the hash that was recorded`);
}

/** Every file of this name that is sealed about the snapshot and can be found: anybody can add another one, or bytes that are no snapshot at all. */
async function* sealedFiles(repository: Repository, snapshot: string, name: string): AsyncIterable<TreeNode> {
  const tag = manifestTag(snapshot);
  for (const { id, tags } of await repository.snapshots(() => undefined))
    if (tags.includes(tag)) yield* await readable(() => filesNamed(repository, id, name));
}

async function filesNamed(repository: Repository, snapshot: string, name: string): Promise<readonly TreeNode[]> {
  const found: TreeNode[] = [];
  for await (const { node } of walkSnapshot(repository, snapshot))
    if (node.type === 'file' && Buffer.from(node.name).toString() === name) found.push(node);
  return found;
}

async function* piecesOf(repository: Repository, { content = [] }: TreeNode): AsyncIterable<Buffer> {
  for (const piece of content) yield await repository.readBlob('data', piece);
}

async function gathered(pieces: AsyncIterable<Buffer>): Promise<readonly Buffer[]> {
  return [Buffer.concat(await Array.fromAsync(pieces))];
}

/** What is damaged is as good as not there: whoever looks for a hash says that nothing has it. */
async function readable<T>(read: () => Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await read();
  } catch (cause) {
    asDamage('sealed', cause);
    return [];
  }
}
