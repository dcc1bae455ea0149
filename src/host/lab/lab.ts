/**
 * A facility's network from end to end on one machine: a real engine with the model, the real network gate and warden over a gateway that is a
 * namespace, and machines behind it. Everything is removed when it closes, whatever happened.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Comparison } from './comparison.ts';
import { comparePackets } from './comparison.ts';
import type { LabFacility } from './lab-engine.ts';
import { newLabId, openLabFacility, openLabSession } from './lab-engine.ts';
import type { Layout, Place } from './layout.ts';
import { layoutOf } from './layout.ts';
import { removeLeftNamespaces } from './namespace.ts';
import type { LabNetwork } from './network.ts';
import { buildNetwork } from './network.ts';
import { gatewayProbes, neighbourProbes, planProbes, portsOf, untried } from './probe-plan.ts';
import type { Probe } from './probe-plan.ts';
import type { Prober } from './prober.ts';
import { openProber } from './prober.ts';
import type { NetworkGate } from '#gates/network/gate.ts';
import { startNetworkGate } from '#gates/network/gate.ts';
import { createClock } from '#host/clock.ts';
import { createRandom } from '#host/random.ts';
import { createWardenClient } from '#host/warden/client.ts';
import { startWarden } from '#host/warden/warden.ts';
import type { FacilityFile } from '#model/facility-file.ts';
import { HOUR_MS } from '#model/limits.ts';
import type { State } from '#model/state.ts';
import { compilePolicy } from '#plan/network/compile-policy.ts';
import type { Policy } from '#plan/network/policy.ts';
import type { Warden } from '#ports/warden.ts';
import type { HostId, QuarantineId } from '#std/ids.ts';
import { Fault } from '#std/refused.ts';

const ENFORCED_MS_MAX = 30_000;
const PATH_LIVES_MS = HOUR_MS / 2;
/** Paths of live sessions that a check opens between hosts that otherwise may not speak. */
const PATHS = 6;
const PATH_PORT = 5901;

export interface LabOptions {
  /** Packets between anybody, beside those of each pair of zones. */
  readonly random?: number;
  readonly seed?: number;
  /** What goes on, for people. */
  readonly onStep?: (says: string) => void;
  readonly onTrouble?: (what: string) => void;
  /** Ends the building of it, with everything that was built. */
  readonly signal?: AbortSignal;
}

export interface Checked extends Comparison {
  readonly name: string;
}

export interface LabReport {
  readonly zones: readonly string[];
  readonly machines: number;
  readonly addresses: number;
  readonly ports: readonly number[];
  /** Protocols of the model that no packet was sent of. */
  readonly untried: readonly string[];
  readonly hostsLeftOut: number;
  readonly checks: readonly Checked[];
  readonly tried: number;
  readonly disagreements: number;
}

export interface Lab {
  readonly facility: LabFacility;
  readonly layout: Layout;
  readonly network: LabNetwork;
  readonly prober: Prober;
  readonly warden: Warden;
  readonly gate: NetworkGate;
  readonly ports: readonly number[];
  /** The model as it is and its policy now. */
  policyNow(): { readonly state: State; readonly policy: Policy; readonly at: number };
  compare(name: string, probes: readonly Probe[]): Promise<Checked>;
  /** Resolves when it is enforced. */
  quarantine(host: HostId, reason: string): Promise<QuarantineId>;
  /** Opens one path of a live session. */
  openPath(from: Place, to: Place, port: number): Promise<void>;
  close(): Promise<void>;
}

export async function openLab(file: FacilityFile, options: LabOptions = {}): Promise<Lab> {
  const { onStep = () => undefined, onTrouble = () => undefined, signal } = options;
  const closers: (() => Promise<unknown> | void)[] = [];
  const close = async (): Promise<void> => {
    for (let end = closers.pop(); end !== undefined; end = closers.pop()) {
      await Promise.resolve(end()).catch((error: unknown) => onTrouble(String(error)));
    }
  };
  try {
    for (const name of await removeLeftNamespaces()) onStep(`removed ${name}, which a run that was killed had left`);
    const facility = await openLabFacility(file);
    closers.push(() => facility.engine.close());
    const layout = layoutOf(facility.engine.state());
    onStep(`${layout.zones.length} zones, ${layout.machines.length} machines, ${layout.places.length} addresses`);
    const network = await buildNetwork(layout);
    closers.push(() => network.remove());
    signal?.throwIfAborted();
    const folder = mkdtempSync(join(tmpdir(), 'picturelock-lab-'));
    closers.push(() => rmSync(folder, { recursive: true, force: true }));
    const prober = await openProber(
      join(tmpdir(), 'picturelock-lab-bin'),
      network.machines.map(({ name }) => name),
      network.gateway.name,
    );
    closers.push(() => prober.close());
    const ports = [...new Set([...portsOf(facility.engine.state()), PATH_PORT, PATH_PORT + 1])];
    await prober.serve([...layout.machines.keys(), layout.machines.length], ports);
    onStep(`every machine serves ${ports.length} ports, TCP and UDP`);
    const guarded = await guard(facility, network, folder, onTrouble);
    closers.push(guarded.close);
    signal?.throwIfAborted();
    await enforce(facility, guarded.gate);
    onStep('the rules are compiled, loaded, listed, proved and confirmed');
    return assemble({ facility, layout, network, prober, ports, warden: guarded.warden, gate: guarded.gate, close });
  } catch (error) {
    await close();
    throw error;
  }
}

async function guard({ engine }: LabFacility, network: LabNetwork, folder: string, onTrouble: (what: string) => void) {
  const socket = join(folder, 'warden.sock');
  const say = (what: string, error?: unknown): void => onTrouble(`${what}: ${String(error)}`);
  const running = await startWarden({
    socket,
    uid: 0,
    namespace: network.gateway.name,
    folder: join(folder, 'warden'),
    onTrouble: say,
  });
  const warden = createWardenClient(socket);
  const gate = startNetworkGate({ engine, warden, clock: createClock(), random: createRandom(), onTrouble: say });
  return {
    warden,
    gate,
    close: async () => {
      await gate.close();
      await warden.close();
      await running.close();
    },
  };
}

/** As a person does: enforce, see that everything still works, confirm. */
async function enforce({ engine, ask }: LabFacility, gate: NetworkGate): Promise<void> {
  await ask({ kind: 'change-network-mode', mode: 'enforce' });
  await gate.level();
  const apply = await untilState(engine, ({ network }) => network.apply);
  await ask({ kind: 'confirm-apply', apply: apply.id });
  await gate.level();
}

async function untilState<T>(engine: LabFacility['engine'], find: (state: State) => T | undefined): Promise<T> {
  const now = find(engine.state());
  if (now !== undefined) return now;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      stop();
      const found = [...engine.state().network.findings.values()].map(({ says }) => says).join(' ');
      reject(new Fault('lab-not-enforced', `The rules did not come into force. ${found}`));
    }, ENFORCED_MS_MAX);
    const stop = engine.subscribe((_, state) => {
      const found = find(state);
      if (found === undefined) return;
      clearTimeout(timer);
      stop();
      resolve(found);
    });
  });
}

/** What a policy is compiled from. */
const PARTS = ['zones', 'hosts', 'network'] as const;

type Parts = Omit<Lab, 'policyNow' | 'compare' | 'quarantine' | 'openPath'>;

function assemble(parts: Parts): Lab {
  const { facility, layout, prober, gate } = parts;
  const { engine, ask, owner } = facility;
  let kept: { readonly state: State; readonly policy: Policy } | undefined;
  const policyNow = () => {
    const [state, at] = [engine.state(), Date.now()];
    // Entries about packets seen change no rule; the policy is compiled anew when anything of the network has changed.
    if (kept === undefined || PARTS.some((part) => kept?.state[part] !== state[part]))
      kept = { state, policy: compilePolicy(state, at) };
    return { state, policy: kept.policy, at };
  };
  return {
    ...parts,
    policyNow,
    compare: async (name, probes) => ({ name, ...(await comparePackets(prober, layout, probes, policyNow)) }),
    async quarantine(host, reason) {
      const [quarantine, cut] = [newLabId('quarantine'), newLabId('cut')];
      await ask({ kind: 'quarantine', quarantine, scope: { kind: 'host', host }, reason, cut });
      await gate.level();
      return quarantine;
    },
    async openPath(from, to, port) {
      const session = await openLabSession(engine, owner.person);
      const until = Date.now() + PATH_LIVES_MS;
      const ends = { from: from.address, to: to.address, protocol: 'tcp', port, until } as const;
      await ask({ kind: 'open-path', path: newLabId('path'), session, ...ends }, { service: 'gate-desktop' });
      await gate.level();
    },
  };
}

/**
 * Three rounds of packets: the model as the file says it; with paths of live sessions open; and with a host in quarantine that a moment ago
 * could reach something.
 */
export async function checkLab(lab: Lab, options: LabOptions = {}): Promise<LabReport> {
  const { random = 1000, seed = 1, onStep = () => undefined } = options;
  const { layout, ports, facility } = lab;
  const checks: Checked[] = [];
  const round = async (name: string, probes: readonly Probe[]): Promise<void> => {
    const checked = await lab.compare(name, probes);
    checks.push(checked);
    onStep(
      `${name}: ${checked.tried} packets sent, ${checked.passed} passed, ${checked.disagreements.length} disagree`,
    );
  };
  const plan = (more: number, n: number): readonly Probe[] =>
    planProbes(layout, lab.policyNow().policy, ports, { seed: seed + n, random: more });
  const toGateway = (): readonly Probe[] => gatewayProbes(layout, lab.policyNow().policy, ports, seed);
  await round('the model as it stands', [
    ...plan(random, 0),
    ...toGateway(),
    ...neighbourProbes(layout, ports[0] ?? 1),
  ]);
  const pairs = await openSomePaths(lab, plan(random, 1));
  await round('with live paths', [...aroundPaths(pairs), ...plan(random, 2).slice(-random)]);
  const held = layout.places.find(({ host }) => host !== undefined && pairs.some(({ from }) => from.host === host));
  if (held?.host !== undefined) {
    await lab.quarantine(held.host, 'the lab tries a quarantine');
    const all = [...plan(random, 3), ...toGateway()];
    const touched = all.filter(({ from, to }) => from.host === held.host || to.host === held.host);
    await round(`with ${held.name} in quarantine`, [
      ...touched,
      ...aroundPaths(pairs),
      ...plan(random, 4).slice(-random),
    ]);
  }
  return {
    zones: layout.zones,
    machines: layout.machines.length,
    addresses: layout.places.length,
    ports,
    untried: untried(facility.engine.state()),
    hostsLeftOut: layout.left,
    checks,
    tried: checks.reduce((sum, { tried }) => sum + tried, 0),
    disagreements: checks.reduce((sum, { disagreements }) => sum + disagreements.length, 0),
  };
}

/** Between declared hosts, in turns of both families. */
async function openSomePaths(lab: Lab, probes: readonly Probe[]): Promise<readonly Probe[]> {
  const opened: Probe[] = [];
  for (const probe of probes) {
    const { from, to } = probe;
    if (opened.length >= PATHS) break;
    if (from.host === undefined || to.host === undefined || from.family !== (opened.length % 2 === 0 ? 4 : 6)) continue;
    const path: Probe = { from, to, protocol: 'tcp', port: PATH_PORT };
    try {
      await lab.openPath(from, to, PATH_PORT);
      opened.push(path);
    } catch (error) {
      if (error instanceof Error) throw error; // else the model refuses a path that breaks an invariant
    }
  }
  return opened;
}

/** The path itself, the port beside it, the other protocol, and the way back. */
function aroundPaths(paths: readonly Probe[]): readonly Probe[] {
  return paths.flatMap((path) => [
    path,
    { ...path, port: path.port + 1 },
    { ...path, protocol: 'udp' as const },
    { ...path, from: path.to, to: path.from },
  ]);
}
