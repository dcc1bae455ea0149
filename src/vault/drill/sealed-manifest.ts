/**
 * What is sealed about a snapshot, as it lies in the repository beside it: a small snapshot of its own, found by its tag. It holds the manifest, and what
 * was seen of each file for the next snapshot to be judged against; each is believed by its hash, which the ledger keeps.
 */
import { hash } from 'node:crypto';
import { zstdDecompressSync } from 'node:zlib';
import { decodePast } from '#vault/detect/past-looks.ts';
import type { PastLooks } from '#vault/detect/past-looks.ts';
import { readManifest } from '#vault/engine/manifest.ts';
import type { ManifestRow } from '#vault/engine/manifest.ts';
import { asDamage } from '#vault/engine/repository.ts';
import type { Repository } from '#vault/engine/repository.ts';
import { walkSnapshot } from '#vault/engine/tree-reader.ts';
import type { TreeNode } from '#vault/format/tree-node.ts';
import { Fault } from '#std/refused.ts';

/** Lines of JSON, zstd: `zstd -dc` shows them. */
export const MANIFEST_FILE = 'manifest.jsonl.zst';
/** Lines of JSON, zstd (`past-looks.ts`). */
export const LOOKS_FILE = 'looks.jsonl.zst';
/** What a manifest may unfold to: some two million files. */
const MANIFEST_BYTES_MAX = 1024 * 1024 * 1024;
const TAG = 'picturelock-manifest-of:';

export function manifestTag(snapshot: string): string {
  return `${TAG}${snapshot}`;
}

export function isManifestSnapshot(tags: readonly string[]): boolean {
  return tags.some((tag) => tag.startsWith(TAG));
}

/** The rows whose text has the hash that the ledger keeps; a Fault when there is no such manifest. */
export async function readSealedManifest(
  repository: Repository,
  snapshot: string,
  sha256: string,
): Promise<readonly ManifestRow[]> {
  for await (const bytes of sealedFiles(repository, snapshot, MANIFEST_FILE))
    if (textSha256(bytes) === sha256) return readManifest(bytes);
  throw new Fault(
    'no-manifest',
    `the repository has no manifest of ${snapshot.slice(0, 12)} with the hash that was recorded`,
  );
}

/** Undefined for bytes that are no manifest. */
function textSha256(bytes: Buffer): string | undefined {
  try {
    return hash('sha256', zstdDecompressSync(bytes, { maxOutputLength: MANIFEST_BYTES_MAX }), 'hex');
  } catch {
    return undefined;
  }
}

/** What was seen of each file of a snapshot; a Fault when nothing there has the hash that the ledger keeps. */
export async function readSealedLooks(repository: Repository, snapshot: string, sha256: string): Promise<PastLooks> {
  for await (const bytes of sealedFiles(repository, snapshot, LOOKS_FILE))
    if (hash('sha256', bytes, 'hex') === sha256) return decodePast(bytes);
  throw new Fault('no-looks', `what was seen of ${snapshot.slice(0, 12)} is not there with the hash that was recorded`);
}

/** Every file of this name that is sealed about the snapshot and can be read: anybody can add another one, or bytes that are no snapshot at all. */
async function* sealedFiles(repository: Repository, snapshot: string, name: string): AsyncIterable<Buffer> {
  const tag = manifestTag(snapshot);
  for (const { id, tags } of await repository.snapshots(() => undefined)) {
    if (!tags.includes(tag)) continue;
    for (const file of await readable(() => filesNamed(repository, id, name))) {
      const body = await readable(async () => [await contentOf(repository, file)]);
      yield* body;
    }
  }
}

async function filesNamed(repository: Repository, snapshot: string, name: string): Promise<readonly TreeNode[]> {
  const found: TreeNode[] = [];
  for await (const { node } of walkSnapshot(repository, snapshot))
    if (node.type === 'file' && Buffer.from(node.name).toString() === name) found.push(node);
  return found;
}

async function contentOf(repository: Repository, { content = [] }: TreeNode): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (const piece of content) pieces.push(await repository.readBlob('data', piece));
  return Buffer.concat(pieces);
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
