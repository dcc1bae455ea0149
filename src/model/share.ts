/**
 * Shares: the way from a workstation to central storage that exists only while a person holds a session at that very workstation. A flow of
 * class `share` declares who may have which storage opened on which ports; it lets nothing pass by itself.
 */
import type { CommandOf } from '#model/commands.ts';
import { networksOf, zoneAt } from '#model/addressing.ts';
import { hostAt } from '#model/host-index.ts';
import { PATHS_PER_SESSION_MAX } from '#model/limits.ts';
import type { FlowEnd, HostRole, ServicePort } from '#model/network-shapes.ts';
import type { Flow, OpenPath } from '#model/network-state.ts';
import { alreadyDone } from '#model/refusals.ts';
import type { Host, Session, State } from '#model/state.ts';
import { canonicalAddress, isInside, parseAddress, parseCidr } from '#std/address.ts';
import type { FlowId, HostId, PersonId, ProjectId, SessionId } from '#std/ids.ts';
import type { Refused } from '#std/refused.ts';
import { refused } from '#std/refused.ts';

/** One path that a share flow declares: from an address of the workstation to one of the storage, on one port. */
export interface SharePath {
  readonly flow: FlowId;
  /** The storage. */
  readonly host: HostId;
  readonly from: string;
  readonly to: string;
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
  /** When the flow itself ends. */
  readonly until?: number;
}

/** Every path that a person at this machine may have opened for this project, by the flows that stand at `at`; in the order of the flows. */
export function sharePaths(state: State, machine: Host, project: ProjectId, at: number): readonly SharePath[] {
  const flows = shareFlows(state).filter(({ until }) => until === undefined || until > at);
  return flows.flatMap((flow) => {
    const storage = storageOf(state, flow);
    if (storage === undefined || !holds(storage, project)) return [];
    return machine.addresses
      .filter((from) => isAt(state, flow.from, from))
      .flatMap((from) => ways(flow, from, storage));

    function ways({ id, until, service }: Flow, from: string, { id: host, addresses }: Host): readonly SharePath[] {
      const ports = (state.network.services.get(service)?.ports ?? []).flatMap(singlePort);
      const near = addresses.filter((to) => isSameFamily(from, to));
      const end = until === undefined ? {} : { until };
      return near.flatMap((to) => ports.map((port) => ({ flow: id, host, from, to, ...port, ...end })));
    }
  });
}

export function shareFlows({ network }: State): readonly Flow[] {
  return [...network.flows.values()].filter((flow) => flow.class === 'share').sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Whether the flow that a path came of still declares it: its ends, its port, and that it stands at all. */
export function isDeclared(state: State, path: Pick<OpenPath, 'flow' | 'from' | 'to' | 'protocol' | 'port'>): boolean {
  const flow = path.flow === undefined ? undefined : state.network.flows.get(path.flow);
  if (flow?.class !== 'share') return false;
  const storage = storageOf(state, flow);
  const ports = state.network.services.get(flow.service)?.ports.flatMap(singlePort) ?? [];
  return (
    hostAt(state, path.to)?.id === storage?.id &&
    storage !== undefined &&
    hostAt(state, path.from) !== undefined &&
    isAt(state, flow.from, path.from) &&
    ports.some(({ protocol, port }) => protocol === path.protocol && port === path.port)
  );
}

/** The share flow that would let this pass for whoever held a session at the machine. */
export function shareFlowFor(
  state: State,
  way: { readonly from: string; readonly to: string; readonly protocol: string; readonly port?: number | undefined },
): Flow | undefined {
  const { from, to, protocol, port } = way;
  if (port === undefined || (protocol !== 'tcp' && protocol !== 'udp')) return undefined;
  return shareFlows(state).find(({ id }) => isDeclared(state, { flow: id, from, to, protocol, port }));
}

function storageOf(state: State, { to }: Flow): Host | undefined {
  const host = to.kind === 'host' ? state.hosts.get(to.host) : undefined;
  return host?.role === 'storage' ? host : undefined;
}

/** Storage that names no project holds every project's. */
function holds({ projects }: Host, project: ProjectId): boolean {
  return projects === undefined || projects.includes(project);
}

function isAt(state: State, end: FlowEnd, address: string): boolean {
  if (end.kind === 'host') return hostAt(state, address)?.id === end.host;
  if (zoneAt(state, address)?.id !== end.zone) return false;
  if (end.kind === 'zone') return true;
  const [part, at] = [parseCidr(end.cidr), parseAddress(address)];
  return part !== undefined && at !== undefined && isInside(part, at);
}

function isSameFamily(a: string, b: string): boolean {
  return a.includes(':') === b.includes(':');
}

function singlePort({ protocol, first, last }: ServicePort): readonly Pick<SharePath, 'protocol' | 'port'>[] {
  if ((protocol !== 'tcp' && protocol !== 'udp') || first === undefined || first !== last) return [];
  return [{ protocol, port: first }];
}

/** What is wrong with a flow of this class: a path has one address and one port at each end, and leads to storage. */
export function shareFlowRefusal(
  state: State,
  { class: flowClass, from, to, service }: Pick<CommandOf<'add-flow'>, 'class' | 'from' | 'to' | 'service'>,
): Refused | undefined {
  if (flowClass !== 'share') return undefined;
  const host = to.kind === 'host' ? state.hosts.get(to.host) : undefined;
  if (host?.role !== 'storage') {
    return refused(
      'share-not-to-storage',
      'A share leads to one storage machine.',
      'Name a host whose role is storage.',
    );
  }
  const known = state.network.services.get(service);
  const isPlain = known?.plane === 'data' && known.ports.every((port) => singlePort(port).length === 1);
  if (!isPlain) {
    return refused(
      'share-ports',
      'A share opens single TCP or UDP ports of a data service.',
      'Name each port by itself, such as tcp/445 for SMB or tcp/2049 for NFS.',
    );
  }
  const zone = from.kind === 'host' ? undefined : state.zones.get(from.zone);
  if (from.kind !== 'host' && (zone === undefined || networksOf(zone).length === 0)) {
    return refused(
      'share-from-where',
      'A share begins at declared machines.',
      'Name a zone with networks, or one machine.',
    );
  }
  return undefined;
}

/** The machine that a share session is held at. */
export function machineOf(state: State, { from }: Pick<Session, 'from'>): Host | undefined {
  return from === undefined ? undefined : hostAt(state, from);
}

/** Live share sessions at a machine, of everybody. */
export function sharesAt(state: State, machine: HostId, at: number): readonly Session[] {
  const live = state.sessions.filter(
    ({ gate, cutOrdered, until }) => gate === 'share' && cutOrdered === undefined && until > at,
  );
  return [...live.values()].filter((session) => machineOf(state, session)?.id === machine);
}

/** A share session names project, engagement and a declared machine, at which nobody else holds one. */
export function shareSessionRefusal(
  state: State,
  { gate, person, project, engagement }: Pick<CommandOf<'open-session'>, 'gate' | 'person' | 'project' | 'engagement'>,
  from: string | undefined,
  at: number,
): Refused | undefined {
  if (gate !== 'share') return undefined;
  if (project === undefined || engagement === undefined) {
    return refused('share-of-what', 'A share is of one project, by one engagement.', 'Name both.');
  }
  const machine = machineOf(state, { from: from ?? '' });
  if (machine === undefined) return unknownMachine(from);
  if (!isWorkplace(machine)) return notAWorkplace(machine.name);
  const there = sharesAt(state, machine.id, at);
  if (there.some((other) => other.person !== person)) return machineTaken(machine.name);
  if (there.some((other) => other.project === project)) return alreadyDone('This is open at this machine already.');
  return undefined;
}

const WORKPLACES: ReadonlySet<HostRole> = new Set<HostRole>(['workstation', 'drive-station']);

/** A machine at which one person works at a time; others are worked through. */
export function isWorkplace({ role }: Pick<Host, 'role'>): boolean {
  return role !== undefined && WORKPLACES.has(role);
}

export function notAWorkplace(name: string): Refused {
  return refused(
    'not-a-workstation',
    `${name} is no workstation: others work through it, so storage is not opened for it.`,
    'Work at a workstation, or ask the engineer to correct what this machine is.',
  );
}

export function unknownMachine(from: string | undefined): Refused {
  return refused(
    'unknown-machine',
    `${from ?? 'This address'} is not the address of a machine that the facility knows.`,
    'Ask the engineer to declare this workstation with its address.',
  );
}

export function machineTaken(name: string): Refused {
  return refused('machine-taken', `Somebody else holds the storage open at ${name}.`, 'End their session there first.');
}

/** What a path of a share session must be: declared by its flow, and from the very machine that the session is held at. */
export function sharePathRefusal(
  state: State,
  session: Session,
  path: Pick<OpenPath, 'from' | 'to' | 'protocol' | 'port'> & { readonly flow?: FlowId | undefined },
): Refused | undefined {
  if ((session.gate === 'share') !== (path.flow !== undefined)) {
    return refused(
      'share-by-flow',
      'A share opens what a share flow declares, and nothing else does.',
      'Name its flow.',
    );
  }
  const { flow } = path;
  if (flow === undefined) return undefined;
  const [machine, start] = [machineOf(state, session), hostAt(state, path.from)];
  const storage = hostAt(state, path.to);
  const isOfProject = storage !== undefined && session.project !== undefined && holds(storage, session.project);
  const isHere = machine !== undefined && machine.id === start?.id;
  return isHere && isOfProject && isDeclared(state, { ...path, flow }) ? undefined : notDeclared();
}

export function notDeclared(): Refused {
  return refused(
    'no-share-flow',
    'No share flow leads from this machine to storage of this project.',
    'Ask the engineer to declare one, or work at a machine that has one.',
  );
}

export function tooManyWays(): Refused {
  return refused(
    'too-many-paths',
    `This machine would need more than ${PATHS_PER_SESSION_MAX} paths to that storage.`,
    'Ask the engineer to declare fewer addresses or ports in the share flow.',
  );
}

/** The newest person who came to a machine, by signing in or by opening a share there; undefined when nobody's session stands. */
export interface Arrival {
  readonly person: PersonId;
  readonly at: number;
}

const arrivals = new WeakMap<State['sessions'], Map<string, readonly Arrival[]>>();

/** Whether somebody else has come to the machine of this session after it was opened. Found once for all sessions of a state. */
export function isSomebodyElseThere(
  state: State,
  session: { readonly id?: SessionId; readonly person: PersonId; readonly from?: string },
  since: number,
): boolean {
  const key = session.from === undefined ? undefined : keyOf(state, session.from);
  if (key === undefined) return false;
  return (arrivalsOf(state).get(key) ?? []).some((one) => one.person !== session.person && one.at >= since);
}

function arrivalsOf(state: State): Map<string, readonly Arrival[]> {
  let known = arrivals.get(state.sessions);
  if (known !== undefined) return known;
  const there = [...state.sessions.values()].filter(
    ({ gate, cutOrdered }) => (gate === 'portal' || gate === 'share') && cutOrdered === undefined,
  );
  const groups = Map.groupBy(there, ({ from }) => (from === undefined ? '' : (keyOf(state, from) ?? '')));
  known = new Map(
    [...groups].map(([key, some]) => [key, some.map(({ person, openedAt }) => ({ person, at: openedAt }))]),
  );
  arrivals.set(state.sessions, known);
  return known;
}

/** Both families of one machine are one place. */
function keyOf(state: State, from: string): string | undefined {
  return hostAt(state, from)?.id ?? canonicalAddress(from);
}
