/**
 * The network gate: it keeps the packet filter as the state says. Paths and quarantine are changed at once, element by element; what a person
 * decides (flows, links, the mode) is loaded whole, proved, and confirmed. What it finds to be otherwise it says, and puts right.
 *
 * It may die at any time: grants end by the kernel's own timers, and an unconfirmed load is rolled back by the warden.
 */
import { createFindings } from './findings.ts';
import type { Findings } from './findings.ts';
import { Leveller } from './leveller.ts';
import type { LoadedShares } from './loaded-shares.ts';
import { createLoadedShares } from './loaded-shares.ts';
import type { Receipts } from './receipts.ts';
import { createReceipts } from './receipts.ts';
import type { SeenPackets } from './seen-packets.ts';
import { createSeenPackets } from './seen-packets.ts';
import type { StrayFlows } from './stray-flows.ts';
import { createStrayFlows } from './stray-flows.ts';
import { DRIFT_KEY, failure, FAILED_KEY, unobserved, UNOBSERVED_KEY } from './troubles.ts';
import { isDeviceKey, unknownDevices } from './unknown-devices.ts';
import type { OpenPath } from '#model/network-state.ts';
import type { Clock } from '#ports/clock.ts';
import type { EngineClient } from '#ports/engine.ts';
import type { Random } from '#ports/random.ts';
import type { Warden } from '#ports/warden.ts';
import { Fault } from '#std/refused.ts';

export interface NetworkGateParts {
  readonly engine: EngineClient;
  readonly warden: Warden;
  readonly clock: Clock;
  readonly random: Random;
  readonly onTrouble: (what: string, error?: unknown) => void;
  readonly timings?: Partial<NetworkTimings>;
}

export interface NetworkTimings {
  /** How long somebody has to say that they still reach everything. */
  readonly confirmMs: number;
  /** Refused packets come together for so long. */
  readonly foldMs: number;
  /** Everything is compared, and devices and flows are looked at, so often. */
  readonly sweepMs: number;
  /** From a cut to the listing that its receipt rests on. */
  readonly watchMs: number;
  /** After a failure. */
  readonly againMs: number;
}

export const NETWORK_TIMINGS: NetworkTimings = {
  confirmMs: 60_000,
  foldMs: 10_000,
  sweepMs: 60_000,
  watchMs: 250,
  againMs: 5000,
};

export interface NetworkGate {
  /** Resolves when nothing is left to do for the state as it is, or when that failed and was said. */
  level(): Promise<void>;
  /** Compares everything now, as happens by itself from time to time. */
  sweep(): Promise<void>;
  close(): Promise<void>;
}

/** A drift that was put right is shown for so long. */
const DRIFT_SHOWN_MS = 86_400_000;
const LOOKING_FAILED = 'looking at the network failed';
/** Paths that were closed lately, for the receipts of the orders that come with them. */
const CLOSED_KEPT = 1000;

export function startNetworkGate(parts: NetworkGateParts): NetworkGate {
  const gate = new Gate(parts);
  gate.start();
  return gate;
}

class Gate implements NetworkGate {
  readonly #parts: NetworkGateParts;
  readonly #timings: NetworkTimings;
  readonly #findings: Findings;
  readonly #packets: SeenPackets;
  readonly #receipts: Receipts;
  readonly #leveller: Leveller;
  readonly #shares: LoadedShares;
  readonly #strays: StrayFlows = createStrayFlows();
  #stops: (() => void)[] = [];
  #running: Promise<void> | undefined;
  #isStale = false;
  #isClosed = false;
  #closed: readonly OpenPath[] = [];
  #cancelAgain: (() => void) | undefined;
  /** The first look comes with the first rules, not a whole interval later. */
  #firstLook: Promise<void> | undefined;

  constructor(parts: NetworkGateParts) {
    const { engine, warden, clock, random, onTrouble } = parts;
    this.#parts = parts;
    this.#timings = { ...NETWORK_TIMINGS, ...parts.timings };
    this.#findings = createFindings(engine, clock, onTrouble);
    this.#packets = createSeenPackets(engine, warden, clock, this.#findings, onTrouble);
    this.#receipts = createReceipts({ engine, warden, clock, watchMs: this.#timings.watchMs, onTrouble });
    this.#shares = createLoadedShares(engine, onTrouble);
    const { confirmMs } = this.#timings;
    this.#leveller = new Leveller({ engine, warden, clock, random, findings: this.#findings, confirmMs });
  }

  start(): void {
    const { engine, warden } = this.#parts;
    this.#stops = [
      engine.subscribe(() => void this.level()),
      warden.onForeign(({ process, pid }) => {
        this.#leveller.suspect(`${process ?? 'a process'}${pid === undefined ? '' : ` (${pid})`}`);
        void this.level();
      }),
      warden.onDenied((denials) => this.#packets.hear(denials)),
      warden.onRolledBack(() => this.#safely('a roll-back was not recorded', this.#takenBack())),
      warden.onGone(() => {
        this.#leveller.suspect();
        void this.level();
      }),
      this.#every(this.#timings.foldMs, async () => {
        this.#findings.tick();
        await this.#packets.flush();
      }),
      this.#every(this.#timings.sweepMs, () => this.sweep()),
    ];
    void this.level();
  }

  level(): Promise<void> {
    this.#isStale = true;
    this.#running ??= this.#work().finally(() => (this.#running = undefined));
    return this.#running;
  }

  async #work(): Promise<void> {
    while (this.#isStale && !this.#isClosed) {
      this.#isStale = false;
      this.#cancelAgain?.(); // this is the next try: one that began while it runs would never end where it takes longer than the pause
      try {
        await this.#pass();
      } catch (error) {
        await this.#failed(error);
      }
    }
  }

  async #pass(): Promise<void> {
    const { engine, clock } = this.#parts;
    const state = engine.state();
    if (state.facility === undefined) return;
    await this.#leveller.confirmIfAsked(state);
    const committed = (closed: readonly OpenPath[]): void => {
      this.#closed = [...this.#closed, ...closed].slice(-CLOSED_KEPT);
      this.#shares.tell(state);
      this.#receipts.answer(this.#receipts.open(state), this.#closed, clock.now());
    };
    await this.#leveller.pass(state, committed);
    committed([]);
    await this.#findings.settle(FAILED_KEY);
    if (state.network.mode !== 'off')
      this.#firstLook ??= this.#lookAround().catch((error: unknown) => this.#parts.onTrouble(LOOKING_FAILED, error));
  }

  async #failed(error: unknown): Promise<void> {
    const { clock, onTrouble } = this.#parts;
    this.#leveller.suspect();
    if (this.#isClosed) return;
    onTrouble('the network is not as the model says', error);
    await this.#findings.found(failure(error instanceof Fault ? error.message : String(error)));
    this.#cancelAgain?.();
    this.#cancelAgain = clock.atTime(clock.now() + this.#timings.againMs, () => void this.level());
  }

  async #takenBack(): Promise<void> {
    await this.#running;
    await this.#leveller.takenBack(this.#parts.engine.state());
    await this.level();
  }

  async sweep(): Promise<void> {
    const { engine, clock } = this.#parts;
    if (engine.state().network.mode === 'off' || this.#isClosed) return;
    this.#leveller.suspect();
    await this.level();
    const drift = engine.state().network.findings.get(DRIFT_KEY);
    if (drift !== undefined && clock.now() - drift.lastAt > DRIFT_SHOWN_MS) await this.#findings.settle(DRIFT_KEY);
    await this.#lookAround();
  }

  async #lookAround(): Promise<void> {
    const { engine, warden, clock } = this.#parts;
    const [neighbours, { flows, hears }] = await Promise.all([warden.neighbours(), warden.flows()]);
    if (flows === undefined && !hears) await this.#findings.found(unobserved());
    else await this.#findings.settle(UNOBSERVED_KEY);
    // A look that failed saw nothing: taken for an empty table, all that is left in it from before would be new at the next one.
    this.#packets.see(flows ?? []);
    const strays = flows === undefined ? [] : this.#strays.among(engine.state(), flows, clock.now());
    for (const stray of strays) await this.#findings.found(stray);
    const devices = unknownDevices(engine.state(), neighbours);
    for (const device of devices) await this.#findings.found(device);
    const there = new Set(devices.map(({ key }) => key));
    for (const key of engine.state().network.findings.keys()) {
      if (isDeviceKey(key) && !there.has(key)) await this.#findings.settle(key);
    }
  }

  #safely(what: string, done: Promise<void>): void {
    done.catch((error: unknown) => this.#parts.onTrouble(what, error));
  }

  #every(ms: number, run: () => Promise<void>): () => void {
    const { clock, onTrouble } = this.#parts;
    let cancel = (): void => undefined;
    const next = (): void => {
      cancel = clock.atTime(clock.now() + ms, () => {
        run()
          .catch((error: unknown) => onTrouble(LOOKING_FAILED, error))
          .finally(() => {
            if (!this.#isClosed) next();
          });
      });
    };
    next();
    return () => cancel();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const stop of this.#stops) stop();
    this.#cancelAgain?.();
    await this.#running;
    await this.#firstLook;
    await this.#receipts.settled();
    await this.#shares.settled();
    await this.#packets.flush();
  }
}
