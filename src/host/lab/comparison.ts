/** What the packets did, beside what the proof engine says of them. */
import type { Layout, Place } from './layout.ts';
import { THE_GATEWAY } from './layout.ts';
import type { Probe, TriedProtocol } from './probe-plan.ts';
import type { Prober, Tried } from './prober.ts';
import type { Policy } from '#plan/network/policy.ts';
import { mayReach } from '#plan/network/reach.ts';

const AT_ONCE = 512;
/** What should pass has so long, and is tried again: a busy machine is no refusal. */
const PASS_MS = 3000;
const PASS_TRIES_MAX = 3;
/** What is refused without a word has so long to come through after all. */
const REFUSE_MS = 700;

export interface Disagreement {
  readonly from: string;
  readonly to: string;
  readonly protocol: TriedProtocol;
  readonly port: number;
  /** By name: who sent, and to whom. */
  readonly between: readonly [string, string];
  readonly engine: 'passes' | 'refused';
  readonly packets: string;
}

export interface Cell {
  readonly from: string;
  readonly to: string;
  tried: number;
  passed: number;
  disagreed: number;
}

export interface Comparison {
  readonly tried: number;
  readonly passed: number;
  readonly disagreements: readonly Disagreement[];
  readonly cells: readonly Cell[];
  readonly ms: number;
}

/** `policyAt` gives the policy and the instant of the question. */
export async function comparePackets(
  prober: Prober,
  layout: Layout,
  probes: readonly Probe[],
  policyAt: () => { readonly policy: Policy; readonly at: number },
): Promise<Comparison> {
  const begun = performance.now();
  const cells = new Map<string, Cell>();
  for (const from of layout.zones)
    for (const to of [...layout.zones, THE_GATEWAY])
      cells.set(`${from}>${to}`, { from, to, tried: 0, passed: 0, disagreed: 0 });
  const disagreements: Disagreement[] = [];
  let passed = 0;
  await inParallel(probes, async (probe) => {
    const { policy, at } = policyAt();
    const passes = isNeighbour(probe) || may(policy, probe, at);
    const packets = await send(prober, probe, passes);
    const cell = cells.get(`${probe.from.zone}>${probe.to.zone}`);
    if (cell === undefined) return;
    cell.tried += 1;
    if (packets === 'passed') [cell.passed, passed] = [cell.passed + 1, passed + 1];
    if ((packets === 'passed') === passes && !packets.startsWith('half')) return;
    cell.disagreed += 1;
    disagreements.push(disagreement(probe, passes, packets));
  });
  return { tried: probes.length, passed, disagreements, cells: [...cells.values()], ms: performance.now() - begun };
}

function isNeighbour({ from, to }: Probe): boolean {
  return from.zone === to.zone;
}

function may(policy: Policy, { from, to, protocol, port }: Probe, at: number): boolean {
  const ends = { from: from.address, to: to.address, protocol, at };
  return mayReach(policy, protocol === 'icmp' ? ends : { ...ends, port }).may;
}

/** `passed`, `half: ...` when it arrived and its answer did not come back or came from another, or how it was refused. */
async function send(prober: Prober, probe: Probe, shouldPass: boolean): Promise<string> {
  const { from, to, protocol, port } = probe;
  const asked = { machine: from.machine, from: from.address, to: to.address, protocol, port };
  for (let i = 1; ; i += 1) {
    const tried = await prober.try({ ...asked, withinMs: shouldPass ? PASS_MS * i : REFUSE_MS });
    const said = sayTried(tried, to);
    if (!shouldPass || said === 'passed' || i >= PASS_TRIES_MAX) return said;
  }
}

function sayTried({ outcome, by, arrived }: Tried, to: Place): string {
  if (outcome === 'open') return by === undefined || by === to.machine ? 'passed' : `half: machine ${by} answered`;
  return arrived ? `half: it arrived, and its answer did not (${outcome})` : outcome;
}

function disagreement({ from, to, protocol, port }: Probe, passes: boolean, packets: string): Disagreement {
  return {
    from: from.address,
    to: to.address,
    protocol,
    port,
    between: [from.name, to.name],
    engine: passes ? 'passes' : 'refused',
    packets,
  };
}

async function inParallel<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    for (let item = items[next]; item !== undefined; item = items[next]) {
      next += 1;
      await act(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, work));
}
