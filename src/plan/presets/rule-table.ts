/** The hosts, services and rules of the presets. A row whose zone a preset does not have is left out with everything that names it. */
import type { FlowClass, HostRole } from '#model/network-shapes.ts';
import type { FacilitySize } from '#plan/presets/zone-table.ts';

/** By the zone of the full model, and what it is called where zones are folded. */
const FOLDED: Readonly<Record<string, string>> = {
  corporate: 'office',
  guest: 'office',
  transfer: 'io',
  dataio: 'io',
  storage: 'production',
  render: 'production',
  mgmt: 'core',
};

/** The zone of a preset that stands for one of the full model. */
export function zoneFor(size: FacilitySize, zone: string): string {
  if (size === 'small') return FOLDED[zone] ?? zone;
  return size === 'mid' && zone === 'render' ? 'production' : zone;
}

export interface HostRow {
  readonly name: string;
  readonly zone: string;
  readonly role: HostRole;
  readonly purpose: string;
  /** Only in these sizes. */
  readonly sizes?: readonly FacilitySize[];
}

/** What every facility has in some form; the last byte of their addresses counts from 10 within each zone. */
export const HOST_TABLE: readonly HostRow[] = [
  { name: 'portal-01', zone: 'dmz', role: 'portal', purpose: 'The portal, reached from outside' },
  { name: 'broker-01', zone: 'dmz', role: 'broker', purpose: 'Remote seats: pixels only' },
  { name: 'transfer-01', zone: 'transfer', role: 'transfer', purpose: 'Deliveries to and from partners' },
  { name: 'drives-01', zone: 'dataio', role: 'drive-station', purpose: 'Drives are checked in and out here' },
  { name: 'storage-01', zone: 'storage', role: 'storage', purpose: 'Central storage' },
  { name: 'render-manager-01', zone: 'render', role: 'render-manager', purpose: 'Render queue', sizes: ['large'] },
  { name: 'directory-01', zone: 'core', role: 'identity', purpose: 'Names, time and accounts' },
  { name: 'log-01', zone: 'core', role: 'logging', purpose: 'Logs of every machine' },
  { name: 'mirror-01', zone: 'core', role: 'mirror', purpose: 'Updates and licences, from listed places' },
  { name: 'bastion-01', zone: 'mgmt', role: 'bastion', purpose: 'The way to every admin port' },
  { name: 'vault-01', zone: 'vault', role: 'vault', purpose: 'Backups: fetches by itself' },
];

/** Registered ports (IANA), and 6514 for syslog over TLS (RFC 5425). */
export const SERVICE_TABLE: Readonly<
  Record<string, { readonly ports: readonly string[]; readonly plane?: 'management' }>
> = {
  web: { ports: ['tcp/80', 'tcp/443', 'udp/443'] },
  https: { ports: ['tcp/443'] },
  directory: { ports: ['tcp/53', 'udp/53', 'udp/123', 'tcp/88', 'udp/88', 'tcp/636'] },
  syslog: { ports: ['tcp/6514'] },
  smb: { ports: ['tcp/445'] },
  nfs: { ports: ['tcp/2049'] },
  'render-queue': { ports: ['tcp/8443'] },
  'admin-ssh': { ports: ['tcp/22'], plane: 'management' },
};

export interface FlowRow {
  /** `zone`, or `zone/host`. */
  readonly from: string;
  readonly to: string;
  readonly service: string;
  readonly class: FlowClass;
  readonly reason: string;
}

const CORE_CLIENTS = ['corporate', 'dmz', 'transfer', 'dataio', 'production', 'render', 'storage', 'mgmt', 'vault'];
const UPDATED = ['dmz', 'transfer', 'dataio', 'production', 'render', 'storage', 'vault'];
const ADMINISTERED = ['dmz', 'transfer', 'dataio', 'production', 'render', 'storage', 'core', 'vault', 'physec'];

export const FLOW_TABLE: readonly FlowRow[] = [
  ...['corporate', 'guest'].map((from): FlowRow => row(from, 'internet', 'web', 'standard', 'Mail and the web')),
  row('corporate', 'dmz/portal-01', 'https', 'standard', 'Producers work in the portal'),
  row('production', 'dataio/drives-01', 'smb', 'standard', 'Content comes in and goes out by data I/O'),
  row('dataio/drives-01', 'transfer/transfer-01', 'smb', 'standard', 'What is checked goes on to transfer'),
  row(
    'transfer/transfer-01',
    'internet',
    'https',
    'standard',
    'Deliveries to partners: narrow this to their addresses',
  ),
  row('production', 'storage', 'smb', 'standard', 'Editing over central storage'),
  row('production', 'render/render-manager-01', 'render-queue', 'standard', 'Renders are submitted'),
  row('render', 'storage', 'nfs', 'standard', 'The farm reads and writes frames'),
  row('core/mirror-01', 'internet', 'https', 'proxy', 'Updates and licences from listed places'),
  row('vault/vault-01', 'storage/storage-01', 'nfs', 'pull', 'Backups are fetched, never pushed'),
  ...[...CORE_CLIENTS, 'physec'].flatMap((from): FlowRow[] => [
    row(from, 'core/directory-01', 'directory', 'core-service', 'Names, time and accounts'),
    row(from, 'core/log-01', 'syslog', 'core-service', 'Logs of every machine'),
  ]),
  ...UPDATED.map((from) =>
    row(from, 'core/mirror-01', 'https', 'core-service', 'Updates and licences without the internet'),
  ),
  ...ADMINISTERED.map((to) => row('mgmt/bastion-01', to, 'admin-ssh', 'admin', 'Administration from the bastion')),
];

function row(from: string, to: string, service: string, flowClass: FlowClass, reason: string): FlowRow {
  return { from, to, service, class: flowClass, reason };
}

/** What an enclave needs of the rest: the core, and its administration. */
export const ENCLAVE_FLOWS: readonly FlowRow[] = [
  row('enclave', 'core/directory-01', 'directory', 'core-service', 'Names, time and accounts'),
  row('enclave', 'core/log-01', 'syslog', 'core-service', 'Logs of every machine'),
  row('mgmt/bastion-01', 'enclave', 'admin-ssh', 'admin', 'Administration from the bastion'),
];

/** Lines of the external inventory. */
export const EXPOSED: readonly (readonly [host: string, reason: string])[] = [
  ['portal-01', 'People outside work through the portal'],
  ['broker-01', 'Remote seats are reached through the broker'],
];
