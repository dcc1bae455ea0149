/**
 * The sealer itself; it runs in a thread of its own. It reads what is durable from the log, as anybody else would, so that what it
 * signs is what is stored and not what somebody remembers having written.
 */
import { openCheckpointStore } from '#host/ledger/checkpoint-store.ts';
import type { LedgerReader } from '#host/ledger/ledger-reader.ts';
import { createTileBuilder } from '#host/ledger/tile-builder.ts';
import type { TileFiles } from '#host/ledger/tile-files.ts';
import type { LogKeys } from '#ledger/checkpoint.ts';
import { logVerifierKeys, openCheckpoint, signCheckpoint } from '#ledger/checkpoint.ts';
import { parseNote } from '#ledger/note.ts';
import type { SealedView } from '#ports/ledger-store.ts';
import type { Sealer } from '#ports/sealer.ts';
import { isEqual, toHex } from '#std/bytes.ts';
import { Fault } from '#std/refused.ts';

export interface SealPorts {
  readonly reader: LedgerReader;
  readonly tiles: TileFiles;
  readonly checkpointFolder: string;
  readonly keys: LogKeys;
  /** Entries that the log holds now. */
  readonly size: number;
}

/** Reproduces the stored checkpoint from the log before anything else; throws when it cannot. */
export async function openSealer(ports: SealPorts): Promise<Sealer> {
  const store = openCheckpointStore(ports.checkpointFolder);
  const builder = createTileBuilder();
  const syncedTo = ports.tiles.syncedTo;

  async function advance(size: number): Promise<Uint8Array> {
    for await (const { bytes } of ports.reader.read(builder.frontier.size, size)) {
      for (const tile of builder.add(bytes)) if (tile.endsAt > syncedTo) ports.tiles.write(tile);
    }
    return builder.frontier.root();
  }

  async function seal(size: number, at: number, origin: string): Promise<SealedView> {
    const before = store.view;
    if (size < builder.frontier.size)
      throw new Fault('seal-refused', `the ledger shrank from ${builder.frontier.size} to ${size}`);
    if (at < (before?.sealedAt ?? 0)) throw new Fault('seal-refused', 'the clock stands before the last checkpoint');
    const root = await advance(size);
    const view: SealedView = {
      size,
      root,
      note: signCheckpoint({ origin, size, root }, ports.keys, Math.floor(at / 1000)),
      sealedAt: at,
    };
    store.replace(before, view);
    return view;
  }

  const { view } = store;
  if (view !== undefined) {
    checkOwn(view, ports.keys);
    if (view.size > ports.size) {
      throw new Fault(
        'ledger-rolled-back',
        `the ledger has ${ports.size} entries, but a checkpoint over ${view.size} was signed: this is an older copy`,
      );
    }
    const root = await advance(view.size);
    if (!isEqual(root, view.root)) {
      throw new Fault(
        'checkpoint-not-reproduced',
        `at size ${view.size} the ledger has the root ${toHex(root)}; signed was ${toHex(view.root)}`,
      );
    }
  }

  return {
    get view() {
      return store.view;
    },
    seal,
    async close() {
      await ports.reader.close();
      store.close();
    },
  };
}

/** The stored checkpoint must be by our own keys, over what it says. */
function checkOwn(view: SealedView, keys: LogKeys): void {
  const [origin = ''] = parseNote(view.note).text.split('\n');
  const { ed25519, mlDsa44 } = logVerifierKeys(origin, keys);
  const checkpoint = openCheckpoint(view.note, [ed25519, mlDsa44]);
  if (checkpoint.size !== view.size || !isEqual(checkpoint.root, view.root)) {
    throw new Fault('checkpoint-damaged', 'the stored checkpoint does not say what its note says');
  }
}
