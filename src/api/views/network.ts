/** The network's model and state as the API shows them. */
import type {
  ApplyView,
  ExposureView,
  FlowEndView,
  FlowView,
  InvariantExceptionView,
  NetworkHostView,
  NetworkView,
  NetworkZoneView,
  OpenPathView,
} from '#api/endpoints/network-views.ts';
import { quarantineView } from '#api/views/quarantine.ts';
import type { Viewer } from '#api/views/viewer.ts';
import { defined } from '#api/views/viewer.ts';
import type { FlowEnd } from '#model/network-shapes.ts';
import type {
  Exposure,
  Flow,
  InvariantException,
  NetworkApply,
  NetworkFinding,
  OpenPath,
} from '#model/network-state.ts';
import type { Host, State, Zone } from '#model/state.ts';
import type { HostId, QuarantineId, ServiceId, ZoneId } from '#std/ids.ts';

const PATHS_SHOWN_MAX = 200;

export function networkView(viewer: Viewer): NetworkView {
  const { state, at } = viewer;
  const { network } = state;
  const [hostCounts, held] = [countHosts(state), quarantinedHosts(state)];
  const paths = [...network.paths.values()].filter(({ until }) => until > at).sort((a, b) => b.openedAt - a.openedAt);
  return {
    now: at,
    mode: network.mode,
    modeSince: network.modeSince,
    ...(network.apply === undefined ? {} : { apply: applyView(network.apply) }),
    zones: [...state.zones.values()]
      .sort((a, b) => b.trust - a.trust || a.name.localeCompare(b.name))
      .map((zone) => zoneView(viewer, zone, hostCounts.get(zone.id) ?? 0)),
    hosts: byName(state.hosts.values()).map((host) => hostView(viewer, host, held.get(host.id))),
    services: byName(network.services.values()).map((service) => ({ ...service, ports: [...service.ports] })),
    flows: [...network.flows.values()].map((flow) => flowView(viewer, flow)).sort(byEnds),
    exposures: [...network.exposures.values()].map((exposure) => exposureView(viewer, exposure)),
    exceptions: [...network.exceptions.values()]
      .sort((a, b) => a.until - b.until)
      .map((exception) => exceptionView(viewer, exception)),
    quarantines: [...network.quarantines.values()]
      .sort((a, b) => b.orderedAt - a.orderedAt)
      .map((quarantine) => quarantineView(viewer, quarantine)),
    findings: [...network.findings.values()].sort((a, b) => b.lastAt - a.lastAt).map(findingView),
    paths: paths.slice(0, PATHS_SHOWN_MAX).map((path) => pathView(viewer, path)),
    morePaths: Math.max(0, paths.length - PATHS_SHOWN_MAX),
  };
}

function byEnds(a: FlowView, b: FlowView): number {
  return (
    a.from.name.localeCompare(b.from.name, 'en', { numeric: true }) ||
    a.to.name.localeCompare(b.to.name, 'en', { numeric: true }) ||
    a.service.name.localeCompare(b.service.name)
  );
}

function byName<Named extends { readonly name: string }>(things: Iterable<Named>): readonly Named[] {
  return [...things].sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
}

function countHosts(state: State): ReadonlyMap<ZoneId, number> {
  const counts = new Map<ZoneId, number>();
  for (const { zone } of state.hosts.values()) counts.set(zone, (counts.get(zone) ?? 0) + 1);
  return counts;
}

function quarantinedHosts(state: State): ReadonlyMap<HostId, QuarantineId> {
  const held = new Map<HostId, QuarantineId>();
  for (const { id, scope } of state.network.quarantines.values()) if (scope.kind === 'host') held.set(scope.host, id);
  return held;
}

function zoneView(viewer: Viewer, zone: Zone, hostCount: number): NetworkZoneView {
  const { id, name, trust, networks, kinds, content, project, link } = zone;
  return defined<NetworkZoneView>({
    id,
    name,
    trust,
    networks: [...networks],
    kinds: [...(kinds ?? [])],
    content,
    project: project === undefined ? undefined : viewer.project(project),
    link,
    hostCount,
  });
}

function hostView(viewer: Viewer, host: Host, quarantine: QuarantineId | undefined): NetworkHostView {
  const { id, zone, name, addresses, purpose, role, macs, owner, projects, socket } = host;
  return defined<NetworkHostView>({
    id,
    zone,
    name,
    addresses: [...addresses],
    purpose,
    role,
    macs: [...(macs ?? [])],
    owner: owner === undefined ? undefined : viewer.person(owner),
    projects: (projects ?? []).map((project) => viewer.project(project)),
    socket,
    quarantine,
  });
}

function flowView(viewer: Viewer, flow: Flow): FlowView {
  const { id, from, to, service, owner, reason, reviewBy, until, addedAt, addedBy } = flow;
  return defined<FlowView>({
    id,
    from: endView(viewer.state, from),
    to: endView(viewer.state, to),
    service: serviceRef(viewer.state, service),
    class: flow.class,
    owner: viewer.person(owner),
    reason,
    reviewBy,
    overdue: reviewBy <= viewer.at,
    until,
    addedAt,
    addedBy: addedBy === undefined ? undefined : viewer.person(addedBy),
  });
}

function endView(state: State, end: FlowEnd): FlowEndView {
  if (end.kind === 'zone') return { kind: 'zone', zone: end.zone, name: zoneName(state, end.zone) };
  if (end.kind === 'network') return { kind: 'network', zone: end.zone, cidr: end.cidr, name: end.name };
  const zone = state.hosts.get(end.host)?.zone;
  return { kind: 'host', ...(zone === undefined ? {} : { zone }), host: end.host, name: hostName(state, end.host) };
}

function exposureView(viewer: Viewer, exposure: Exposure): ExposureView {
  const { id, host, service, publicName, owner, reason, reviewBy, until, addedAt } = exposure;
  return defined<ExposureView>({
    id,
    host: { id: host, name: hostName(viewer.state, host) },
    service: serviceRef(viewer.state, service),
    publicName,
    owner: viewer.person(owner),
    reason,
    reviewBy,
    overdue: reviewBy <= viewer.at,
    until,
    addedAt,
  });
}

function exceptionView(viewer: Viewer, exception: InvariantException): InvariantExceptionView {
  const { id, invariant, owner, reason, until, by } = exception;
  return defined<InvariantExceptionView>({
    id,
    invariant,
    subject: subjectOf(viewer.state, exception),
    owner: viewer.person(owner),
    reason,
    until,
    by: by === undefined ? undefined : viewer.person(by),
  });
}

function subjectOf(state: State, exception: InvariantException): InvariantExceptionView['subject'] {
  const { flow, exposure, host, zone } = exception;
  if (flow !== undefined) return { kind: 'flow', id: flow, name: ruleName(state, flow) ?? 'a flow that was removed' };
  if (exposure !== undefined)
    return { kind: 'exposure', id: exposure, name: ruleName(state, exposure) ?? 'an exposure that was removed' };
  if (host !== undefined) return { kind: 'host', id: host, name: hostName(state, host) };
  return { kind: 'zone', id: zone ?? '', name: zone === undefined ? 'nothing' : zoneName(state, zone) };
}

function applyView(apply: NetworkApply): ApplyView {
  return defined<ApplyView>({ ...apply, why: apply.why, confirmBy: apply.confirmBy });
}

function findingView({ key, finding, says, next, firstAt, lastAt, times, ...seen }: NetworkFinding) {
  return { ...seen, key, finding, says, next, firstAt, lastAt, times };
}

function pathView(viewer: Viewer, path: OpenPath): OpenPathView {
  const { id, session, person, project, host, from, to, protocol, port, openedAt, until } = path;
  return defined<OpenPathView>({
    id,
    session,
    person: viewer.person(person),
    project: project === undefined ? undefined : viewer.project(project),
    host: host === undefined ? undefined : { id: host, name: hostName(viewer.state, host) },
    from,
    to,
    protocol,
    port,
    openedAt,
    until,
  });
}

export function zoneName(state: State, zone: ZoneId): string {
  return state.zones.get(zone)?.name ?? zone;
}

export function hostName(state: State, host: HostId): string {
  return state.hosts.get(host)?.name ?? host;
}

function serviceRef(state: State, id: ServiceId): { id: ServiceId; name: string } {
  return { id, name: state.network.services.get(id)?.name ?? id };
}

/** `Edit suites → storage, smb`: a flow, an exposure or a path by its id, as people read it. */
export function ruleName(state: State, id: string): string | undefined {
  const { flows, exposures, paths } = state.network;
  // Each map is asked for an id that may be another map's; none of them holds it then.
  const flow = flows.get(id as Flow['id']);
  if (flow !== undefined) {
    const { name } = serviceRef(state, flow.service);
    return `${endView(state, flow.from).name} → ${endView(state, flow.to).name}, ${name}`;
  }
  const exposure = exposures.get(id as Exposure['id']);
  if (exposure !== undefined)
    return `internet → ${hostName(state, exposure.host)}, ${serviceRef(state, exposure.service).name}`;
  const path = paths.get(id as OpenPath['id']);
  return path === undefined
    ? undefined
    : `${path.from} → ${path.to}, ${path.protocol} ${path.port}, while a session lives`;
}
