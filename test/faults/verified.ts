/** The whole sealed ledger as an outsider checks it: both signatures, every tile and bundle, the root, streams without gaps, heads. */
import assert from 'node:assert/strict';
import { openLedgerFiles } from '#host/ledger/ledger-files.ts';
import { ledgerFolders } from '#host/ledger/ledger-folders.ts';
import { openSigningKeys } from '#host/keys/signing-keys.ts';
import { logVerifierKeys, openCheckpoint } from '#ledger/checkpoint.ts';
import { decodeEntryBundle } from '#ledger/entry-bundle.ts';
import { decodeEntry } from '#ledger/entry.ts';
import { createFrontier } from '#ledger/frontier.ts';
import { leafHash, rootOfHashes } from '#ledger/hash.ts';
import { createHeadsTracker } from '#ledger/heads.ts';
import { allTiles, entryBundlePath, TILE_WIDTH, tilePath } from '#ledger/tile.ts';
import { concat } from '#std/bytes.ts';

/** Gives the sealed size; throws when anything does not hold. */
export async function verifyLedger(data: string, checkpoints?: string): Promise<number> {
  const folders = ledgerFolders(data, checkpoints);
  const files = openLedgerFiles(folders);
  try {
    const sealed = await files.sealed();
    assert.ok(sealed !== undefined, 'there is a checkpoint');
    const [origin = ''] = sealed.note.split('\n');
    const keys = logVerifierKeys(origin, openSigningKeys(folders.keys));
    const checkpoint = openCheckpoint(sealed.note, [keys.ed25519, keys.mlDsa44]);
    const frontier = createFrontier();
    const heads = createHeadsTracker();
    for (const tile of allTiles(checkpoint.size)) {
      const hashes = await files.file(tilePath(tile));
      assert.ok(hashes !== undefined, `${tilePath(tile)} is there`);
      if (tile.level > 0) {
        await checkParents(files, tile.level, tile.index * TILE_WIDTH, hashes);
        continue;
      }
      const bundle = await files.file(entryBundlePath(tile.index, tile.width));
      assert.ok(bundle !== undefined, 'every tile has its bundle');
      const entries = decodeEntryBundle(bundle, tile.width);
      assert.ok(
        Buffer.from(concat(...entries.map(leafHash))).equals(hashes),
        `${tilePath(tile)} holds its bundle's leaf hashes`,
      );
      for (const bytes of entries) {
        const entry = decodeEntry(bytes);
        if (entry.kind === 'ledger.heads')
          assert.equal(heads.data().root, entry.data.root, `heads committed at ${frontier.size}`);
        heads.add(
          frontier.size,
          entry.stream,
          entry.n,
          entry.salt,
          entry.kind === 'project.created' ? entry.data.streamNumber : undefined,
        );
        frontier.appendEntry(bytes);
      }
    }
    assert.deepEqual(Buffer.from(frontier.root()), Buffer.from(checkpoint.root), 'the entries give the signed root');
    return checkpoint.size;
  } finally {
    await files.close();
  }
}

async function checkParents(
  files: ReturnType<typeof openLedgerFiles>,
  level: number,
  firstChild: number,
  hashes: Uint8Array,
): Promise<void> {
  for (let child = 0; child * 32 < hashes.byteLength; child += 1) {
    const below = await files.file(tilePath({ level: level - 1, index: firstChild + child, width: TILE_WIDTH }));
    assert.ok(
      below !== undefined && Buffer.from(rootOfHashes(below)).equals(hashes.subarray(child * 32, child * 32 + 32)),
      'a parent holds the root of its child',
    );
  }
}
