/**
 * What the engine knows when it starts: every entry read once. Streams must be numbered without gaps, the stored checkpoint must
 * be reproduced, and the state is the fold, from a snapshot when the ledger has the root that the snapshot names.
 */
import type { EnginePorts } from '#engine/engine.ts';
import type { Past } from '#engine/past.ts';
import type { Stamper } from '#engine/stamp.ts';
import { entryFrom } from '#engine/stamp.ts';
import type { Frontier } from '#ledger/frontier.ts';
import { createFrontier } from '#ledger/frontier.ts';
import type { State } from '#model/state.ts';
import type { Snapshot } from '#ports/snapshots.ts';
import { isEqual } from '#std/bytes.ts';
import { Fault } from '#std/refused.ts';

export async function replay(ports: EnginePorts, stamper: Stamper, past: Past): Promise<State> {
  const snapshot = await ports.snapshots?.load();
  const usable = snapshot !== undefined && snapshot.state.size <= ports.store.size ? snapshot : undefined;
  const frontier = createFrontier();
  let state = usable?.state ?? ports.rules.empty;
  for await (const { index, bytes } of ports.store.read(0, ports.store.size)) {
    stamper.replay(bytes);
    frontier.appendEntry(bytes);
    checkPoint(ports, frontier);
    if (index >= state.size) {
      state = ports.rules.evolve(state, { index, entry: entryFrom(bytes) });
      past.keep(state);
    }
    if (usable !== undefined && frontier.size === usable.state.size) {
      if (!isSnapshotOf(usable, frontier)) state = await foldTo(ports, frontier.size);
      past.keep(state);
    }
  }
  if (frontier.size < (ports.sealer.view?.size ?? 0)) throw rolledBack(ports, frontier.size);
  return state;
}

function checkPoint(ports: EnginePorts, frontier: Frontier): void {
  const { view } = ports.sealer;
  if (view === undefined || frontier.size !== view.size || isEqual(frontier.root(), view.root)) return;
  throw new Fault(
    'checkpoint-not-reproduced',
    `the ledger has another root at size ${view.size} than the one that was signed`,
  );
}

function rolledBack(ports: EnginePorts, size: number): Fault {
  const signed = ports.sealer.view?.size ?? 0;
  return new Fault('ledger-rolled-back', `the ledger has ${size} entries, but a checkpoint over ${signed} was signed`);
}

function isSnapshotOf(snapshot: Snapshot, frontier: Frontier): boolean {
  return isEqual(snapshot.root, frontier.root());
}

async function foldTo(ports: EnginePorts, size: number): Promise<State> {
  let state = ports.rules.empty;
  for await (const { index, bytes } of ports.store.read(0, size))
    state = ports.rules.evolve(state, { index, entry: entryFrom(bytes) });
  return state;
}
