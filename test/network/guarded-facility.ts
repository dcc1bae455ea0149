/**
 * A whole facility in small: a real engine in memory, the network gate, a warden, and three real machines behind a router. `seat` is in
 * production, `nas` in storage, `broker` in the DMZ; seats may use the NAS on port 445, and nothing else is allowed.
 */
import { randomFillSync } from 'node:crypto';
import type { Guarded } from './guarded.ts';
import { guard } from './guarded.ts';
import type { Lab, LabHost } from './lab.ts';
import { createLab } from './lab.ts';
import type { LocalEngine } from '#engine/local.ts';
import { openLocalEngine } from '#engine/local.ts';
import type { NetworkGate, NetworkTimings } from '#gates/network/gate.ts';
import { startNetworkGate } from '#gates/network/gate.ts';
import { createClock } from '#host/clock.ts';
import type { Command } from '#model/commands.ts';
import type { By, DataOf, Gate, Sealed } from '#model/events.ts';
import { DAY_MS, HOUR_MS } from '#model/limits.ts';
import type { NetworkMode } from '#model/network-shapes.ts';
import type { State } from '#model/state.ts';
import type { Clock } from '#ports/clock.ts';
import type { EngineClient } from '#ports/engine.ts';
import type { Warden } from '#ports/warden.ts';
import { Bug } from '#std/assert.ts';
import type { HostId, Id, IdKind, PathId, PersonId, SessionId } from '#std/ids.ts';
import { ID_RANDOM_BYTES, makeId } from '#std/ids.ts';

export const NAME: Sealed = { subject: 'facility', salt: '', box: '' };
export const SMB = 445;
export const SCREEN = 5900;

export interface GuardedFacility {
  readonly engine: LocalEngine;
  readonly gate: NetworkGate;
  /** Another life of the gate. */
  startGate(): NetworkGate;
  readonly guarded: Guarded;
  readonly lab: Lab;
  readonly seat: LabHost;
  readonly nas: LabHost;
  readonly broker: LabHost;
  readonly hostIds: ReadonlyMap<string, HostId>;
  readonly troubles: readonly string[];
  /** Throws what it was refused with. */
  ask(command: Command, by?: By): Promise<void>;
  mode(mode: NetworkMode): Promise<void>;
  confirm(): Promise<void>;
  /** A live session of the owner's, on the portal unless another gate is named. */
  openSession(gate?: Gate): Promise<SessionId>;
  openPath(session: SessionId, to: LabHost, port: number, livesMs: number): Promise<PathId>;
  /** Resolves with the state once it is so. */
  until(isSo: (state: State) => boolean): Promise<State>;
  finding(kind: DataOf<'network.found'>['finding']): Promise<DataOf<'network.found'>>;
  close(): Promise<void>;
}

export interface FacilityOptions {
  readonly timings?: Partial<NetworkTimings>;
  readonly clock?: Clock;
  /** What stands between gate and warden. */
  readonly between?: (warden: Warden) => Warden;
}

export async function openGuardedFacility(options: FacilityOptions = {}): Promise<GuardedFacility> {
  const lab = await createLab(3);
  const guarded = await guard(lab.router);
  const [seat, nas, broker] = lab.hosts as readonly [LabHost, LabHost, LabHost]; // as many as were asked for
  const engine = await openLocalEngine();
  const { owner, by } = await createFacility(engine);
  const ask = async (command: Command, as: By = by): Promise<void> => {
    const answer = await engine.command(command, as);
    if (answer.kind === 'refused') throw new Bug(`${command.kind}: ${answer.code}: ${answer.message}`);
  };
  const hostIds = await drawNetwork(ask, owner, [seat, nas, broker]);
  const troubles: string[] = [];
  const startGate = (): NetworkGate =>
    startNetworkGate({
      engine,
      warden: options.between?.(guarded.warden) ?? guarded.warden,
      clock: options.clock ?? createClock(),
      random: { bytes: (count) => randomFillSync(new Uint8Array(count)) },
      onTrouble: (what, error) => troubles.push(`${what}: ${String(error)}`),
      timings: { sweepMs: 3_600_000, foldMs: 200, watchMs: 30, againMs: 200, ...options.timings },
    });
  const gate = startGate();
  const until = (isSo: (state: State) => boolean): Promise<State> => waitFor(engine, isSo);
  return {
    engine,
    gate,
    startGate,
    guarded,
    lab,
    seat,
    nas,
    broker,
    hostIds,
    troubles,
    ask,
    until,
    async mode(mode) {
      await ask({ kind: 'change-network-mode', mode });
      await gate.level();
    },
    async confirm() {
      const { apply } = await until((state) => state.network.apply?.standing === 'unconfirmed').then((s) => s.network);
      if (apply !== undefined) await ask({ kind: 'confirm-apply', apply: apply.id });
      await gate.level();
    },
    async openSession(on) {
      const session = newId('session');
      await openSession(engine, session, owner, on);
      return session;
    },
    async openPath(session, to, port, livesMs) {
      const path = newId('path');
      const ends = { from: broker.v4, to: to.v4, protocol: 'tcp', port, until: Date.now() + livesMs } as const;
      await ask({ kind: 'open-path', path, session, ...ends }, { service: 'gate-desktop' });
      await gate.level();
      return path;
    },
    async finding(kind) {
      const isIt = (found: DataOf<'network.found'>): boolean => found.finding === kind;
      const state = await until(({ network }) => network.findings.some(isIt));
      return state.network.findings.find(isIt) ?? Promise.reject(new Bug('found and gone'));
    },
    async close() {
      await gate.close();
      await engine.close();
      await guarded.close();
      await lab.remove();
    },
  };
}

async function createFacility(engine: EngineClient): Promise<{ readonly owner: PersonId; readonly by: By }> {
  const [owner, session] = [newId('person'), newId('session')];
  const answer = await engine.command(
    {
      kind: 'create-facility',
      name: 'Test Post',
      timeZone: 'Europe/Lisbon',
      origin: 'testpost.example/log',
      owner,
      ownerName: NAME,
      ownerRolesUntil: Date.now() + 365 * DAY_MS,
      exception: newId('exception'),
    },
    { service: 'gate-portal' },
  );
  if (answer.kind === 'refused') throw new Bug(answer.message);
  await openSession(engine, session, owner);
  return { owner, by: { person: owner, session } };
}

async function openSession(
  engine: EngineClient,
  session: SessionId,
  person: PersonId,
  on: Gate = 'portal',
): Promise<void> {
  const now = Date.now();
  const answer = await engine.command(
    { kind: 'open-session', session, person, gate: on, until: now + HOUR_MS, factorAt: now },
    { service: `gate-${on}` },
  );
  if (answer.kind === 'refused') throw new Bug(answer.message);
}

export async function drawNetwork(
  ask: (command: Command) => Promise<void>,
  owner: PersonId,
  machines: readonly LabHost[],
): Promise<ReadonlyMap<string, HostId>> {
  const rows = [
    ['seat', 'production', 'workstation', 70, 'kept'],
    ['nas', 'storage', 'storage', 70, 'kept'],
    ['broker', 'dmz', 'broker', 20, 'none'],
  ] as const;
  const hosts = new Map<string, HostId>();
  const zones = new Map<string, Id<'zone'>>();
  for (const [i, [name, kind, role, trust, content]] of rows.entries()) {
    const [zone, host, machine] = [newId('zone'), newId('host'), machines[i]];
    if (machine === undefined) throw new Bug('a machine for each host');
    const networks = [{ cidr: `10.77.${i + 1}.0/24` }, { cidr: `fd77:${i + 1}::/64` }];
    await ask({ kind: 'add-zone', zone, name: kind, trust, networks, kinds: [kind], content, link: machine.link });
    await ask({ kind: 'add-host', host, zone, name, role, addresses: [machine.v4, machine.v6] });
    hosts.set(name, host);
    zones.set(name, zone);
  }
  const [service, flow] = [newId('service'), newId('flow')];
  await ask({
    kind: 'define-service',
    service,
    name: 'smb',
    plane: 'data',
    ports: [{ protocol: 'tcp', first: SMB, last: SMB }],
  });
  const end = (name: string) => ({ kind: 'zone', zone: zones.get(name) ?? newId('zone') }) as const;
  const why = { owner, reason: 'media lies on the NAS', reviewBy: Date.now() + 90 * DAY_MS };
  await ask({ kind: 'add-flow', flow, from: end('seat'), to: end('nas'), service, class: 'standard', ...why });
  return hosts;
}

export function newId<Kind extends IdKind>(kind: Kind): Id<Kind> {
  return makeId(kind, randomFillSync(new Uint8Array(ID_RANDOM_BYTES)));
}

export function waitFor(engine: EngineClient, isSo: (state: State) => boolean): Promise<State> {
  if (isSo(engine.state())) return Promise.resolve(engine.state());
  return new Promise((done) => {
    const stop = engine.subscribe((_, state) => {
      if (!isSo(state)) return;
      stop();
      done(state);
    });
  });
}
