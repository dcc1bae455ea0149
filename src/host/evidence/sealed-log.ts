/** The sealed ledger with its proofs (ports/sealed-log.ts), over the files that any process may read. */
import { encodedProof } from './inclusion.ts';
import { policyOf } from './sealed-bundles.ts';
import type { LogKeys } from '#ledger/checkpoint.ts';
import type { LedgerFiles } from '#ports/ledger-files.ts';
import type { SealedLog } from '#ports/sealed-log.ts';
import { Fault } from '#std/refused.ts';

export function createSealedLog(files: LedgerFiles, keys: () => LogKeys): SealedLog {
  return {
    async entryBytes(index) {
      for await (const { bytes } of files.read(index, index + 1)) return Uint8Array.from(bytes);
      throw new Fault('no-such-entry', `the ledger has no entry ${index}`);
    },
    async checkpoint() {
      const sealed = await files.sealed();
      return sealed === undefined ? undefined : { size: sealed.size, root: sealed.root, note: sealed.note };
    },
    async policy() {
      const sealed = await files.sealed();
      return sealed === undefined ? undefined : policyOf(sealed, keys());
    },
    async proof(index) {
      const sealed = await files.sealed();
      return sealed === undefined || index >= sealed.size ? undefined : encodedProof(files, index, sealed);
    },
    logFile: (path) => files.file(path),
  };
}
