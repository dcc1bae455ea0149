/**
 * Aerleon: policies and definitions as YAML, from which that tool writes for some thirty kinds of machine. One filter for each zone and
 * direction; the target lines are examples that a site changes.
 */
import type { AclEnd, AclEntry, Acl } from './acl.ts';
import { aclsOf } from './acl.ts';
import { headingOf, stamp } from './heading.ts';
import type { Matrix } from './matrix.ts';
import type { Names } from './names.ts';
import { createNames, remark } from './names.ts';
import type { ServicePort } from '#model/network-shapes.ts';

export function renderAerleon(matrix: Matrix): { readonly definitions: string; readonly policy: string } {
  const names = createNames({ separator: '_', charsMax: 60, isUpper: true });
  const acls = aclsOf(matrix);
  const policy = ['filters:', ...acls.flatMap((acl) => filterLines(acl, names))];
  const head = headingOf(matrix, 'Aerleon').map((line) => `# ${line}`);
  return {
    definitions: [...head, ...networkLines(acls, names), ...serviceLines(acls, names), ''].join('\n'),
    policy: [...head, ...policy, ''].join('\n'),
  };
}

/** A plain scalar would be read as a number, a time or a comment by one reader or another; quoted text never is. */
function quoted(text: string): string {
  return JSON.stringify(text);
}

function networkLines(acls: readonly Acl[], names: Names): readonly string[] {
  const networks = new Map<string, Set<string>>();
  for (const { entries } of acls) {
    for (const end of entries.flatMap(({ source, destination }) => [source, destination])) {
      if (end.kind === 'any') continue;
      const name = networkName(end, names);
      networks.set(name, (networks.get(name) ?? new Set()).union(new Set(end.prefixes)));
    }
  }
  const lines = [...networks].flatMap(([name, prefixes]) => [
    `  ${name}:`,
    '    values:',
    ...[...prefixes].map((prefix) => `      - address: ${quoted(prefix)}`),
  ]);
  return lines.length === 0 ? ['networks: {}'] : ['networks:', ...lines];
}

function networkName(end: AclEnd & { readonly kind: 'named' }, names: Names): string {
  return names.of(`net ${end.key}`, end.name);
}

function serviceLines(acls: readonly Acl[], names: Names): readonly string[] {
  const services = new Map<string, string>();
  for (const { protocol, sourcePorts, destinationPorts } of acls.flatMap(({ entries }) => entries)) {
    const ports = sourcePorts ?? destinationPorts;
    if (ports !== undefined) services.set(serviceName(protocol, ports, names), serviceLine(protocol, ports));
  }
  const lines = [...services].flatMap(([name, line]) => [`  ${name}:`, line]);
  return lines.length === 0 ? ['services: {}'] : ['services:', ...lines];
}

type Ports = NonNullable<AclEntry['sourcePorts']>;

function serviceName(protocol: string, { first, last }: Ports, names: Names): string {
  const ports = first === last ? `${first}` : `${first} to ${last}`;
  return names.of(`service ${protocol} ${first} ${last}`, `${protocol} ${ports}`);
}

function serviceLine(protocol: string, { first, last }: Ports): string {
  return `    - {protocol: ${quoted(protocol)}, port: ${quoted(first === last ? `${first}` : `${first}-${last}`)}}`;
}

function filterLines(acl: Acl, names: Names): readonly string[] {
  const { zone, name, family, entries } = acl;
  const filter = names.of(`filter ${zone?.id ?? 'internet'} ${family}`, `${name} in ${family}`);
  const inet = family === 'v4' ? 'extended' : 'inet6';
  return [
    '  - header:',
    `      comment: ${quoted(`packets that come in from ${remark(name)}`)}`,
    '      targets:',
    `        cisco: ${quoted(`${filter} ${inet}`)}`,
    '    terms:',
    ...entries.flatMap((entry, n) => termLines(entry, family, n, names)),
  ];
}

const DISCOVERY = ['neighbor-solicit', 'neighbor-advertisement', 'router-solicit'] as const;

function termLines(entry: AclEntry, family: Acl['family'], n: number, names: Names): readonly string[] {
  const { action, protocol, source, destination, sourcePorts, destinationPorts, established, until } = entry;
  const field = (key: string, value: string | undefined) => (value === undefined ? [] : [`        ${key}: ${value}`]);
  const network = (end: AclEnd) => (end.kind === 'any' ? undefined : networkName(end, names));
  const ports = (span: Ports | undefined) => (span === undefined ? undefined : serviceName(protocol, span, names));
  return [
    `      - name: ${quoted(`t${n + 1}`)}`,
    ...field('comment', quoted(remark(entry.says + (until === undefined ? '' : `, ends ${stamp(until)}`)))),
    ...field('source-address', network(source)),
    ...field('destination-address', network(destination)),
    ...field('protocol', protocol === 'any' ? undefined : protocolWord(protocol, family)),
    ...field('icmp-type', protocol === 'discovery' ? `[${DISCOVERY.join(', ')}]` : undefined),
    ...field('source-port', ports(sourcePorts)),
    ...field('destination-port', ports(destinationPorts)),
    ...field('option', established ? 'tcp-established' : undefined),
    ...field('expiration', until === undefined ? undefined : new Date(until).toISOString().slice(0, 10)),
    ...(action === 'deny' ? field('logging', 'true') : []),
    ...field('action', action === 'deny' ? 'deny' : 'accept'),
  ];
}

function protocolWord(protocol: Exclude<AclEntry['protocol'], 'any'>, family: Acl['family']): string {
  if (protocol === 'discovery') return 'icmpv6';
  const word: ServicePort['protocol'] = protocol;
  return word === 'icmp' && family === 'v6' ? 'icmpv6' : word;
}
