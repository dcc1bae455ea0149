/** The network of a state as the data of a `facility.yaml`: names for ids, sorted, nothing that is left out written down. */
import type { FacilityFile, FileEnd, FileException, FileExposure, FileFlow, FileZone } from '#model/facility-file.ts';
import type { FileHost, FileService } from '#model/facility-file.ts';
import type { FlowEnd, ServicePort } from '#model/network-shapes.ts';
import type { Exposure, Flow, InvariantException, NetworkService } from '#model/network-state.ts';
import type { Host, State, Zone } from '#model/state.ts';
import { present } from '#model/transition.ts';
import { keptTests } from '#plan/facility-file/kept-tests.ts';
import type { ProjectId } from '#std/ids.ts';

const DAY_START = 'T00:00:00.000Z';

/** People stay ids: their names are sealed, and a file may leave the house. */
export function renderFile(state: State): FacilityFile {
  const { services, flows, exposures, exceptions } = state.network;
  return {
    facility: 1,
    zones: byName(state.zones.values(), (zone) => fileZone(state, zone)),
    hosts: byName(state.hosts.values(), (host) => fileHost(state, host)),
    services: byName(services.values(), fileService),
    flows: sorted([...flows.values()].flatMap((flow) => fileFlow(state, flow))),
    exposures: sorted([...exposures.values()].flatMap((exposure) => fileExposure(state, exposure))),
    exceptions: sorted([...exceptions.values()].flatMap((exception) => fileException(state, exception))),
    tests: [...keptTests(state)],
  };
}

function byName<Thing extends { readonly name: string }, Line>(
  things: Iterable<Thing>,
  line: (thing: Thing) => Line,
): Record<string, Line> {
  const all = [...things].sort((a, b) => (a.name < b.name ? -1 : 1));
  return Object.fromEntries(all.map((thing) => [thing.name, line(thing)]));
}

function sorted<Line>(lines: readonly Line[]): Line[] {
  return [...lines].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

function fileZone(state: State, { trust, networks, kinds, content, project, link }: Zone): FileZone {
  return present<FileZone>({
    trust,
    networks: networks.map(({ cidr, vlan }) => (vlan === undefined ? cidr : { cidr, vlan })),
    kinds,
    content,
    project: project === undefined ? undefined : aliasOf(state, project),
    link,
  });
}

function fileHost(state: State, host: Host): FileHost {
  const { zone, addresses, purpose, role, macs, owner, projects, socket } = host;
  return present<FileHost>({
    zone: state.zones.get(zone)?.name ?? zone,
    addresses,
    purpose,
    role,
    macs,
    owner,
    projects: projects?.map((project) => aliasOf(state, project)),
    socket,
  });
}

function aliasOf(state: State, project: ProjectId): string {
  return state.projects.get(project)?.alias ?? project;
}

function fileService({ ports, plane }: NetworkService): FileService {
  return { ports: ports.map(portText), plane };
}

export function portText({ protocol, first, last }: ServicePort): string {
  if (first === undefined) return protocol;
  return first === last ? `${protocol}/${first}` : `${protocol}/${first}-${last}`;
}

function fileFlow(state: State, flow: Flow): FileFlow[] {
  const service = state.network.services.get(flow.service);
  if (service === undefined) return [];
  const { owner, reason, reviewBy, until } = flow;
  return [
    present<FileFlow>({
      from: fileEnd(state, flow.from),
      to: fileEnd(state, flow.to),
      service: service.name,
      class: flow.class,
      owner,
      reason,
      review: timeText(reviewBy),
      until: until === undefined ? undefined : timeText(until),
    }),
  ];
}

function fileExposure(state: State, line: Exposure): FileExposure[] {
  const host = state.hosts.get(line.host);
  const service = state.network.services.get(line.service);
  if (host === undefined || service === undefined) return [];
  const { publicName, owner, reason, reviewBy, until } = line;
  return [
    present<FileExposure>({
      host: host.name,
      service: service.name,
      as: publicName,
      owner,
      reason,
      review: timeText(reviewBy),
      until: until === undefined ? undefined : timeText(until),
    }),
  ];
}

/** An exception whose subject is gone lifts nothing and has no name to stand under: it is left out. */
function fileException(state: State, exception: InvariantException): FileException[] {
  const { invariant, owner, reason, until } = exception;
  const subject = subjectOf(state, exception);
  if (subject === undefined) return [];
  return [{ invariant, ...subject, owner, reason, until: timeText(until) }];
}

function subjectOf(
  state: State,
  { zone, host, flow, exposure }: InvariantException,
): Pick<FileException, 'zone' | 'host' | 'flow' | 'exposure'> | undefined {
  const { network } = state;
  if (zone !== undefined) return named('zone', state.zones.get(zone)?.name);
  if (host !== undefined) return named('host', state.hosts.get(host)?.name);
  const rule = flow === undefined ? undefined : network.flows.get(flow);
  const line = exposure === undefined ? undefined : network.exposures.get(exposure);
  const service = network.services.get(rule?.service ?? line?.service ?? ('' as NetworkService['id']))?.name; // no id is empty
  if (service === undefined) return undefined;
  if (rule !== undefined) return { flow: { from: fileEnd(state, rule.from), to: fileEnd(state, rule.to), service } };
  const exposed = line === undefined ? undefined : state.hosts.get(line.host)?.name;
  return exposed === undefined ? undefined : { exposure: { host: exposed, service } };
}

function named(kind: 'zone' | 'host', name: string | undefined): { zone: string } | { host: string } | undefined {
  if (name === undefined) return undefined;
  return kind === 'zone' ? { zone: name } : { host: name };
}

/** Short where nothing else can be meant. */
export function fileEnd(state: State, end: FlowEnd): FileEnd {
  if (end.kind === 'host') return hostEnd(state, state.hosts.get(end.host));
  const zone = state.zones.get(end.zone)?.name ?? end.zone;
  if (end.kind === 'zone') return zone;
  return end.name === end.cidr ? { zone, network: end.cidr } : { zone, network: end.cidr, name: end.name };
}

function hostEnd(state: State, host: Host | undefined): FileEnd {
  if (host === undefined) return { host: '' };
  const zone = state.zones.get(host.zone)?.name ?? '';
  const text = `${zone}/${host.name}`;
  const isPlain = !`${zone}${host.name}`.includes('/') && !state.zones.some(({ name }) => name === text);
  return isPlain ? text : { host: host.name };
}

export function timeText(at: number): string {
  const text = new Date(at).toISOString();
  return text.endsWith(DAY_START) ? text.slice(0, -DAY_START.length) : text;
}
