/**
 * The registry of live sessions of one gate: the contract of `ports/sessions.ts`, kept by five rules.
 *
 *   1. It follows the state before its first check, so that nothing changes in between.
 *   2. Every session, and every attached thing with needs, has a local absolute deadline that asks nobody.
 *   3. A slow sweep decides everything anew, whatever was missed.
 *   4. When the lease on the state is lost, everything ends.
 *   5. Every opening and every adoption is decided afresh, again after its entry is durable.
 *
 * Sockets are destroyed first, all of them, in one synchronous pass; entries are written after.
 */
import { coverage } from '#gates/registry/coverage.ts';
import type { Shape } from '#gates/registry/coverage.ts';
import { Deadlines } from '#gates/registry/deadlines.ts';
import type { Decide } from '#gates/registry/holding.ts';
import { decideNeeds } from '#gates/registry/holding.ts';
import type { Armed, Attachment, Keeper } from '#gates/registry/live.ts';
import { Live } from '#gates/registry/live.ts';
import { createOutbox } from '#gates/registry/outbox.ts';
import { baselineOf, receiptOf } from '#gates/registry/receipt.ts';
import type { Severed } from '#gates/registry/receipt.ts';
import { probeRefusal } from '#gates/registry/refusal-probe.ts';
import type { Because, CutScope, Gate, Placed } from '#model/events.ts';
import type { Cut, Session, State } from '#model/state.ts';
import type { Clock } from '#ports/clock.ts';
import type { EngineClient } from '#ports/engine.ts';
import type { Random } from '#ports/random.ts';
import type { LiveSession, SessionRegistry, SessionRequest } from '#ports/sessions.ts';
import type { CutId, SessionId } from '#std/ids.ts';
import { ID_RANDOM_BYTES, makeId } from '#std/ids.ts';
import type { Refused } from '#std/refused.ts';
import { isRefused, refused } from '#std/refused.ts';

export const LIVE_SESSIONS_MAX = 20_000;
const SESSION_MS_MAX = 24 * 3_600_000;
const SWEEP_MS = 1000;
const WATCH_MS = 100;
/** Writes that were done before the cut are told to us up to so much later. */
const SETTLE_MS = 100;
/** Sessions that ended by themselves lately: the order about the same end names them in its receipt. */
const ENDED_KEPT = 4096;
const ENDED_KEPT_MS = 60_000;

export interface RegistryOptions {
  readonly engine: EngineClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly gate: Gate;
  readonly decide: Decide;
  readonly shape: Shape;
  readonly sessionMsMax?: number;
  readonly sweepMs?: number;
  readonly watchMs?: number;
  readonly onFault?: (error: unknown) => void;
}

export function createRegistry(options: RegistryOptions): SessionRegistry {
  const { engine, clock, random, gate, decide, shape } = options;
  const { sessionMsMax = SESSION_MS_MAX, sweepMs = SWEEP_MS, watchMs = WATCH_MS, onFault = () => undefined } = options;
  const live = new Map<SessionId, Live>();
  const deadlines = new Deadlines(clock);
  const by = { service: `gate-${gate}` };
  const outbox = createOutbox(engine, by, onFault);
  const answered = new Set<CutId>();
  const answering = new Set<Promise<void>>();
  let ended: { readonly session: Live; readonly at: number }[] = [];
  let isClosed = false;

  const keeper: Keeper = { admit, end, fault: onFault };
  const unsubscribe = engine.subscribe(follow);
  const unlease = engine.onLease((held) => (held ? outbox.flush() : severAll('lease')));
  let cancelSweep = clock.atTime(clock.now() + sweepMs, sweep);
  heal(engine.state());

  function isLeased(): boolean {
    return engine.lease() > clock.monotonic();
  }

  // Opening

  async function open(request: SessionRequest): Promise<LiveSession | Refused> {
    const refusal = cannotOpen();
    if (refusal !== undefined) return refusal;
    const until = Math.min(request.until, clock.now() + sessionMsMax);
    const session = new Live(makeId('session', random.bytes(ID_RANDOM_BYTES)), { ...request, gate, until }, keeper);
    const first = hold(session, engine.state(), undefined);
    if (first !== undefined) return first;
    live.set(session.id, session);
    try {
      const outcome = await engine.command(
        { kind: 'open-session', session: session.id, ...recordable(request), until: session.until },
        by,
      );
      if (outcome.kind === 'refused') return abandon(session, outcome);
    } catch (error) {
      abandon(session, LEASE_LOST);
      throw error;
    }
    session.recorded = true;
    return settle(session);
  }

  function cannotOpen(): Refused | undefined {
    if (isClosed) return refused('gate-closing', 'This gate is closing.', 'Try again in a moment.');
    if (!isLeased()) return LEASE_LOST;
    if (live.size >= LIVE_SESSIONS_MAX)
      return refused('too-many-sessions', 'This gate has no room for another session.', 'Try again later.');
    return undefined;
  }

  /** What `open-session` takes of a request. */
  function recordable({ person, project, engagement, credential, from, client, tokenHash, factorAt }: SessionRequest) {
    return { person, gate, project, engagement, credential, from, client, tokenHash, factorAt };
  }

  /** The world may have changed while the entry was on its way to the disk. */
  function settle(session: Live): LiveSession | Refused {
    if (session.closed !== undefined) {
      tell(session, session.closed);
      return ENDED;
    }
    const refusal = hold(session, engine.state(), session.id);
    if (refusal === undefined) return session;
    void end(session, 'rights-changed');
    return refusal;
  }

  function abandon(session: Live, refusal: Refused): Refused {
    session.closed ??= 'fault';
    session.deadline?.takeBack();
    live.delete(session.id);
    return refusal;
  }

  function adopt(id: SessionId): LiveSession | Refused {
    const known = live.get(id);
    if (known !== undefined) return known;
    const refusal = cannotOpen();
    if (refusal !== undefined) return refusal;
    const state = engine.state();
    const stored = state.sessions.get(id);
    if (stored === undefined || stored.gate !== gate || stored.cutOrdered !== undefined || shape === 'connection')
      return ENDED;
    const session = new Live(id, stored, keeper);
    session.recorded = true;
    const no = hold(session, state, id);
    if (no !== undefined) {
      tell(session, 'rights-changed');
      return no;
    }
    live.set(id, session);
    return session;
  }

  // Deciding

  /** Decides the session and arms its deadline; a refusal leaves it as it was. */
  function hold(session: Live, state: State, id: SessionId | undefined): Refused | undefined {
    const now = clock.now();
    if (!isLeased()) return LEASE_LOST;
    if (session.until <= now) return ENDED;
    const holding = decide(state, session, id, now);
    if (isRefused(holding)) return holding;
    for (const right of session.rights) if (!holding.rights.has(right)) return LOST_RIGHTS;
    session.rights = holding.rights;
    arm(session, Math.min(session.until, holding.until), () => expire(session));
    return undefined;
  }

  function arm(held: { deadline: Armed | undefined }, at: number, run: () => void): void {
    if (held.deadline?.at === at) return;
    held.deadline?.takeBack();
    const takeBack = deadlines.add(at, () => {
      held.deadline = undefined;
      run();
    });
    held.deadline = { at, takeBack };
  }

  function expire(session: Live): void {
    if (session.closed !== undefined) return;
    const isOver = session.until <= clock.now();
    // An entry may have moved the horizon: only a fresh yes that reaches further lets it live.
    if (isOver || hold(session, engine.state(), session.recorded ? session.id : undefined) !== undefined) {
      void end(session, isOver && shape === 'visits' ? 'absolute-limit' : 'clock');
    }
  }

  function admit(session: Live, attachment: Attachment): boolean {
    if (!isLeased()) return false;
    const { needs } = attachment;
    if (needs === undefined) return true;
    const until = decideNeeds(engine.state(), session, session.id, needs, clock.now());
    if (isRefused(until)) return false;
    arm(attachment, until, () => {
      if (session.attachments.has(attachment) && !admit(session, attachment)) session.destroy(attachment, 'clock');
    });
    return true;
  }

  function decideAll(state: State): void {
    for (const session of live.values()) {
      if (!session.recorded || session.closed !== undefined) continue;
      if (hold(session, state, session.id) !== undefined) void end(session, 'rights-changed');
      else
        for (const attachment of session.attachments)
          if (!admit(session, attachment)) session.destroy(attachment, 'rights-changed');
    }
  }

  // Following the state

  function follow(placed: readonly Placed[], state: State): void {
    const orders: Cut[] = [];
    let isDecidable = false;
    for (const { entry } of placed) {
      if (entry.kind === 'cut.ordered' && entry.about.cut !== undefined) {
        orders.push({
          id: entry.about.cut,
          scope: entry.data.scope,
          because: entry.data.because,
          orderedAt: entry.at,
          stream: entry.stream,
          receipts: [],
        });
      } else if (entry.kind === 'session.closed') severClosed(entry.about.session, entry.data.because);
      else if (entry.kind === 'session.renewed' || entry.kind === 'signin.stepped-up')
        renew(state, entry.about.session);
      else isDecidable ||= !IRRELEVANT.test(entry.kind);
    }
    for (const order of orders) answer(order, state);
    if (isDecidable) decideAll(state);
  }

  /** Closed by somebody else (signing out through the API): what is attached dies; the entry is there already. */
  function severClosed(id: SessionId | undefined, because: Because): void {
    const session = id === undefined ? undefined : live.get(id);
    if (session !== undefined) sever(session, because);
  }

  function renew(state: State, id: SessionId | undefined): void {
    const session = id === undefined ? undefined : live.get(id);
    const stored = id === undefined ? undefined : state.sessions.get(id);
    if (session === undefined || stored === undefined) return;
    if (stored.tokenHash !== undefined) session.tokenHash = stored.tokenHash;
    if (stored.factorAt !== undefined) session.factorAt = stored.factorAt;
    session.until = Math.min(stored.until, stored.openedAt + sessionMsMax);
    if (hold(session, state, session.id) !== undefined) void end(session, 'rights-changed');
  }

  // Ending

  /** Destroys everything attached, now. The entry follows by `tell`. */
  function sever(session: Live, because: Because): boolean {
    if (session.closed !== undefined) return false;
    session.closed = because;
    session.destroyAll(because);
    session.deadline?.takeBack();
    live.delete(session.id);
    const at = clock.now();
    ended.push({ session, at });
    if (ended.length > ENDED_KEPT) ended = ended.filter((one) => at - one.at < ENDED_KEPT_MS).slice(-ENDED_KEPT / 2);
    return true;
  }

  function end(session: Live, because: Because, cut?: CutId): Promise<void> {
    return sever(session, because) && session.recorded ? tell(session, because, cut) : Promise.resolve();
  }

  function tell({ id: session, bytesIn, bytesOut, operations }: Live, because: Because, cut?: CutId): Promise<void> {
    return outbox.post({
      kind: 'close-session',
      session,
      because,
      ...(cut === undefined ? {} : { cut }),
      bytesIn,
      bytesOut,
      operations,
    });
  }

  function severAll(because: Because): void {
    const all = [...live.values()].filter((session) => sever(session, because));
    for (const session of all) if (session.recorded) void tell(session, because);
  }

  // Orders to cut

  function answer(order: Cut, state: State): void {
    if (answered.has(order.id)) return;
    answered.add(order.id);
    const [whole, part] = severOrdered(order, state);
    const severedAt = clock.now();
    const sessions = [...whole, ...part];
    const dormant = dormantIn(order, state, sessions);
    const severed = {
      orderedAt: order.orderedAt,
      severedAt,
      sessions,
      earlier: earlierIn(order, state),
      dormant: dormant.map(({ id }) => id),
    };
    for (const session of whole) if (session.recorded) void tell(session, order.because, order.id);
    for (const { id } of dormant) void outbox.post(closingOf(id, order.because, order.id));
    const watched = probe(order, severed);
    answering.add(watched);
    void watched.finally(() => answering.delete(watched));
  }

  async function probe(order: Cut, severed: Severed): Promise<void> {
    await pause(SETTLE_MS);
    const [baseline, from] = [baselineOf(severed.sessions), clock.now()];
    await pause(watchMs);
    const refusal = probeRefusal(engine.state(), order.scope, clock.now());
    const receipt = receiptOf(gate, severed, baseline, refusal, clock.now() - from);
    await outbox.post({ kind: 'record-receipt', cut: order.id, receipt });
  }

  /** One synchronous pass: nothing is written, awaited or decided until the last covered socket is gone. */
  function severOrdered({ scope, because, orderedAt }: Cut, state: State): readonly [readonly Live[], readonly Live[]] {
    const whole: Live[] = [];
    const part: Live[] = [];
    for (const session of live.values()) {
      const covered = coverage(state, scope, session, shape, orderedAt);
      if (covered.kind === 'whole' && sever(session, because)) whole.push(session);
      if (covered.kind !== 'part') continue;
      for (const attachment of covered.attachments) session.destroy(attachment, because);
      part.push(session);
    }
    return [whole, part];
  }

  function earlierIn({ scope, because, orderedAt }: Cut, state: State): readonly Live[] {
    if (because !== 'clock' && because !== 'credential-ended') return [];
    return ended
      .filter(({ session, at }) => session.closed === 'clock' && at >= orderedAt - ENDED_KEPT_MS)
      .map(({ session }) => session)
      .filter((session) => coverage(state, scope, session, shape, orderedAt).kind === 'whole');
  }

  /** Sessions that the state shows for this gate, covered, and not held by this process. */
  function dormantIn({ scope, orderedAt }: Cut, state: State, held: readonly Live[]): readonly Session[] {
    const ids = new Set(held.map(({ id }) => id));
    return [...state.sessions.values()].filter(
      (stored) =>
        stored.gate === gate &&
        !ids.has(stored.id) &&
        !live.has(stored.id) &&
        coverage(state, scope, new Live(stored.id, stored, keeper), shape, orderedAt).kind === 'whole',
    );
  }

  // Healing

  /** What an earlier run left: connections that died with it, cookies past their end, orders that nobody answered. */
  function heal(state: State): void {
    for (const stored of state.sessions.values()) {
      if (stored.gate !== gate || live.has(stored.id) || isTold(stored.id)) continue;
      if (shape === 'connection') void outbox.post(closingOf(stored.id, 'gate-restarted'));
      else if (stored.until <= clock.now()) void outbox.post(closingOf(stored.id, 'absolute-limit'));
    }
    for (const cut of state.cuts.values())
      if (!answered.has(cut.id) && !cut.receipts.some((receipt) => receipt.gate === gate)) answer(cut, state);
  }

  /** Its closing is on the way. */
  function isTold(id: SessionId): boolean {
    return outbox.waiting > 0 && ended.some(({ session }) => session.id === id);
  }

  function sweep(): void {
    if (isClosed) return;
    deadlines.runDue();
    if (!isLeased()) severAll('lease');
    else {
      decideAll(engine.state());
      outbox.flush();
      if (outbox.waiting === 0) heal(engine.state());
    }
    cancelSweep = clock.atTime(clock.now() + sweepMs, sweep);
  }

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => void clock.atTime(clock.now() + ms, resolve));
  }

  return {
    open,
    adopt,
    get: (id) => live.get(id),
    get size() {
      return live.size;
    },
    covered: (scope: CutScope) =>
      [...live.values()].filter(
        (session) => coverage(engine.state(), scope, session, shape, clock.now()).kind !== 'none',
      ),
    async close() {
      if (isClosed) return;
      isClosed = true;
      cancelSweep();
      const all = [...live.values()];
      for (const session of all) session.destroyAll('gate-restarted');
      // A cookie outlives this process; a connection doesn't.
      if (shape === 'connection') await Promise.all(all.map((session) => end(session, 'gate-restarted')));
      await Promise.all(answering);
      unsubscribe();
      unlease();
      deadlines.close();
    },
  };
}

function closingOf(session: SessionId, because: Because, cut?: CutId) {
  return {
    kind: 'close-session' as const,
    session,
    because,
    ...(cut === undefined ? {} : { cut }),
    bytesIn: 0,
    bytesOut: 0,
    operations: 0,
  };
}

/** Entries that cannot take access away. */
const IRRELEVANT =
  /^(session|signin|cut|engine|ledger|request|invitation|recovery|review|exception|person\.(added|renamed|warned)|engagement\.(given|warned))/;

const LEASE_LOST = refused('engine-lost', 'Picturelock cannot check your access just now.', 'Try again in a moment.');
const ENDED = refused('session-ended', 'This session has ended.', 'Sign in again.');
const LOST_RIGHTS = refused('rights-changed', 'Your access has changed.', 'Connect again to see what is left.');
