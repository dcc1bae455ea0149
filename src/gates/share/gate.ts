/**
 * The share gate: it holds the sessions for which central storage is open at a workstation. The portal lets people in, the network gate opens
 * and closes the paths; this one decides every session again whenever something changes, ends it at its time, and answers each cut
 * with what the packet filter's own listing shows.
 *
 * It may die at any time: the paths end by the kernel's own timers, and the next life takes the sessions up.
 */
import { decideShare } from './decide.ts';
import { createPathMemory, createPathUse, watchPaths } from './path-watch.ts';
import { createRegistry } from '#gates/registry/registry.ts';
import type { Placed } from '#model/events.ts';
import { SHARE_MS_MAX } from '#model/limits.ts';
import { machineOf } from '#model/share.ts';
import type { Session, State } from '#model/state.ts';
import type { Clock } from '#ports/clock.ts';
import type { EngineClient } from '#ports/engine.ts';
import type { Random } from '#ports/random.ts';
import type { LiveSession, SessionRegistry } from '#ports/sessions.ts';
import type { Warden } from '#ports/warden.ts';

const LOOK_MS = 30_000;
const TELL_MS = 5 * 60_000;
const BY = { service: 'gate-share' } as const;

export interface ShareGateParts {
  readonly engine: EngineClient;
  readonly warden: Pick<Warden, 'list'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly onTrouble: (what: string, error?: unknown) => void;
  readonly sweepMs?: number;
  /** How often the packet filter is asked what the paths carry. */
  readonly lookMs?: number;
  /** How often the ledger is told. */
  readonly tellMs?: number;
}

export interface ShareGate {
  readonly sessions: SessionRegistry;
  close(): Promise<void>;
}

export function startShareGate(parts: ShareGateParts): ShareGate {
  const { engine, warden, clock, onTrouble, lookMs = LOOK_MS, tellMs = TELL_MS } = parts;
  const use = createPathUse();
  let toldAt = clock.monotonic();
  const memory = createPathMemory(engine.state());
  const registry = createRegistry({
    ...parts,
    gate: 'share',
    decide: decideShare,
    shape: 'path',
    sessionMsMax: SHARE_MS_MAX,
    watch: (sessions) => watchPaths(warden, clock, memory.pathsOf(sessions)),
    onFault: (error) => onTrouble('a share session', error),
  });

  function follow(placed: readonly Placed[], state: State): void {
    memory.follow(placed);
    for (const { entry } of placed) {
      const { session: id } = entry.about;
      const opened = entry.kind === 'session.opened' && id !== undefined ? state.sessions.get(id) : undefined;
      if (opened === undefined) continue;
      if (opened.gate === 'share') registry.adopt(opened.id); // refused: it is closed again
      if (opened.gate === 'share' || opened.gate === 'portal') endOthersAt(state, opened);
    }
  }

  /** A machine is one person's at a time: whoever comes to it ends what somebody else left open there. */
  function endOthersAt(state: State, arrived: Session): void {
    const machine = machineOf(state, arrived);
    if (machine === undefined) return;
    for (const other of state.sessions.values()) {
      if (other.gate !== 'share' || other.person === arrived.person || machineOf(state, other)?.id !== machine.id)
        continue;
      void registry.get(other.id)?.close('machine-taken');
    }
  }

  /** What passes, passes without us: the counters of each path are what there is to say of it. */
  async function look(): Promise<void> {
    const live = [...engine.state().sessions.values()].flatMap(({ gate, id }) =>
      gate === 'share' ? (registry.get(id) ?? []) : [],
    );
    if (live.length === 0) return;
    const listing = await warden.list();
    if (listing === undefined) return;
    use.keep(memory.pathsOf(live.map(({ id }) => id)));
    use.read(listing, clock.now());
    for (const session of live) session.passed = use.of(memory.pathsOf([session.id]));
    if (clock.monotonic() - toldAt >= tellMs) await tell(live);
  }

  /** Now and then, so that a list of sessions shows it; the closing says it last. */
  async function tell(live: readonly LiveSession[]): Promise<void> {
    toldAt = clock.monotonic();
    for (const { id, passed } of live) {
      const told = engine.state().sessions.get(id)?.passed?.packets ?? 0;
      if (passed === undefined || passed.packets === told) continue;
      await engine.command({ kind: 'count-session', session: id, ...passed }, BY); // a refusal says that it has ended
    }
  }

  let cancelLook = (): void => undefined;
  function lookAgain(): void {
    cancelLook = clock.atTime(clock.now() + lookMs, () => {
      look()
        .catch((error: unknown) => onTrouble('what shares carry was not read', error))
        .finally(() => {
          if (!isClosed) lookAgain();
        });
    });
  }

  let isClosed = false;
  lookAgain();
  const stop = engine.subscribe(follow);
  return {
    sessions: registry,
    async close() {
      isClosed = true;
      cancelLook();
      stop();
      await registry.close();
    },
  };
}
