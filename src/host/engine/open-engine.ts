/** The engine over a data folder: the real store, sealer, index, keys and clock. One per facility, in one process. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine } from '#engine/engine.ts';
import { openEngine } from '#engine/engine.ts';
import { modelRules } from '#engine/model-rules.ts';
import type { Rules } from '#engine/rules.ts';
import { createClock } from '#host/clock.ts';
import { openSnapshotFile } from '#host/engine/snapshot-file.ts';
import { openEntryIndex } from '#host/index/entry-index.ts';
import { openCommitLog } from '#host/ledger/commit-log.ts';
import { ledgerFolders } from '#host/ledger/ledger-folders.ts';
import type { LedgerFolders } from '#host/ledger/ledger-folders.ts';
import { lockLedger } from '#host/ledger/ledger-lock.ts';
import { createNodeDisk } from '#host/ledger/node-disk.ts';
import { startSealer } from '#host/ledger/sealer.ts';
import { createRandom } from '#host/random.ts';
import type { Clock } from '#ports/clock.ts';
import type { LedgerStore } from '#ports/ledger-store.ts';

export interface HostEngineOptions {
  readonly data: string;
  /** Where signed checkpoints are kept; best on another device than `data`. */
  readonly checkpoints?: string;
  readonly segmentBytes?: number;
  readonly version?: string;
  readonly clock?: Clock;
  readonly rules?: Rules;
}

export interface HostEngine extends Engine {
  readonly folders: LedgerFolders;
  readonly store: LedgerStore;
}

export async function openHostEngine(options: HostEngineOptions): Promise<HostEngine> {
  const folders = ledgerFolders(options.data, options.checkpoints);
  for (const folder of Object.values(folders)) mkdirSync(folder, { recursive: true, mode: 0o700 });
  const lock = lockLedger(join(folders.log, 'lock.sqlite'));
  try {
    const engine = await openOver(folders, options);
    return { ...engine, close: () => engine.close().finally(() => lock.release()) };
  } catch (cause) {
    lock.release();
    throw cause;
  }
}

async function openOver(folders: LedgerFolders, options: HostEngineOptions): Promise<HostEngine> {
  const { segmentBytes, clock = createClock(), rules = modelRules, version = '0' } = options;
  const random = createRandom();
  const opened: { close(): Promise<void> }[] = [];
  try {
    const store = kept(
      opened,
      await openCommitLog({
        disk: createNodeDisk(folders.log),
        random,
        ...(segmentBytes === undefined ? {} : { segmentBytes }),
      }),
    );
    const { recovered, tornBytes } = store;
    const sealer = kept(opened, await startSealer(folders, store.size));
    const index = kept(opened, await openEntryIndex(options.data, store));
    const snapshots = openSnapshotFile(join(options.data, 'index'), rules.empty, version);
    const engine = await openEngine({
      store,
      sealer,
      index,
      clock,
      random,
      rules,
      snapshots,
      recovery: { recovered, tornBytes },
      version,
    });
    return { ...engine, folders, store };
  } catch (cause) {
    for (const part of opened.reverse()) await part.close();
    throw cause;
  }
}

function kept<T extends { close(): Promise<void> }>(opened: { close(): Promise<void> }[], part: T): T {
  opened.push(part);
  return part;
}
