/**
 * The loop: authorise → decide → append → evolve → publish. One writer.
 *
 * Commands are decided at once, against a state that already includes those still on their way to the disk (`ahead`); nobody sees
 * that state before it is durable (`state`). The store groups what waits into one synced write. When an append fails, what
 * `ahead` promised is gone: everything waiting is rejected, nothing more is accepted, and the process must end.
 */
import {
  DRAFTS_PER_CALL_MAX,
  IN_FLIGHT_BYTES_MAX,
  IN_FLIGHT_ENTRIES_MAX,
  LEASE_TTL_MS,
  SEARCH_LIMIT_MAX,
  SNAPSHOT_EVERY_ENTRIES,
  TICK_MS,
} from '#engine/limits.ts';
import { checkQuery } from '#engine/matches.ts';
import { createPast } from '#engine/past.ts';
import { createPublisher } from '#engine/publisher.ts';
import type { Rules } from '#engine/rules.ts';
import { createSealing } from '#engine/sealing.ts';
import type { Stamped } from '#engine/stamp.ts';
import { createStamper, entryFrom } from '#engine/stamp.ts';
import { createSteadyTime } from '#engine/steady-time.ts';
import { replay } from '#engine/start.ts';
import type { Command } from '#model/commands.ts';
import type { By, DataOf, Draft, EntryKind, Placed } from '#model/events.ts';
import { isStateKind } from '#model/events.ts';
import type { State } from '#model/state.ts';
import { draft } from '#model/transition.ts';
import type { Clock } from '#ports/clock.ts';
import type { Applied, EngineClient } from '#ports/engine.ts';
import type { EntryIndex } from '#ports/entry-index.ts';
import type { LedgerStore } from '#ports/ledger-store.ts';
import type { Random } from '#ports/random.ts';
import type { Sealer } from '#ports/sealer.ts';
import type { Snapshots } from '#ports/snapshots.ts';
import { ID_RANDOM_BYTES, makeId } from '#std/ids.ts';
import type { Refused } from '#std/refused.ts';
import { Fault } from '#std/refused.ts';

export interface EnginePorts {
  readonly store: LedgerStore;
  readonly sealer: Sealer;
  readonly index: EntryIndex;
  readonly clock: Clock;
  readonly random: Random;
  readonly rules: Rules;
  readonly snapshots?: Snapshots;
  /** What the store found when it opened: entries in the ledger, and bytes of a torn tail that were cut off. */
  readonly recovery?: { readonly recovered: number; readonly tornBytes: number };
  readonly version?: string;
}

export interface Engine extends EngineClient {
  /** Resolves when the engine can't go on; the process must then end. Pending after a clean `close`. */
  readonly failed: Promise<unknown>;
  /** State entries `from` (inclusive) to `to` (exclusive), in order. */
  stateEntries(from: number, to: number): AsyncIterable<Placed>;
  /** Runs what the clock asks for now; the engine does so by itself about every second. */
  tick(): Promise<void>;
}

const CLOCK: By = { service: 'clock' };

export async function openEngine(ports: EnginePorts): Promise<Engine> {
  const { store, sealer, index, clock, rules } = ports;
  const stamper = createStamper(ports.random);
  const past = createPast(rules, store);
  const publisher = createPublisher(true);
  const failure = Promise.withResolvers<unknown>();
  const start = await replay(ports, stamper, past);
  const time = createSteadyTime(clock, start.at);
  let ahead = start;
  let state = start;
  let lost: Fault | undefined;
  let inFlight = { entries: 0, bytes: 0 };
  let tail: Promise<unknown> = Promise.resolve();
  let closing = false;
  let snapshotSize = start.size;
  const sealing = createSealing({
    sealer,
    now: () => Math.max(clock.now(), state.at),
    origin: () => state.facility?.origin,
    appendHeads,
    failed: fail,
    onSealed: () => {
      if (state.size >= snapshotSize + SNAPSHOT_EVERY_ENTRIES) void saveSnapshot();
    },
  });

  function fail(cause: unknown): void {
    if (lost !== undefined) return;
    lost = new Fault('engine-lost', 'the engine has stopped', { cause });
    clearInterval(ticker);
    sealing.fail(lost);
    publisher.lease(false);
    failure.resolve(cause);
  }

  function checkOpen(entries: number): void {
    if (lost !== undefined) throw lost;
    if (closing) throw new Fault('engine-lost', 'the engine is stopping', { retry: true });
    if (entries > DRAFTS_PER_CALL_MAX)
      throw new Fault('too-many-drafts', `at most ${DRAFTS_PER_CALL_MAX} entries at once`);
    if (inFlight.entries + entries > IN_FLIGHT_ENTRIES_MAX || inFlight.bytes > IN_FLIGHT_BYTES_MAX) {
      throw new Fault('engine-busy', 'too many entries wait for the disk', { retry: true });
    }
  }

  /** Numbers the drafts and hands them to the store; resolves when they are durable, published, and visible in `state`. */
  function commit(drafts: readonly Draft[], at: number, isFold: boolean): Promise<Stamped> {
    const stamped = stamper.stamp(drafts, at);
    if (isFold) ahead = stamped.placed.reduce((folded, placed) => rules.evolve(folded, placed), ahead);
    const after = ahead;
    inFlight = { entries: inFlight.entries + drafts.length, bytes: inFlight.bytes + stamped.sizeBytes };
    const done = store.append(stamped.bytes).then(
      () => {
        inFlight = { entries: inFlight.entries - drafts.length, bytes: inFlight.bytes - stamped.sizeBytes };
        if (lost !== undefined) throw lost;
        settle(stamped, after, at, isFold);
        return stamped;
      },
      (cause: unknown) => {
        fail(cause);
        throw lost ?? cause;
      },
    );
    tail = done.catch(() => undefined);
    return done;
  }

  function settle(stamped: Stamped, after: State, at: number, isFold: boolean): void {
    // First of all: gates end connections before anybody makes anything of the rest.
    if (isFold) publisher.announce(stamped.placed);
    const size = (stamped.placed.at(-1)?.index ?? -1) + 1;
    state = isFold ? after : { ...state, size, at: Math.max(state.at, at) };
    sealing.noteDurable(size);
    index.follow(size);
    if (!isFold) return;
    past.keep(state);
    publisher.publish(stateEntriesOf(stamped.placed), state);
  }

  /** The time of what is stamped next; a step backwards of the clock is itself an entry. */
  function now(): number {
    const { at, backMs } = time.read();
    // A failure ends the engine by itself; here nobody waits.
    if (backMs > 0) void commit([ofEngine('engine.clock-stepped', { backMs })], at, false).catch(() => undefined);
    return at;
  }

  async function command(asked: Command, by: By): Promise<Applied | Refused> {
    checkOpen(1);
    const at = now();
    const allowed = rules.authorize(ahead, asked, by, at);
    const outcome = allowed.kind === 'refused' ? allowed : rules.decide(ahead, asked, { by, at });
    if (outcome.kind === 'refused') {
      // The refusal may rest on entries that aren't durable yet: nobody hears of those before they are.
      await tail;
      if (lost !== undefined) throw lost;
      return outcome;
    }
    if (outcome.value.length === 0) return { kind: 'ok', entries: [] };
    checkOpen(outcome.value.length);
    const { placed } = await commit(outcome.value, at, true);
    return { kind: 'ok', entries: placed };
  }

  async function record(drafts: readonly Draft[]): Promise<readonly number[]> {
    checkOpen(drafts.length);
    for (const draft of drafts) {
      if (isStateKind(draft.kind))
        throw new Fault('not-activity', `${draft.kind} changes the state: ask for it with a command`);
      if (!stamper.knows(draft.stream)) throw new Fault('no-such-stream', `there is no stream ${draft.stream}`);
    }
    if (drafts.length === 0) return [];
    const { placed } = await commit(drafts, now(), false);
    return placed.map((entry) => entry.index);
  }

  async function appendHeads(): Promise<number> {
    if (lost !== undefined) throw lost;
    if (!stamper.heads.changed) return state.size;
    const { placed } = await commit([ofEngine('ledger.heads', stamper.heads.data())], now(), false);
    return (placed[0]?.index ?? 0) + 1;
  }

  let ticking: Promise<void> | undefined;
  function tick(): Promise<void> {
    ticking ??= runDue().finally(() => {
      ticking = undefined;
    });
    return ticking;
  }

  async function runDue(): Promise<void> {
    if (lost !== undefined) return;
    for (const due of rules.due(ahead, now(), (kind) => makeId(kind, ports.random.bytes(ID_RANDOM_BYTES))))
      await command(due, CLOCK);
  }

  /** Only a state whose root was signed is worth keeping: a start can tell whether it belongs to the ledger. */
  async function saveSnapshot(): Promise<void> {
    const { view } = sealer;
    if (ports.snapshots === undefined || view === undefined || view.size !== state.size) return;
    snapshotSize = state.size;
    await ports.snapshots.save({ state, root: view.root }).catch(() => undefined); // a start without it only takes longer
  }

  const ticker = setInterval(() => {
    if (ahead.facility !== undefined) tick().catch((cause: unknown) => (isTransient(cause) ? undefined : fail(cause)));
  }, TICK_MS);
  ticker.unref();

  const { recovered, tornBytes } = ports.recovery ?? { recovered: store.size, tornBytes: 0 };
  await commit([ofEngine('engine.started', { version: ports.version ?? '0', recovered, tornBytes })], now(), true);

  async function close(): Promise<void> {
    clearInterval(ticker);
    closing = true;
    await ticking?.catch(() => undefined);
    if (lost === undefined) await commit([ofEngine('engine.stopped', {})], now(), true).catch(() => undefined);
    await tail;
    await sealing.close(lost === undefined);
    if (lost === undefined) await saveSnapshot();
    lost ??= new Fault('engine-lost', 'the engine has stopped');
    publisher.lease(false);
    await Promise.all([index.close(), sealer.close()]);
    await store.close();
  }

  async function* stateEntries(from: number, to: number): AsyncGenerator<Placed> {
    for await (const { index: at, bytes } of store.read(from, to)) {
      const entry = entryFrom(bytes);
      if (isStateKind(entry.kind)) yield { index: at, entry };
    }
  }

  return {
    failed: failure.promise,
    stateEntries,
    tick,
    state: () => state,
    stateAt: (point) => past.stateAt(point, state),
    lease: () => (lost === undefined ? clock.monotonic() + LEASE_TTL_MS : 0),
    command,
    record,
    subscribe: publisher.subscribe,
    onOrders: publisher.onOrders,
    onLease: publisher.onLease,
    sealed: async (at) => {
      if (at >= stamper.next) throw new Fault('no-such-entry', `the ledger has no entry ${at}`);
      const { size, note } = await sealing.waitFor(at);
      return { size, note };
    },
    async search(query) {
      checkQuery(query, SEARCH_LIMIT_MAX);
      const { indexes, ...rest } = await index.find(query);
      const entries: Placed[] = [];
      for (const at of indexes) entries.push({ index: at, entry: entryFrom(await store.readOne(at)) });
      return { entries, ...rest };
    },
    close,
  };
}

/** The same array when all of them are: then its text is made once for gates and for who commanded it. */
function stateEntriesOf(placed: readonly Placed[]): readonly Placed[] {
  return placed.every(({ entry }) => isStateKind(entry.kind))
    ? placed
    : placed.filter(({ entry }) => isStateKind(entry.kind));
}

/** What the engine says about itself, in the ledger's own stream. */
function ofEngine<K extends EntryKind>(kind: K, data: DataOf<K>): Draft {
  return draft({ by: { service: 'engine' }, at: 0 }, kind, 'ledger', {}, data); // a draft has no time: the stamper gives it
}

function isTransient(cause: unknown): boolean {
  return cause instanceof Fault && cause.retry;
}
