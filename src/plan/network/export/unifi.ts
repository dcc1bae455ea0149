/**
 * UniFi Network 9 and newer: zones and zone policies for its integration API. Ids are the controller's own, so zones are named here
 * (`{zone:...}`) and whoever posts puts the ids in; policies are in the order in which they must stand.
 */
import type { Json } from '#std/canonical.ts';
import type { ServicePort } from '#model/network-shapes.ts';
import { headingOf, stamp } from './heading.ts';
import { renderJsonLines } from './json-lines.ts';
import type { Matrix, MatrixEnd, MatrixRule } from './matrix.ts';
import type { Names } from './names.ts';
import { createNames, remark } from './names.ts';

const NAME_RULES = { separator: '-', charsMax: 40, isUpper: false } as const;
/** The controller's own zone for what lies beyond its uplinks. */
const EXTERNAL = '{zone:External}';

export function renderUnifi(matrix: Matrix): string {
  const names = createNames(NAME_RULES);
  const zones = matrix.zones.map(({ id, name, vlans, prefixes }) => ({
    name: names.of(id, name),
    networks: [...prefixes.v4, ...prefixes.v6],
    vlans: [...vlans],
  }));
  return renderJsonLines({
    about: headingOf(matrix, 'UniFi Network'),
    zones,
    policies: [
      ...matrix.rules.flatMap((rule) => rule.ports.flatMap((port) => policiesOf(rule, port, names))),
      ...denials(matrix, names),
    ],
  });
}

function zoneRef(id: string | undefined, matrixName: string, names: Names): string {
  return id === undefined ? EXTERNAL : `{zone:${names.of(id, matrixName)}}`;
}

type Version = 'IPV4' | 'IPV6';

/** A policy speaks of one family when it names addresses. */
function policiesOf(rule: MatrixRule, port: ServicePort, names: Names): readonly Json[] {
  const versions: readonly Version[] = ['IPV4', 'IPV6'];
  return versions.flatMap((version) => {
    const [source, destination] = [addresses(rule.from, version), addresses(rule.to, version)];
    if (source === undefined || destination === undefined) return [];
    const until = rule.until === undefined ? '' : ` (ends ${stamp(rule.until)}; remove by hand)`;
    return [
      {
        enabled: true,
        name: remark(`pl ${rule.from.name} to ${rule.to.name} ${rule.serviceName} ${version}`),
        description: remark(rule.reason + until),
        action: { type: 'ALLOW', allowReturnTraffic: true },
        source: { firewallZoneId: zoneRef(rule.fromZone, rule.from.name, names), ...filter(source, undefined) },
        destination: { firewallZoneId: zoneRef(rule.toZone, rule.to.name, names), ...filter(destination, port) },
        ipProtocolScope: { ipVersion: version, ...protocolFilter(port, version) },
        loggingEnabled: false,
      },
    ];
  });
}

/** Undefined when the end has no address of the family; empty for every address. */
function addresses(end: MatrixEnd, version: Version): readonly string[] | undefined {
  if (end.isInternet) return [];
  const prefixes = end.prefixes[version === 'IPV4' ? 'v4' : 'v6'];
  return prefixes.length === 0 ? undefined : prefixes;
}

function filter(prefixes: readonly string[], port: ServicePort | undefined): { readonly trafficFilter?: Json } {
  const isPorted = port !== undefined && (port.protocol === 'tcp' || port.protocol === 'udp');
  const portFilter: { readonly portFilter?: Json } = isPorted ? { portFilter: portItems(port) } : {};
  if (prefixes.length === 0) return isPorted ? { trafficFilter: { type: 'PORT', ...portFilter } } : {};
  const items = prefixes.map((value) => ({ type: 'SUBNET', value }));
  const ipAddressFilter = { type: 'IP_ADDRESSES', matchOpposite: false, items };
  return { trafficFilter: { type: 'IP_ADDRESS', ipAddressFilter, ...portFilter } };
}

function portItems({ first = 0, last = 65_535 }: ServicePort): Json {
  const item =
    first === last ? { type: 'PORT_NUMBER', value: first } : { type: 'PORT_NUMBER_RANGE', start: first, stop: last };
  return { type: 'PORTS', matchOpposite: false, items: [item] };
}

function protocolFilter({ protocol }: ServicePort, version: Version): { readonly protocolFilter?: Json } {
  if (protocol === 'any') return {};
  const name = protocol === 'icmp' && version === 'IPV6' ? 'icmpv6' : protocol;
  return { protocolFilter: { type: 'NAMED_PROTOCOL', protocol: { name }, matchOpposite: false } };
}

/** The controller lets zones of its own talk to one another by default, so that each pair is refused in words. */
function denials(matrix: Matrix, names: Names): readonly Json[] {
  const all = [...matrix.zones.map(({ id, name }) => ({ ref: zoneRef(id, name, names), name })), OUTSIDE];
  return all.flatMap((from) =>
    all.flatMap((to) =>
      from === to
        ? []
        : [
            {
              enabled: true,
              name: remark(`pl nothing else from ${from.name} to ${to.name}`),
              action: { type: 'BLOCK' },
              source: { firewallZoneId: from.ref },
              destination: { firewallZoneId: to.ref },
              ipProtocolScope: { ipVersion: 'IPV4_AND_IPV6' },
              loggingEnabled: true,
            },
          ],
    ),
  );
}

const OUTSIDE = { ref: EXTERNAL, name: 'internet' };
