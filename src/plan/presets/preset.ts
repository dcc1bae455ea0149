/**
 * A facility to begin with, as the data of a `facility.yaml`: zones, the machines that every facility has, services, rules, and tests that
 * hold the borders. It keeps all fourteen invariants as it stands; people change it to what they have.
 */
import type { FacilityFile, FileExposure, FileFlow, FileHost, FileService, FileZone } from '#model/facility-file.ts';
import { DAY_MS } from '#model/limits.ts';
import { timeText } from '#plan/facility-file/render-file.ts';
import type { FlowRow } from '#plan/presets/rule-table.ts';
import { ENCLAVE_FLOWS, EXPOSED, FLOW_TABLE, HOST_TABLE, SERVICE_TABLE, zoneFor } from '#plan/presets/rule-table.ts';
import type { FacilitySize, ZoneRow } from '#plan/presets/zone-table.ts';
import { ENCLAVES_AT, ENCLAVES_MAX, ZONE_TABLE } from '#plan/presets/zone-table.ts';
import { isExactCidr, parseCidr, renderAddress } from '#std/address.ts';
import type { Outcome } from '#std/refused.ts';
import { ok, refused } from '#std/refused.ts';

export interface PresetOptions {
  readonly size: FacilitySize;
  /** A private IPv4 network of at least a /16; the first /16 of it is used. */
  readonly network: string;
  /** A /48 of unique local addresses; without one IPv6 is declared nowhere, and none of it passes. */
  readonly network6?: string | undefined;
  /** Zones have VLANs from here on: this and the third byte of their network. */
  readonly vlanBase?: number | undefined;
  /** The domain that the public names stand under. */
  readonly domain?: string | undefined;
  /** Aliases of projects that get an enclave. */
  readonly enclaves?: readonly string[] | undefined;
  /** Who answers for the rules: as a facility file names people. */
  readonly owner?: string | undefined;
  /** When the rules are reviewed first; half of them are questions to the facility. */
  readonly at: number;
}

const VLAN_BASE = 100;
const REVIEW_AFTER_DAYS = 90;
const FIRST_HOST = 10;

export function preset(options: PresetOptions): Outcome<FacilityFile> {
  const { network, network6, vlanBase = VLAN_BASE, enclaves = [] } = options;
  const four = parseCidr(network);
  if (four === undefined || four.width !== 32 || four.prefix > 16 || !isExactCidr(network))
    return refused('bad-network', `${network} is no /16 of IPv4.`, 'Write it like 10.20.0.0/16.');
  const six = network6 === undefined ? undefined : parseCidr(network6);
  if (network6 !== undefined && (six === undefined || six.width !== 128 || six.prefix > 48 || !isExactCidr(network6)))
    return refused('bad-network', `${network6} is no /48 of IPv6.`, 'Write it like fd20:1:2::/48.');
  if (!Number.isInteger(vlanBase) || vlanBase < 1 || vlanBase + 255 > 4094)
    return refused('bad-network', `VLANs from ${vlanBase} do not fit.`, 'Choose a base between 1 and 3839.');
  if (enclaves.length > ENCLAVES_MAX)
    return refused('too-many', `A preset has at most ${ENCLAVES_MAX} enclaves.`, 'Add the others afterwards.');
  const place: Place = (row, n) => networksOf(row, n, { four: four.bits, six: six?.bits, vlanBase });
  return ok(fileOf(options, place));
}

type Range = NonNullable<FileZone['networks']>[number];
interface Placed {
  readonly networks: Range[];
  /** Addresses of the n-th host of the zone. */
  readonly addresses: string[];
}
type Place = (row: ZoneRow, n: number) => Placed;

function networksOf(
  { at, prefix = 24 }: ZoneRow,
  n: number,
  base: { readonly four: bigint; readonly six: bigint | undefined; readonly vlanBase: number },
): Placed {
  if (at === undefined) return { networks: [], addresses: [] };
  const four = base.four + (BigInt(at) << 8n);
  const six = base.six === undefined ? undefined : base.six + (BigInt(at) << 64n);
  const host = BigInt(FIRST_HOST + n);
  const v4 = (bits: bigint) => renderAddress({ bits, width: 32 });
  const v6 = (bits: bigint) => renderAddress({ bits, width: 128 });
  return {
    networks: [
      { cidr: `${v4(four)}/${prefix}`, vlan: base.vlanBase + at },
      ...(six === undefined ? [] : [{ cidr: `${v6(six)}/64`, vlan: base.vlanBase + at }]),
    ],
    addresses: [v4(four + host), ...(six === undefined ? [] : [v6(six + host)])],
  };
}

function fileOf(options: PresetOptions, place: Place): FacilityFile {
  const { size, owner, enclaves = [], domain = 'post.example' } = options;
  const review = timeText(options.at + REVIEW_AFTER_DAYS * DAY_MS);
  const rows = [...ZONE_TABLE[size], ...enclaves.map(enclaveRow)];
  const zones = Object.fromEntries(
    rows.map((row, i) => [row.name, zoneOf(row, place, enclaves[i - ZONE_TABLE[size].length])]),
  );
  const hosts = hostsOf(size, rows, enclaves, place);
  const flows = flowsOf(size, Object.keys(zones), hosts, enclaves);
  return {
    facility: 1,
    ...(owner === undefined ? {} : { owner }),
    zones,
    hosts,
    services: servicesOf(flows),
    flows: flows.map((flow): FileFlow => ({ ...flow, review })),
    exposures: EXPOSED.map(([host, reason]): FileExposure => ({
      host,
      service: 'https',
      as: `${host.split('-')[0]}.${domain}`,
      reason,
      review,
    })),
    exceptions: [],
    tests: testsOf(size, enclaves),
  };
}

function servicesOf(flows: readonly Omit<FileFlow, 'review'>[]): Record<string, FileService> {
  const used = new Set(['https', ...flows.map(({ service }) => service)]);
  return Object.fromEntries(
    Object.entries(SERVICE_TABLE).flatMap(([name, { ports, plane }]): [string, FileService][] =>
      used.has(name) ? [[name, { ports: [...ports], plane: plane ?? 'data' }]] : [],
    ),
  );
}

function enclaveRow(alias: string, i: number): ZoneRow {
  return { name: enclaveOf(alias), kinds: ['enclave'], trust: 80, content: 'kept', at: ENCLAVES_AT + i };
}

function enclaveOf(alias: string): string {
  return `enclave-${alias}`;
}

function zoneOf(row: ZoneRow, place: Place, project: string | undefined): FileZone {
  const { trust, kinds, content } = row;
  const zone: FileZone = { trust, networks: place(row, 0).networks, kinds: [...kinds], content };
  return project === undefined ? zone : { ...zone, project };
}

function hostsOf(
  size: FacilitySize,
  rows: readonly ZoneRow[],
  enclaves: readonly string[],
  place: Place,
): Record<string, FileHost> {
  const used = new Map<string, number>();
  const addresses = (zone: string): string[] => {
    const row = rows.find(({ name }) => name === zone);
    const n = used.get(zone) ?? 0;
    used.set(zone, n + 1);
    return row === undefined ? [] : place(row, n).addresses;
  };
  const standing = HOST_TABLE.filter(({ sizes }) => sizes === undefined || sizes.includes(size)).map(
    ({ name, zone: full, role, purpose }): [string, FileHost] => {
      const zone = zoneFor(size, full);
      return [name, { zone, addresses: addresses(zone), role, purpose }];
    },
  );
  const shares = enclaves.map((alias): [string, FileHost] => {
    const zone = enclaveOf(alias);
    const host: FileHost = { zone, addresses: addresses(zone), role: 'storage', purpose: 'Storage of the enclave' };
    return [`${zone}-storage`, { ...host, projects: [alias] }];
  });
  return Object.fromEntries([...standing, ...shares]);
}

function flowsOf(
  size: FacilitySize,
  zones: readonly string[],
  hosts: Readonly<Record<string, FileHost>>,
  enclaves: readonly string[],
): readonly Omit<FileFlow, 'review'>[] {
  const inEnclaves = enclaves.flatMap((alias) =>
    ENCLAVE_FLOWS.map((flow): FlowRow => {
      const end = (text: string) => (text === 'enclave' ? enclaveOf(alias) : text);
      return { ...flow, from: end(flow.from), to: end(flow.to) };
    }),
  );
  const all = [...FLOW_TABLE, ...inEnclaves].map((flow) => ({
    ...flow,
    from: folded(size, flow.from),
    to: folded(size, flow.to),
  }));
  const isThere = (end: string) => {
    const [zone = '', host] = end.split('/');
    return zones.includes(zone) && (host === undefined || hosts[host] !== undefined);
  };
  const real = all.filter(({ from, to }) => isThere(from) && isThere(to) && !isWithinOne(from, to));
  return [...new Map(real.map((flow) => [`${flow.from} ${flow.to} ${flow.service}`, flow])).values()];
}

function folded(size: FacilitySize, end: string): string {
  const [zone = '', host] = end.split('/');
  return host === undefined ? zoneFor(size, zone) : `${zoneFor(size, zone)}/${host}`;
}

/** What stays in one zone never passes the gateway. */
function isWithinOne(from: string, to: string): boolean {
  return from.split('/')[0] === to.split('/')[0];
}

/** The borders, as every later version of the file must keep them. */
function testsOf(size: FacilitySize, enclaves: readonly string[]): FacilityFile['tests'] {
  const office = zoneFor(size, 'corporate');
  const storage = zoneFor(size, 'storage');
  const deny = (from: string, to: string) => ({ deny: { from, to, service: 'any' } });
  return [
    deny('internet', 'production'),
    deny('production', 'internet'),
    deny(office, 'production'),
    deny('dmz', 'production'),
    ...(storage === 'production' ? [] : [deny('internet', storage), deny(storage, 'internet'), deny(office, storage)]),
    deny('production', 'vault'),
    ...(size === 'large' ? [deny('physec', 'production'), deny('guest', 'production')] : []),
    ...enclaves.map((alias) => deny('production', enclaveOf(alias))),
    { allow: { from: 'production', to: 'core/directory-01', service: 'directory' } },
  ];
}
