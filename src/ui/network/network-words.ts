/** The network's words as people read them. */
import type { FlowView, NetworkHostView, NetworkView, NetworkZoneView } from '#api/endpoints/network-views.ts';
import type { FlowClass, HostRole, InvariantId, ServicePort, ZoneKind } from '#model/network-shapes.ts';

export const ZONE_KINDS: Readonly<Record<ZoneKind, string>> = {
  internet: 'Internet',
  guest: 'Guest Wi-Fi',
  corporate: 'Office',
  physec: 'Doors and cameras',
  dmz: 'DMZ',
  transfer: 'Transfer',
  dataio: 'Content I/O',
  production: 'Production',
  enclave: 'Title enclave',
  render: 'Render',
  storage: 'Storage',
  core: 'Core services',
  mgmt: 'Management',
  vault: 'Backup vault',
};

export const HOST_ROLES: Readonly<Record<HostRole, string>> = {
  workstation: 'Workstation',
  server: 'Server',
  storage: 'Storage',
  'render-node': 'Render node',
  'render-manager': 'Render manager',
  broker: 'Remote-access broker',
  portal: 'Portal',
  transfer: 'Transfer',
  'drive-station': 'Drive station',
  bastion: 'Bastion',
  firewall: 'Firewall',
  switch: 'Switch',
  hypervisor: 'Hypervisor',
  identity: 'Identity',
  logging: 'Logging',
  time: 'Time',
  mirror: 'Mirror or proxy',
  licence: 'Licence server',
  vault: 'Backup vault',
  camera: 'Camera or badge reader',
  printer: 'Printer',
  other: 'Something else',
};

export const FLOW_CLASSES: Readonly<Record<FlowClass, string>> = {
  standard: 'Between equals, or from higher trust to lower',
  'core-service': 'To a core service: names, time, identity, logs',
  admin: 'From the bastion to a management plane',
  broker: 'From the remote-access broker',
  proxy: 'From a proxy or mirror to named places outside',
  pull: 'A vault or I/O station that fetches',
  share: 'From workstations to storage, open only while a person holds a session there',
};

export const CONTENT_HELD = {
  none: 'Holds no content',
  transient: 'Content passes through, a day at most',
  kept: 'Content is kept here',
} as const;

export const INVARIANTS: Readonly<Record<InvariantId, string>> = {
  I1: 'Nothing passes unless a rule says so',
  I2: 'The internet reaches only what the external inventory lists',
  I3: 'Nothing starts from lower trust to higher, except declared kinds of rule',
  I4: 'Production, render and storage never meet the internet',
  I5: 'Content leaves and enters through I/O, then transfer',
  I6: 'No machine stands in two zones',
  I7: 'A seat is open to the broker only while a session lives',
  I8: 'No clear-text or screen-sharing service from outside',
  I9: 'Management planes answer to the bastion alone',
  I10: 'Guests, doors and cameras reach no content',
  I11: 'The backup vault fetches, and is never written to',
  I12: 'Every rule has an owner, a reason and a review to come',
  I13: 'An enclave’s storage is reached from its enclave alone',
  I14: 'What flows is what was allowed, and every device is known',
};

/** `tcp 445, udp 137–138`, `icmp`. */
export function portsText(ports: readonly ServicePort[]): string {
  return ports.map(portText).join(', ');
}

function portText({ protocol, first, last }: ServicePort): string {
  if (first === undefined) return protocol;
  return last === undefined || last === first ? `${protocol} ${first}` : `${protocol} ${first}–${last}`;
}

/** `tcp 445`, `udp 5000-5010`, `icmp`, one after another with commas; undefined for what is none of these. */
export function parsePorts(text: string): ServicePort[] | undefined {
  const parts = text
    .split(',')
    .map((part) => part.trim().toLowerCase())
    .filter((part) => part !== '');
  const ports = parts.map(parsePort);
  return parts.length === 0 || ports.includes(undefined) ? undefined : ports.filter((one) => one !== undefined);
}

const PORT = /^(tcp|udp)\s*[/ ]?\s*(\d{1,5})(?:\s*[-–]\s*(\d{1,5}))?$/;

function parsePort(text: string): ServicePort | undefined {
  if (text === 'icmp' || text === 'esp' || text === 'any') return { protocol: text };
  const found = PORT.exec(text);
  if (found === null) return undefined;
  const [first, last] = [Number(found[2]), Number(found[3] ?? found[2])];
  if (first > last || last > 65_535) return undefined;
  return { protocol: found[1] === 'udp' ? 'udp' : 'tcp', first, last };
}

export function zoneNameOf(net: NetworkView, id: string | undefined): string {
  return net.zones.find((zone) => zone.id === id)?.name ?? 'no zone';
}

export function kindsText({ kinds }: NetworkZoneView): string {
  return kinds.length === 0 ? 'not said' : kinds.map((kind) => ZONE_KINDS[kind]).join(', ');
}

export function hostLine(host: NetworkHostView): string {
  const role = host.role === undefined ? undefined : HOST_ROLES[host.role];
  // Many a purpose is the role once more.
  const purpose = host.purpose?.toLowerCase() === role?.toLowerCase() ? undefined : host.purpose;
  return [role, purpose].filter(Boolean).join(' · ');
}

/** The zone of a flow's end, where flows are drawn from zone to zone. */
export function endsOf(flow: FlowView): readonly [string | undefined, string | undefined] {
  return [flow.from.zone, flow.to.zone];
}
