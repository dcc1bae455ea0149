/** The sealed ledger and bundles of a data directory, for commands. */
import { readPublicKeys } from '#host/keys/signing-keys.ts';
import { createSealedBundles } from '#host/evidence/sealed-bundles.ts';
import { createSealedLog } from '#host/evidence/sealed-log.ts';
import { openLedgerFiles } from '#host/ledger/ledger-files.ts';
import { ledgerFolders } from '#host/ledger/ledger-folders.ts';
import type { Bundles } from '#ports/bundles.ts';
import type { SealedLog } from '#ports/sealed-log.ts';
import type { SubjectKeys } from '#ports/subject-keys.ts';

export async function openSealedLog(data: string): Promise<SealedLog> {
  const folders = ledgerFolders(data);
  return createSealedLog(openLedgerFiles(folders), () => readPublicKeys(folders.keys));
}

export async function openBundles(data: string, { keys }: { readonly keys: SubjectKeys }): Promise<Bundles> {
  const folders = ledgerFolders(data);
  return createSealedBundles(openLedgerFiles(folders), keys, readPublicKeys(folders.keys));
}
