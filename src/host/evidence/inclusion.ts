/** The inclusion proof of one entry, out of the log's tiles, as a C2SP tlog-proof file. */
import { inclusionRanges, makeInclusionProof } from '#ledger/proof.ts';
import { hashesFromTiles, tilesForRanges } from '#ledger/tile-source.ts';
import { tilePath } from '#ledger/tile.ts';
import { renderTlogProof } from '#ledger/tlog-proof.ts';
import type { LedgerFiles } from '#ports/ledger-files.ts';
import type { SealedView } from '#ports/ledger-store.ts';
import { Fault } from '#std/refused.ts';

export async function encodedProof(files: LedgerFiles, index: number, sealed: SealedView): Promise<string> {
  const held = new Map<string, Uint8Array>();
  for (const tile of tilesForRanges(inclusionRanges(index, sealed.size), sealed.size)) {
    const bytes = await files.file(tilePath(tile));
    if (bytes === undefined) throw new Fault('tile-missing', `the log has no ${tilePath(tile)}`);
    held.set(`${tile.level}/${tile.index}`, bytes);
  }
  const proof = makeInclusionProof(
    index,
    sealed.size,
    hashesFromTiles((level, tile) => held.get(`${level}/${tile}`)),
  );
  return renderTlogProof({ index, proof, checkpoint: sealed.note });
}
