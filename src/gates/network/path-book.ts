/**
 * The paths that are open in the packet filter, and the change that brings them to what the state says. A flow leads to the mark of the
 * longest-lived of its paths; when that one goes it leads to the next.
 */
import type { Deadlines } from './deadlines.ts';
import type { MarkBook } from './mark-book.ts';
import type { OpenPath } from '#model/network-state.ts';
import type { State } from '#model/state.ts';
import type { Change, PointerText } from '#plan/network/nft/elements.ts';
import type { PathId } from '#std/ids.ts';
import { canonicalAddress } from '#std/address.ts';

interface Held {
  readonly path: OpenPath;
  readonly mark: number;
  readonly tuple: string;
}

interface Flow {
  readonly paths: Set<PathId>;
  /** The path whose mark it leads to. */
  leads: PathId | undefined;
}

export type PathChange = Pick<Change, 'dead' | 'live' | 'point' | 'unpoint'> & {
  readonly closed: readonly OpenPath[];
};

export interface PathBook {
  /** What has to be done; done as far as this book is concerned. */
  follow(paths: State['network']['paths'], now: number): PathChange;
  /** Everything stands as in this very state; returns the paths that were held and are none of it. */
  restart(paths: State['network']['paths']): readonly OpenPath[];
}

export function createPathBook(marks: MarkBook, deadlines: Deadlines): PathBook {
  let held = new Map<PathId, Held>();
  let flows = new Map<string, Flow>();

  function add(path: OpenPath): void {
    const tuple = tupleOf(path);
    held.set(path.id, { path, mark: marks.markOf(path.id), tuple });
    let flow = flows.get(tuple);
    if (flow === undefined) flows.set(tuple, (flow = { paths: new Set(), leads: undefined }));
    flow.paths.add(path.id);
  }

  /** Longest-lived, and of two that end together the one with the first id, as the compiler has it. */
  function bestOf(flow: Flow): Held | undefined {
    let best: Held | undefined;
    for (const id of flow.paths) {
      const one = held.get(id);
      if (one === undefined) continue;
      const { until } = one.path;
      if (best === undefined || until > best.path.until || (until === best.path.until && id < best.path.id)) best = one;
    }
    return best;
  }

  function repoint(tuples: ReadonlySet<string>, former: ReadonlyMap<PathId, Held>): Pick<Change, 'point' | 'unpoint'> {
    const [point, unpoint]: [PointerText[], PointerText[]] = [[], []];
    for (const tuple of tuples) {
      const flow = flows.get(tuple);
      if (flow === undefined) continue;
      const [best, before] = [bestOf(flow), flow.leads];
      if (best?.path.id === before) continue;
      const old = before === undefined ? undefined : (held.get(before) ?? former.get(before));
      if (old !== undefined) unpoint.push(pointerOf(old));
      if (best !== undefined) point.push(pointerOf(best));
      flow.leads = best?.path.id;
      if (flow.paths.size === 0) flows.delete(tuple);
    }
    return { point, unpoint };
  }

  return {
    follow(paths, now) {
      const former = new Map<PathId, Held>();
      if (held.size > 0) for (const [id, one] of held) if (!paths.has(id)) former.set(id, one);
      const added = [...paths.values()].filter(({ id }) => !held.has(id)).filter(isExact);
      const tuples = new Set<string>();
      for (const [id, { tuple }] of former) {
        held.delete(id);
        flows.get(tuple)?.paths.delete(id);
        tuples.add(tuple);
        marks.giveBack(id);
        deadlines.forget(id);
      }
      for (const path of added) {
        add(path);
        tuples.add(tupleOf(path));
      }
      const live = added.flatMap(({ id, until }) => {
        const ttlMs = Math.floor(deadlines.endOf(id, until) - now);
        return ttlMs < 1 ? [] : [{ mark: marks.markOf(id), id, ttlMs }];
      });
      const gone = [...former.values()];
      return {
        dead: gone.map(({ mark }) => mark),
        live,
        ...repoint(tuples, former),
        closed: gone.map(({ path }) => path),
      };
    },
    restart(paths) {
      const closed = [...held.values()].flatMap(({ path }) => (paths.has(path.id) ? [] : [path]));
      [held, flows] = [new Map(), new Map()];
      for (const path of paths.values()) if (isExact(path)) add(path);
      for (const flow of flows.values()) flow.leads = bestOf(flow)?.path.id;
      return closed;
    },
  };
}

function isExact({ from, to }: OpenPath): boolean {
  const [a, b] = [canonicalAddress(from), canonicalAddress(to)];
  return a !== undefined && b !== undefined && a.includes(':') === b.includes(':');
}

function tupleOf({ from, to, protocol, port }: OpenPath): string {
  return `${canonicalAddress(from)} ${canonicalAddress(to)} ${protocol} ${port}`;
}

function pointerOf({ path: { from, to, protocol, port }, mark }: Held): PointerText {
  return { from: canonicalAddress(from) ?? from, to: canonicalAddress(to) ?? to, protocol, port, mark };
}
