/** The sealer's thread: opens it, answers `seal`, and syncs tiles when there is nothing to sign. */
import { parentPort, workerData } from 'node:worker_threads';
import { openSigningKeys } from '#host/keys/signing-keys.ts';
import type { LedgerFolders } from '#host/ledger/ledger-folders.ts';
import { createLedgerReader } from '#host/ledger/ledger-reader.ts';
import { createNodeDisk } from '#host/ledger/node-disk.ts';
import { openSealer } from '#host/ledger/seal.ts';
import type { FaultData } from '#host/ledger/thread-fault.ts';
import { faultData } from '#host/ledger/thread-fault.ts';
import { openTileFiles } from '#host/ledger/tile-files.ts';
import type { SealedView } from '#ports/ledger-store.ts';
import { assert } from '#std/assert.ts';

export interface SealerThreadData {
  readonly folders: LedgerFolders;
  readonly size: number;
}
export type ToSealer =
  | { readonly kind: 'seal'; readonly size: number; readonly at: number; readonly origin: string }
  | { readonly kind: 'close' };
export type FromSealer =
  | { readonly kind: 'open'; readonly view: SealedView | undefined }
  | { readonly kind: 'sealed'; readonly view: SealedView }
  | { readonly kind: 'failed'; readonly fault: FaultData }
  | { readonly kind: 'closed' };

const port = parentPort;
assert(port !== null, 'the sealer runs in a thread');
const { folders, size } = workerData as SealerThreadData; // given by sealer.ts

function say(message: FromSealer): void {
  port?.postMessage(message);
}

try {
  const tiles = openTileFiles(folders.tiles);
  const reader = createLedgerReader(createNodeDisk(folders.log, { readOnly: true }));
  const sealer = await openSealer({
    reader,
    tiles,
    checkpointFolder: folders.checkpoints,
    keys: openSigningKeys(folders.keys),
    size,
  });
  let syncing: Promise<void> | undefined;
  port.on('message', (message: ToSealer) => {
    if (message.kind === 'close') {
      void (syncing ?? Promise.resolve())
        .then(() => tiles.sync())
        .then(() => sealer.close())
        .catch((cause: unknown) => say({ kind: 'failed', fault: faultData(cause) }))
        .finally(() => {
          say({ kind: 'closed' });
          port.close();
        });
      return;
    }
    sealer.seal(message.size, message.at, message.origin).then(
      (view) => {
        say({ kind: 'sealed', view });
        syncing ??= tiles
          .sync()
          .catch((cause: unknown) => say({ kind: 'failed', fault: faultData(cause) }))
          .finally(() => {
            syncing = undefined;
          });
      },
      (cause: unknown) => say({ kind: 'failed', fault: faultData(cause) }),
    );
  });
  say({ kind: 'open', view: sealer.view });
} catch (cause) {
  say({ kind: 'failed', fault: faultData(cause) });
  port.close();
}
