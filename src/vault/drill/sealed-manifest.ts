/** The manifest of a snapshot as it lies in the repository: a snapshot of one file, found by its tag, believed by its hash. */
import { hash } from 'node:crypto';
import { zstdDecompressSync } from 'node:zlib';
import { readManifest } from '#vault/engine/manifest.ts';
import type { ManifestRow } from '#vault/engine/manifest.ts';
import type { Repository } from '#vault/engine/repository.ts';
import { walkSnapshot } from '#vault/engine/tree-reader.ts';
import { Fault } from '#std/refused.ts';

/** Lines of JSON, zstd: `zstd -dc` shows them. */
export const MANIFEST_FILE = 'manifest.jsonl.zst';
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
  const tag = manifestTag(snapshot);
  for (const { id, tags } of await repository.snapshots()) {
    if (!tags.includes(tag)) continue;
    const bytes = await readManifestFile(repository, id);
    if (bytes !== undefined && hash('sha256', zstdDecompressSync(bytes), 'hex') === sha256) return readManifest(bytes);
  }
  throw new Fault(
    'no-manifest',
    `the repository has no manifest of ${snapshot.slice(0, 12)} with the hash that was recorded`,
  );
}

async function readManifestFile(repository: Repository, snapshot: string): Promise<Buffer | undefined> {
  for await (const { node } of walkSnapshot(repository, snapshot)) {
    if (node.type !== 'file' || Buffer.from(node.name).toString() !== MANIFEST_FILE) continue;
    const pieces: Buffer[] = [];
    for (const id of node.content ?? []) pieces.push(await repository.readBlob('data', id));
    return Buffer.concat(pieces);
  }
  return undefined;
}
