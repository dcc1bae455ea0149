/** Says of the paths of shares that the packet filter holds them: whoever opened one is told no sooner that it is open. */
import { BY } from './findings.ts';
import type { State } from '#model/state.ts';
import type { EngineClient } from '#ports/engine.ts';
import type { PathId } from '#std/ids.ts';

export interface LoadedShares {
  /** The paths of this state are committed; nothing while no rules are loaded. */
  tell(state: State): void;
  settled(): Promise<void>;
}

const TOLD_MAX = 20_000;

export function createLoadedShares(
  engine: EngineClient,
  onTrouble: (what: string, error?: unknown) => void,
): LoadedShares {
  const told = new Set<PathId>();
  const onTheWay = new Set<Promise<void>>();

  async function say(path: PathId): Promise<void> {
    try {
      await engine.command({ kind: 'record-path-loaded', path }, BY); // a refusal says that the path is gone, or that it was said
    } catch (error) {
      told.delete(path); // the next pass says it
      onTrouble('a path was not said to be loaded', error);
    }
  }

  return {
    tell({ network: { mode, paths, flows } }) {
      if (mode === 'off' || !flows.some((flow) => flow.class === 'share')) return;
      for (const { id, flow, loadedAt } of paths.values()) {
        if (flow === undefined || loadedAt !== undefined || told.has(id)) continue;
        told.add(id);
        for (const old of told) if (told.size > TOLD_MAX) told.delete(old);
        const saying = say(id);
        onTheWay.add(saying);
        void saying.finally(() => onTheWay.delete(saying));
      }
    },
    async settled() {
      await Promise.all(onTheWay);
    },
  };
}
