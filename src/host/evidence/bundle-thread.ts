/** One bundle made or checked, in a thread that ends afterwards: a million entries must not hold up anybody's transfer. */
import { parentPort, workerData } from 'node:worker_threads';
import { readPublicKeys } from '#host/keys/signing-keys.ts';
import { openSubjectKeys } from '#host/keys/subject-keys.ts';
import { openLedgerFiles } from '#host/ledger/ledger-files.ts';
import { ledgerFolders } from '#host/ledger/ledger-folders.ts';
import type { FaultData } from '#host/ledger/thread-fault.ts';
import { faultData } from '#host/ledger/thread-fault.ts';
import type { BundleCheck, BundleRange, ExportedBundle } from '#ports/bundles.ts';
import type { ProjectId } from '#std/ids.ts';
import type { Outcome } from '#std/refused.ts';
import { createSealedBundles } from './sealed-bundles.ts';

export type BundleJob =
  | { readonly kind: 'export'; readonly data: string; readonly project: ProjectId; readonly range: BundleRange }
  | { readonly kind: 'verify'; readonly data: string; readonly zip: Uint8Array; readonly policy: string | undefined };

export type BundleAnswer =
  | { readonly kind: 'exported'; readonly outcome: Outcome<ExportedBundle> }
  | { readonly kind: 'checked'; readonly check: BundleCheck }
  | { readonly kind: 'failed'; readonly fault: FaultData };

async function work(job: BundleJob): Promise<BundleAnswer> {
  const folders = ledgerFolders(job.data);
  const files = openLedgerFiles(folders);
  try {
    const bundles = createSealedBundles(files, openSubjectKeys(job.data), readPublicKeys(folders.keys));
    if (job.kind === 'export') return { kind: 'exported', outcome: await bundles.export(job.project, job.range) };
    return { kind: 'checked', check: await bundles.verify(job.zip, job.policy) };
  } catch (cause) {
    return { kind: 'failed', fault: faultData(cause) };
  } finally {
    await files.close();
  }
}

const answer = await work(workerData as BundleJob); // bundle-desk.ts is the only one that starts this thread
const zip = answer.kind === 'exported' && answer.outcome.kind === 'ok' ? answer.outcome.value.zip.buffer : undefined;
parentPort?.postMessage(answer, zip instanceof ArrayBuffer ? [zip] : []);
