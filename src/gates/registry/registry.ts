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
import { createAdmission } from '#gates/registry/admission.ts';
import { coverage } from '#gates/registry/coverage.ts';
import type { Shape } from '#gates/registry/coverage.ts';
import { Deadlines } from '#gates/registry/deadlines.ts';
import { createEndings } from '#gates/registry/endings.ts';
import { createFollowing } from '#gates/registry/following.ts';
import type { Decide } from '#gates/registry/holding.ts';
import { createJudge } from '#gates/registry/judge.ts';
import type { Keeper } from '#gates/registry/live.ts';
import { createOrders } from '#gates/registry/orders.ts';
import type { Watch } from '#gates/registry/receipt.ts';
import { createOutbox } from '#gates/registry/outbox.ts';
import { Roll } from '#gates/registry/roll.ts';
import { startSweep } from '#gates/registry/sweep.ts';
import type { Gate } from '#model/events.ts';
import type { Clock } from '#ports/clock.ts';
import type { EngineClient } from '#ports/engine.ts';
import type { Random } from '#ports/random.ts';
import type { SessionRegistry } from '#ports/sessions.ts';

const SESSION_MS_MAX = 24 * 3_600_000;
const SWEEP_MS = 1000;
const WATCH_MS = 100;

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
  /** Where a session's bytes pass elsewhere: what a look there shows of sessions that were just ended. */
  readonly watch?: Watch;
  readonly onFault?: (error: unknown) => void;
}

export function createRegistry(options: RegistryOptions): SessionRegistry {
  const { engine, clock, gate, shape } = options;
  const { sessionMsMax = SESSION_MS_MAX, sweepMs = SWEEP_MS, watchMs = WATCH_MS, onFault = () => undefined } = options;
  const by = { service: `gate-${gate}` };
  const roll = new Roll(clock);
  const deadlines = new Deadlines(clock);
  const outbox = createOutbox(engine, by, onFault);
  const endings = createEndings(roll, outbox);
  const judge = createJudge({ ...options, deadlines, roll, endings });
  const orders = createOrders({ ...options, watchMs, roll, endings, outbox });
  const keeper: Keeper = { admit: judge.admit, end: endings.end, fault: onFault };
  const admission = createAdmission({ ...options, by, sessionMsMax, roll, judge, endings, keeper });
  let isClosed = false;

  const stopFollowing = [
    engine.subscribe(createFollowing({ sessionMsMax, roll, judge, endings, orders })),
    engine.onOrders(orders.obey),
    engine.onLease((held) => (held ? outbox.flush() : loseLease())),
  ];
  const stopSweep = startSweep({ ...options, ...admission, sweepMs, roll, deadlines, outbox, endings, judge, orders });

  function loseLease(): void {
    if (shape !== 'path') endings.endAll('lease');
  }

  async function close(): Promise<void> {
    if (isClosed) return;
    isClosed = true;
    admission.stop();
    stopSweep();
    const all = [...roll.live.values()];
    for (const session of all) session.destroyAll('gate-restarted');
    // A cookie or a path outlives this process; a connection doesn't.
    if (shape === 'connection') await Promise.all(all.map((session) => endings.end(session, 'gate-restarted')));
    await orders.settled();
    for (const stop of stopFollowing) stop();
    deadlines.close();
  }

  return {
    open: admission.open,
    adopt: admission.adopt,
    get: (id) => roll.live.get(id),
    get size() {
      return roll.live.size;
    },
    covered: (scope) =>
      [...roll.live.values()].filter(
        (session) => coverage(engine.state(), scope, session, shape, clock.now()).kind !== 'none',
      ),
    close,
  };
}
