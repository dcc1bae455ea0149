/**
 * Juniper: stateless firewall filters for EX, QFX and MX as `set` commands, with prefix lists. Load with `load set`, then `commit
 * confirmed 5`: the machine undoes it unless somebody commits again.
 */
import type { Acl, AclEnd, AclEntry } from './acl.ts';
import { aclsOf, tcamLines } from './acl.ts';
import { headingOf, stamp } from './heading.ts';
import type { Matrix } from './matrix.ts';
import type { Names } from './names.ts';
import { createNames, remark } from './names.ts';

export function renderJunos(matrix: Matrix): string {
  const names = createNames({ separator: '-', charsMax: 60, isUpper: false });
  const acls = aclsOf(matrix);
  return [
    ...headingOf(matrix, 'Juniper Junos', tcamLines(acls)).map((line) => `# ${line}`),
    '# load set FILE; commit confirmed 5; and commit again once people still work.',
    ...prefixLists(acls, names),
    ...acls.flatMap((acl) => filterLines(acl, names)),
    '',
  ].join('\n');
}

function listName(end: AclEnd & { readonly kind: 'named' }, family: Acl['family'], names: Names): string {
  return names.of(`list ${end.key} ${family}`, `${end.name} ${family}`);
}

function prefixLists(acls: readonly Acl[], names: Names): readonly string[] {
  const lines = new Set<string>();
  for (const { family, entries } of acls) {
    for (const end of entries.flatMap(({ source, destination }) => [source, destination])) {
      if (end.kind === 'any') continue;
      const name = listName(end, family, names);
      for (const prefix of end.prefixes) lines.add(`set policy-options prefix-list ${name} ${prefix}`);
    }
  }
  return [...lines];
}

function filterLines(acl: Acl, names: Names): readonly string[] {
  const { zone, name, family, entries } = acl;
  const filter = names.of(`filter ${zone?.id ?? 'internet'} ${family}`, `${name} in ${family}`);
  const root = `firewall family ${family === 'v4' ? 'inet' : 'inet6'} filter ${filter}`;
  const vlan = zone?.vlans[0];
  const bind = `interfaces irb unit ${vlan ?? ''} family ${family === 'v4' ? 'inet' : 'inet6'} filter input ${filter}`;
  return [
    `delete ${root}`,
    ...entries.flatMap((entry, n) => termLines(entry, acl, `set ${root} term t${n + 1}`, names)),
    ...(vlan === undefined ? [`# filter input ${filter} on the interface of the ${remark(name)}`] : [`set ${bind}`]),
  ];
}

function termLines(entry: AclEntry, { family }: Acl, term: string, names: Names): readonly string[] {
  const { action, protocol, source, destination, sourcePorts, destinationPorts, established, until } = entry;
  const end = until === undefined ? '' : ` (ends ${stamp(until)}; remove by hand)`;
  const match = `${term} from`;
  const word = family === 'v4' ? 'protocol' : 'next-header';
  return [
    `# ${remark(entry.says + end)}`,
    ...(source.kind === 'any' ? [] : [`${match} source-prefix-list ${listName(source, family, names)}`]),
    ...(destination.kind === 'any' ? [] : [`${match} destination-prefix-list ${listName(destination, family, names)}`]),
    ...(protocol === 'any' ? [] : [`${match} ${word} ${protocolWord(protocol, family)}`]),
    ...(protocol === 'discovery' ? TYPES.map((type) => `${match} icmp-type ${type}`) : []),
    ...(sourcePorts === undefined ? [] : [`${match} source-port ${ports(sourcePorts)}`]),
    ...(destinationPorts === undefined ? [] : [`${match} destination-port ${ports(destinationPorts)}`]),
    ...(established ? [`${match} tcp-established`] : []),
    ...(action === 'deny' ? [`${term} then log`, `${term} then discard`] : [`${term} then accept`]),
  ];
}

const TYPES = ['neighbor-solicit', 'neighbor-advertisement', 'router-solicit'] as const;

function protocolWord(protocol: Exclude<AclEntry['protocol'], 'any'>, family: Acl['family']): string {
  if (protocol === 'discovery') return 'icmpv6';
  return protocol === 'icmp' && family === 'v6' ? 'icmpv6' : protocol;
}

function ports({ first, last }: NonNullable<AclEntry['sourcePorts']>): string {
  return first === last ? String(first) : `${first}-${last}`;
}
