/** Verifies what lies in a folder with the verifier that assessors use: a bundle, a mirror, or a facility's own data directory. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readPublicKeys } from '#host/keys/signing-keys.ts';
import { renderReadme } from '#evidence/report/readme.ts';
import { renderReport } from '#evidence/report/report.ts';
import { openLedgerFiles } from '#host/ledger/ledger-files.ts';
import { ledgerFolders } from '#host/ledger/ledger-folders.ts';
import { logVerifierKeys, parseCheckpoint } from '#ledger/checkpoint.ts';
import { parseNote } from '#ledger/note.ts';
import { renderLogPolicy } from '#ledger/policy.ts';
import { allTiles, entryBundlePath, TILE_WIDTH, tilePath } from '#ledger/tile.ts';
import type { CheckOptions, CheckResult } from '#ledger/verifier/verify.mjs';
import { verifyLedger, verifyPath } from '#ledger/verifier/verify.mjs';
import { utf8 } from '#std/bytes.ts';

export async function verifyAt(path: string, policyFile: string | undefined): Promise<CheckResult> {
  const policy = policyFile === undefined ? undefined : readFileSync(policyFile, 'utf8');
  const options = { policy, renderers: { renderReport, renderReadme } };
  return existsSync(ledgerFolders(path).log) ? verifyFacility(path, options) : verifyPath(path, options);
}

/** A facility's own directory: full tiles are files there, the right edge is derived as for any reader, the checkpoint is kept apart. */
async function verifyFacility(data: string, options: CheckOptions): Promise<CheckResult> {
  const folders = ledgerFolders(data);
  const files = openLedgerFiles(folders);
  const edge = new Map<string, Uint8Array>();
  const sealed = await files.sealed();
  if (sealed !== undefined) {
    edge.set('checkpoint', utf8(sealed.note));
    for (const name of edgeNames(sealed.size)) edge.set(name, (await files.file(name)) ?? new Uint8Array());
    if (options.policy === undefined) edge.set('policy.txt', utf8(ownPolicy(folders.keys, sealed.note)));
  }
  await files.close();
  return verifyLedger((name) => edge.get(name) ?? readIfThere(join(folders.tiles, name)), options);
}

function edgeNames(size: number): readonly string[] {
  const tiles = allTiles(size)
    .filter(({ width }) => width < TILE_WIDTH)
    .map(tilePath);
  const width = size % TILE_WIDTH;
  return width === 0 ? tiles : [...tiles, entryBundlePath(Math.floor(size / TILE_WIDTH), width)];
}

function ownPolicy(keys: string, note: string): string {
  return renderLogPolicy(logVerifierKeys(parseCheckpoint(parseNote(note).text).origin, readPublicKeys(keys)));
}

function readIfThere(path: string): Uint8Array | undefined {
  return existsSync(path) ? readFileSync(path) : undefined;
}
