/** Seals in memory, with real keys and the real formats; keeps no tiles. For tests and the demo's dry parts. */
import { generateKeyPairSync } from 'node:crypto';
import type { LogKeys } from '#ledger/checkpoint.ts';
import { signCheckpoint } from '#ledger/checkpoint.ts';
import { createFrontier } from '#ledger/frontier.ts';
import type { LedgerStore, SealedView } from '#ports/ledger-store.ts';
import type { Sealer } from '#ports/sealer.ts';
import { Fault } from '#std/refused.ts';

export interface MemorySealer extends Sealer {
  readonly keys: LogKeys;
}

export function createMemorySealer(store: LedgerStore): MemorySealer {
  const keys = {
    ed25519: generateKeyPairSync('ed25519').privateKey,
    mlDsa44: generateKeyPairSync('ml-dsa-44').privateKey,
  };
  const frontier = createFrontier();
  let view: SealedView | undefined;
  return {
    keys,
    get view() {
      return view;
    },
    async seal(size, at, origin) {
      if (size < frontier.size || at < (view?.sealedAt ?? 0))
        throw new Fault('seal-refused', 'a checkpoint that goes back');
      for await (const { bytes } of store.read(frontier.size, size)) frontier.appendEntry(bytes);
      const root = frontier.root();
      view = { size, root, note: signCheckpoint({ origin, size, root }, keys, Math.floor(at / 1000)), sealedAt: at };
      return view;
    },
    close: async () => undefined,
  };
}
