/** Compares restored files with the manifest that was sealed when they were backed up: presence, size, and the SHA-256 of every piece. */
import { hash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { ManifestRow } from '#vault/engine/manifest.ts';

export interface Mismatch {
  readonly path: string;
  readonly why: string;
}

/** Undefined when the file at `root` + its path is what the row says, to the byte. */
export async function compareFile(root: string, row: ManifestRow): Promise<Mismatch | undefined> {
  const why = await differs(pathBeneath(root, row.path), row).catch((cause: unknown) =>
    (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'it is not there' : `it cannot be read: ${String(cause)}`,
  );
  return why === undefined ? undefined : { path: row.path, why };
}

/** Bytes that are no UTF-8 are written `%XX` in a manifest. */
export function pathBeneath(root: string, path: string): string | Buffer {
  if (!path.includes('%')) return join(root, path);
  const bytes = Buffer.from(path, 'utf8').toString('latin1');
  const plain = bytes.replace(/%([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.concat([Buffer.from(`${root}/`), Buffer.from(plain, 'latin1')]);
}

async function differs(path: string | Buffer, row: ManifestRow): Promise<string | undefined> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    if (size !== row.size) return `it has ${size} bytes, not ${row.size}`;
    let at = 0;
    for (const [length, sha256] of row.pieces) {
      const piece = Buffer.allocUnsafe(length);
      const { bytesRead } = await file.read(piece, 0, length, at);
      if (bytesRead !== length || hash('sha256', piece, 'hex') !== sha256)
        return `its bytes from ${at} on are not the ones that were backed up`;
      at += length;
    }
    return at === row.size ? undefined : 'the manifest does not cover all of it';
  } finally {
    await file.close();
  }
}
