/** Which paths a share session has had, what they carry, and whether the packet filter still holds any of them. */
import type { Seen } from '#gates/registry/receipt.ts';
import type { Passed, Placed } from '#model/events.ts';
import type { State } from '#model/state.ts';
import { parseRules } from '#plan/network/nft/parse-rules.ts';
import type { Clock } from '#ports/clock.ts';
import type { Warden } from '#ports/warden.ts';
import type { PathId, SessionId } from '#std/ids.ts';

/** More sessions than one gate holds; the oldest are forgotten first. */
const SESSIONS_KEPT = 20_000;
const AGAIN_MS = 15;
const LOOKS_MAX = 200;

export interface PathMemory {
  follow(placed: readonly Placed[]): void;
  pathsOf(sessions: readonly SessionId[]): ReadonlySet<PathId>;
}

/** The state drops a path together with its session; a receipt comes after that. */
export function createPathMemory({ network }: State): PathMemory {
  const known = new Map<SessionId, PathId[]>();

  function remember(session: SessionId, path: PathId): void {
    const paths = known.get(session);
    if (paths !== undefined) paths.push(path);
    else known.set(session, [path]);
    for (const old of known.keys()) if (known.size > SESSIONS_KEPT) known.delete(old);
  }

  for (const { id, session, flow } of network.paths.values()) if (flow !== undefined) remember(session, id);
  return {
    follow(placed) {
      for (const { entry } of placed) {
        const { session, opening, flow } = entry.about;
        if (entry.kind !== 'path.opened' || flow === undefined) continue;
        if (session !== undefined && opening !== undefined) remember(session, opening);
      }
    },
    pathsOf: (sessions) => new Set(sessions.flatMap((session) => known.get(session) ?? [])),
  };
}

/** Looks until none of them is there, or for `LOOKS_MAX` times. What rules do not refuse has not stopped. */
export async function watchPaths(
  warden: Pick<Warden, 'list'>,
  clock: Clock,
  paths: ReadonlySet<PathId>,
): Promise<Seen | undefined> {
  if (paths.size === 0) return undefined;
  for (let look = 1; look <= LOOKS_MAX; look += 1) {
    const listing = await warden.list().catch(() => undefined);
    const parsed = listing === undefined ? undefined : parseRules(listing, clock.now());
    if (parsed?.kind !== 'rules') return { isStopped: false, rule: 'network-not-guarded' };
    const { grants, enforce } = parsed.rules;
    if (!grants.some(({ id }) => paths.has(id as PathId)))
      return { isStopped: enforce, stoppedAt: clock.now(), rule: enforce ? 'path-closed' : 'network-not-enforced' };
    await new Promise<void>((done) => void clock.atTime(clock.now() + AGAIN_MS, done));
  }
  return { isStopped: false, rule: 'path-open' };
}

/** What each path has carried so far, by the counters of a listing; a counter that begins anew goes on from what was told before. */
export interface PathUse {
  read(listing: string, at: number): void;
  of(paths: ReadonlySet<PathId>): Passed;
  /** Only these are remembered. */
  keep(paths: ReadonlySet<PathId>): void;
}

interface Counted {
  /** As the counter stood when it was last read. */
  readonly last: Passed;
  readonly total: Passed;
}

const NOTHING: Passed = { packets: 0, bytes: 0 };

export function createPathUse(): PathUse {
  const known = new Map<string, Counted>();
  return {
    read(listing, at) {
      const parsed = parseRules(listing, at);
      if (parsed.kind !== 'rules') return;
      for (const { id, packets, bytes } of parsed.rules.grants) {
        if (!id.startsWith('pth_')) continue;
        const { last, total } = known.get(id) ?? { last: NOTHING, total: NOTHING };
        const before = bytes < last.bytes || packets < last.packets ? NOTHING : last;
        known.set(id, {
          last: { packets, bytes },
          total: { packets: total.packets + packets - before.packets, bytes: total.bytes + bytes - before.bytes },
        });
      }
    },
    of: (paths) =>
      [...paths].reduce((sum, id) => {
        const { packets, bytes } = known.get(id)?.total ?? NOTHING;
        return { packets: sum.packets + packets, bytes: sum.bytes + bytes };
      }, NOTHING),
    keep(paths) {
      for (const id of known.keys()) if (!paths.has(id as PathId)) known.delete(id); // only compared
    },
  };
}
