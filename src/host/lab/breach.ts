/**
 * The lab as a story: a workstation is taken over; what it really reaches is scanned from inside it and held beside its blast radius; it is put in
 * quarantine while it streams; and a second person lets it back.
 */
import type { Lab } from './lab.ts';
import { newLabId } from './lab-engine.ts';
import type { Place } from './layout.ts';
import type { Probe } from './probe-plan.ts';
import type { LabStream } from './prober.ts';
import type { Host, State } from '#model/state.ts';
import { surveyOf, whatIf } from '#plan/network/blast/blast-radius.ts';
import { mayReach } from '#plan/network/reach.ts';
import type { CutId, HostId, QuarantineId } from '#std/ids.ts';
import { Fault, isRefused } from '#std/refused.ts';

/** Beyond it what is silently dropped is taken as dropped. */
const SCAN_MS = 400;
const SCANS_AT_ONCE = 1000;
/** After a cut: what still comes would be seen in this time. */
const WATCH_MS = 120;
const RECEIPT_MS_MAX = 5000;

export interface Scan {
  readonly tried: number;
  readonly open: number;
  /** Names of the declared hosts that answered, through the gateway and below it. */
  readonly through: readonly string[];
  readonly below: readonly string[];
  readonly reachesOutside: boolean;
}

export interface BreachStory {
  readonly host: string;
  readonly before: Scan;
  /** What the model says of the same host. */
  readonly radius: {
    readonly direct: readonly string[];
    readonly neighbours: readonly string[];
    readonly internet: boolean;
  };
  readonly streamedTo: string;
  /** From the order to the last byte that the kernel handed over, and to the warden's commit. */
  readonly lastByteMs: number;
  readonly levelledMs: number;
  readonly receipt:
    | { readonly ms: number; readonly bytesStopped: boolean; readonly accessRefused: boolean }
    | undefined;
  readonly held: Scan;
  /** The code with which the one who asked was refused to release it. */
  readonly ownRelease: string;
  readonly after: Scan;
}

/** Tells each part as soon as it has happened. */
export async function playBreach(lab: Lab, onPart: (part: Partial<BreachStory>) => void): Promise<BreachStory> {
  const { state, policy, at } = lab.policyNow();
  const host = workstationIn(state);
  const exposed = whatIf(surveyOf(state, policy, at), [{ kind: 'host', host: host.id }]);
  const names = (ids: readonly HostId[]) => ids.map((id) => state.hosts.get(id)?.name ?? id).sort();
  const radius = {
    direct: names(exposed.lists.direct),
    neighbours: names(exposed.lists.neighbours),
    internet: exposed.internet === 'direct',
  };
  const before = await scan(lab, host.id);
  onPart({ host: host.name, before, radius });
  const held = await hold(lab, host);
  onPart(held);
  const ownRelease = await release(lab, held.quarantine);
  const after = await scan(lab, host.id);
  onPart({ ownRelease, after });
  return { host: host.name, before, radius, ...held, ownRelease, after };
}

function workstationIn({ hosts }: State): Host {
  const found = [...hosts.values()]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .find(({ role, addresses }) => role === 'workstation' && addresses.length > 0);
  if (found === undefined) throw new Fault('no-workstation', 'The model has no workstation that could be taken over.');
  return found;
}

/** Every address and port that there is, from each address of the host. */
export async function scan({ layout, prober, ports }: Lab, host: HostId): Promise<Scan> {
  const [own, others] = [layout.places.filter((place) => place.host === host), layout.places];
  const tries = own.flatMap((from) =>
    others
      .filter((to) => to.machine !== from.machine && to.family === from.family)
      .flatMap((to) => [
        ...ports.flatMap((port): Probe[] => [
          { from, to, protocol: 'tcp', port },
          { from, to, protocol: 'udp', port },
        ]),
        { from, to, protocol: 'icmp', port: 0 } as const,
      ]),
  );
  const reached: Probe[] = [];
  for (let i = 0; i < tries.length; i += SCANS_AT_ONCE) {
    await Promise.all(
      tries.slice(i, i + SCANS_AT_ONCE).map(async (probe) => {
        const { from, to, protocol, port } = probe;
        const asked = { machine: from.machine, from: from.address, to: to.address, protocol, port };
        if ((await prober.try({ ...asked, withinMs: SCAN_MS })).outcome === 'open') reached.push(probe);
      }),
    );
  }
  return summed(tries.length, reached);
}

function summed(tried: number, reached: readonly Probe[]): Scan {
  const named = (isBelow: boolean) =>
    [
      ...new Set(
        reached
          .filter(({ from, to }) => to.host !== undefined && (from.zone === to.zone) === isBelow)
          .map(({ to }) => to.name),
      ),
    ].sort();
  const reachesOutside = reached.some(
    ({ to }) => to.host === undefined && /^(198\.51|203\.0|2001:db8)/.test(to.address),
  );
  return { tried, open: reached.length, through: named(false), below: named(true), reachesOutside };
}

/** Streams over something that it may use, is put in quarantine, and is watched. */
async function hold(lab: Lab, { id: host }: Host) {
  const { facility, prober, gate } = lab;
  const [from, to, port] = somethingAllowed(lab, host);
  const stream = await prober.stream({ machine: from.machine, from: from.address, to: to.address, port });
  const [quarantine, cut] = [newLabId('quarantine'), newLabId('cut')];
  const orderedAt = performance.timeOrigin + performance.now();
  await facility.ask({ kind: 'quarantine', quarantine, scope: { kind: 'host', host }, reason: 'taken over', cut });
  await gate.level();
  const levelledMs = performance.timeOrigin + performance.now() - orderedAt;
  const lastAt = await lastByteOf(stream);
  return {
    quarantine,
    streamedTo: `${to.name} tcp ${port}`,
    lastByteMs: lastAt - orderedAt,
    levelledMs,
    receipt: await receiptOf(lab, cut),
    held: await scan(lab, host),
  };
}

async function lastByteOf(stream: LabStream): Promise<number> {
  await new Promise((done) => setTimeout(done, WATCH_MS));
  stream.stop();
  return (await stream.ended).lastAt;
}

function somethingAllowed({ layout, ports, policyNow }: Lab, host: HostId): readonly [Place, Place, number] {
  const { policy, at } = policyNow();
  for (const from of layout.places.filter((place) => place.host === host)) {
    for (const to of layout.places) {
      if (to.family !== from.family || to.zone === from.zone) continue;
      const question = { from: from.address, to: to.address, protocol: 'tcp', at } as const;
      const port = ports.find((one) => mayReach(policy, { ...question, port: one }).may);
      if (port !== undefined) return [from, to, port];
    }
  }
  throw new Fault(
    'nothing-allowed',
    'The workstation may reach nothing through the gateway, so there is nothing to stop.',
  );
}

async function receiptOf({ facility: { engine } }: Lab, cut: CutId): Promise<BreachStory['receipt']> {
  const find = (state: State) => state.cuts.get(cut)?.receipts.find(({ gate }) => gate === 'network');
  const receipt = await new Promise<ReturnType<typeof find>>((resolve) => {
    const look = (state: State): void => {
      const found = find(state);
      if (found === undefined) return;
      clearTimeout(timer);
      stop();
      resolve(found);
    };
    const stop = engine.subscribe((_, state) => look(state));
    const timer = setTimeout(() => {
      stop();
      resolve(undefined);
    }, RECEIPT_MS_MAX);
    look(engine.state());
  });
  return receipt === undefined ? undefined : { ms: receipt.ms, ...receipt.probe };
}

/** Asked for by the owner, who may not release it; released by the second person. */
async function release({ facility: { ask, second }, gate }: Lab, quarantine: QuarantineId): Promise<string> {
  await ask({ kind: 'ask-release', quarantine, reason: 'it was wiped and installed anew' });
  const own = await ask({ kind: 'release-quarantine', quarantine }).then(
    () => 'released',
    (refused: unknown) => (isRefused(refused) ? refused.code : String(refused)),
  );
  if (own !== 'released') await ask({ kind: 'release-quarantine', quarantine }, second);
  await gate.level();
  return own;
}

/** The scan finds what the model says, the quarantine leaves nothing through the gateway, and two people let it back. */
export function isShown({
  before,
  radius,
  held,
  receipt,
  ownRelease,
  after,
  lastByteMs,
  levelledMs,
}: BreachStory): boolean {
  return (
    before.through.join() === radius.direct.join() &&
    before.below.join() === radius.neighbours.join() &&
    before.reachesOutside === radius.internet &&
    held.through.length === 0 &&
    !held.reachesOutside &&
    lastByteMs <= levelledMs &&
    receipt?.bytesStopped === true &&
    receipt.accessRefused &&
    ownRelease === 'own-release' &&
    after.through.join() === before.through.join()
  );
}
