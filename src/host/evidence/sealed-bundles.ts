/** Bundles over the sealed files, for processes that are not the engine: the portal and the command line. */
import { createBundles } from './bundles.ts';
import { logVerifierKeys, parseCheckpoint } from '#ledger/checkpoint.ts';
import type { LogKeys } from '#ledger/checkpoint.ts';
import { parseNote } from '#ledger/note.ts';
import { renderLogPolicy } from '#ledger/policy.ts';
import type { Bundles } from '#ports/bundles.ts';
import type { LedgerFiles } from '#ports/ledger-files.ts';
import type { LedgerStore, SealedView } from '#ports/ledger-store.ts';
import type { SubjectKeys } from '#ports/subject-keys.ts';
import { Fault } from '#std/refused.ts';

export function createSealedBundles(files: LedgerFiles, keys: SubjectKeys, logKeys: LogKeys): Bundles {
  /** The ledger as it is sealed at this moment; a bundle is made of one moment. */
  const at = (sealed: SealedView | undefined): Bundles =>
    createBundles({
      store: readOnlyStore(files, sealed?.size ?? 0),
      sealed: () => sealed,
      keys,
      policy: sealed === undefined ? '' : policyOf(sealed, logKeys),
    });
  return {
    export: async (project, range) => at(await files.sealed()).export(project, range),
    verify: async (zip, policy) => at(undefined).verify(zip, policy),
  };
}

/** The keys that signed what is sealed, as tlog-policy text. */
export function policyOf(sealed: SealedView, logKeys: LogKeys): string {
  return renderLogPolicy(logVerifierKeys(parseCheckpoint(parseNote(sealed.note).text).origin, logKeys));
}

function readOnlyStore(files: LedgerFiles, size: number): LedgerStore {
  return {
    size,
    append: () => Promise.reject(new Fault('ledger-read-only', 'only the engine writes the ledger')),
    read: (from, to) => files.read(from, to),
    async readOne(index) {
      for await (const { bytes } of files.read(index, index + 1)) return Uint8Array.from(bytes);
      throw new Fault('no-such-entry', `the ledger has no entry ${index}`);
    },
    close: async () => undefined,
  };
}
