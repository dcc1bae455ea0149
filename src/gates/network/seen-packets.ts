/**
 * What the packet filter says of packets: refusals go into the ledger, folded; what would have been refused is a finding that says what to do
 * about it; a false source is one too.
 */
import type { Findings } from './findings.ts';
import { BY } from './findings.ts';
import { createCounted } from './counted.ts';
import { createFold } from './folding.ts';
import { shareFlowFor } from '#model/share.ts';
import type { State } from '#model/state.ts';
import { hostsAt } from '#plan/network/address-plan.ts';
import { addressSet } from '#plan/network/address-set.ts';
import type { Clock } from '#ports/clock.ts';
import type { EngineClient } from '#ports/engine.ts';
import type { Denial, SeenFlow, Warden } from '#ports/warden.ts';

export interface SeenPackets {
  hear(denials: readonly Denial[]): void;
  /** Flows under way; counted once each. */
  see(flows: readonly SeenFlow[]): void;
  /** Writes what has come together. */
  flush(): Promise<void>;
}

export function createSeenPackets(
  engine: EngineClient,
  warden: Warden,
  clock: Clock,
  findings: Findings,
  onTrouble: (what: string, error?: unknown) => void,
): SeenPackets {
  const [denied, seen] = [createFold(), createFold()];
  const counted = createCounted();
  let since = clock.now();

  function hear(denial: Denial): void {
    const { from, to, protocol, port, verdict } = denial;
    const row = { from, to, protocol: protocol.slice(0, 12), ...(port === undefined ? {} : { port }) };
    counted.tell(verdict === 'would' ? 'seen' : 'denied');
    if (verdict === 'would') {
      seen.add(row);
      void findings.found(wouldRefuse(engine.state(), denial));
      return;
    }
    denied.add(row);
    if (verdict === 'spoof') void findings.found(spoofed(denial));
  }

  /** What the rules counted and the log did not tell of: beyond its limits, or with nobody to hear it. */
  async function count(): Promise<void> {
    const { mode } = engine.state().network;
    if (mode === 'off') return;
    try {
      const { counts } = await warden.status();
      const untold = counted.untold(counts, mode === 'enforce');
      denied.miss(untold.denied);
      seen.miss(untold.seen);
    } catch (error) {
      onTrouble('packets were not counted', error);
    }
  }

  async function flush(): Promise<void> {
    const [from, until] = [since, clock.now()];
    since = until;
    await count();
    const [refusals, flows] = [denied.take(), seen.take()];
    const both = [
      ...(refusals === undefined ? [] : [{ kind: 'network.denied' as const, data: { from, until, ...refusals } }]),
      ...(flows === undefined ? [] : [{ kind: 'network.flows-seen' as const, data: { from, until, ...flows } }]),
    ];
    if (both.length === 0) return;
    await engine
      .record(both.map((draft) => ({ ...draft, stream: 'facility' as const, by: BY, about: {} })))
      .catch((error: unknown) => onTrouble('packets seen were not recorded', error));
  }

  return {
    hear: (denials) => denials.forEach(hear),
    see(flows) {
      for (const { from, to, protocol, port } of flows) {
        seen.add({ from, to, protocol: protocol.slice(0, 12), ...(port === undefined ? {} : { port }) });
      }
    },
    flush,
  };
}

/** In `observe` nobody has been asked yet, so it is a flow that nobody declared; in `warn` it says what is about to stop. */
export function wouldRefuse(
  state: State,
  { from, to, protocol, port }: Pick<Denial, 'from' | 'to' | 'protocol' | 'port'>,
): Parameters<Findings['found']>[0] {
  const isWarned = state.network.mode === 'warn';
  const what = `${protocol}${port === undefined ? '' : ` ${port}`}`;
  const [source, target] = [nameOf(state, from), nameOf(state, to)];
  const isShare = shareFlowFor(state, { from, to, protocol, port }) !== undefined;
  return {
    key: `flow:${from} ${to} ${what}`.slice(0, 200),
    finding: isWarned ? 'would-refuse' : 'stray-flow',
    says: `${source} uses ${what} on ${target}, and ${isShare ? 'nobody holds a session there' : 'no flow allows it'}.`.slice(
      0,
      500,
    ),
    next: isShare
      ? OPEN_FIRST
      : `Ask who answers for ${source}. Declare the flow with owner and reason if it is needed; else stop it before the rules are enforced.`,
    from,
    to,
    protocol: protocol.slice(0, 12),
    ...(port === undefined ? {} : { port }),
  };
}

const OPEN_FIRST =
  "Tell whoever works there to open storage on the project's page first. A machine that works without a person needs a flow of its own.";

function spoofed({ from, to, protocol, link = '?' }: Denial): Parameters<Findings['found']>[0] {
  return {
    key: `spoof:${link} ${from}`,
    finding: 'spoofed',
    says: `A packet from ${from} came in by ${link}, where that address does not belong.`,
    next: `Look what hangs on ${link}; if a zone has moved, name its new link in the model.`,
    from,
    to,
    protocol: protocol.slice(0, 12),
  };
}

export function nameOf({ hosts }: State, address: string): string {
  const { v4, v6 } = addressSet(address);
  const point = v4[0]?.first ?? v6[0]?.first;
  const [host] = point === undefined ? [] : hostsAt(hosts, point);
  return host === undefined ? address : `${host.name} (${address})`;
}
