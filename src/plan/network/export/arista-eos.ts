/**
 * Arista EOS: numbered access lists inside a configuration session with a commit timer, so that a mistake rolls itself back. Port
 * and address lists are written out, since these lists know no groups.
 */
import type { Acl, AclEntry } from './acl.ts';
import { aclsOf, prefixesIn, tcamLines } from './acl.ts';
import { headingOf, stamp } from './heading.ts';
import type { Matrix } from './matrix.ts';
import type { Names } from './names.ts';
import { createNames, remark } from './names.ts';
import { addressOf, isSingle } from './prefixes.ts';

const STEP = 10;
const COMMIT_MINUTES = 5;

export function renderAristaEos(matrix: Matrix): string {
  const names = createNames({ separator: '-', charsMax: 60, isUpper: true });
  const acls = aclsOf(matrix);
  const session = `pl-${new Date(matrix.at)
    .toISOString()
    .slice(0, 16)
    .replace(/[^0-9]/g, '')}`;
  return [
    ...headingOf(matrix, 'Arista EOS', tcamLines(acls)).map((line) => `! ${line}`),
    `! Everything is undone after ${COMMIT_MINUTES} minutes unless somebody runs: configure session ${session} commit`,
    '!',
    `configure session ${session}`,
    ...acls.flatMap((acl) => listLines(acl, names)),
    ...acls.flatMap((acl) => interfaceLines(acl, names)),
    `commit timer 00:0${COMMIT_MINUTES}:00`,
    '',
  ].join('\n');
}

function aclName({ zone, name, family }: Acl, names: Names): string {
  return names.of(`acl ${zone?.id ?? 'internet'} ${family}`, `${name} in ${family}`);
}

function listLines(acl: Acl, names: Names): readonly string[] {
  const head = `${acl.family === 'v4' ? 'ip' : 'ipv6'} access-list ${aclName(acl, names)}`;
  const lines = acl.entries.flatMap((entry) => entryLines(entry, acl.family));
  return [
    `no ${head}`,
    head,
    '   counters per-entry',
    ...lines.map((line, n) => `   ${(n + 1) * STEP} ${line}`),
    '   exit',
    '!',
  ];
}

function entryLines(entry: AclEntry, family: Acl['family']): readonly string[] {
  const { action, protocol, source, destination, sourcePorts, destinationPorts, established, until } = entry;
  const end = until === undefined ? '' : ` (ends ${stamp(until)}; remove by hand)`;
  const lines = prefixesIn(source).flatMap((from) =>
    prefixesIn(destination).flatMap((to) =>
      messages(protocol).map((message) =>
        [
          action,
          wordOf(protocol, family),
          side(from),
          ports(sourcePorts),
          side(to),
          ports(destinationPorts),
          message,
          established ? 'established' : '',
          action === 'deny' ? 'log' : '',
        ]
          .filter((word) => word !== '')
          .join(' '),
      ),
    ),
  );
  return [`remark ${remark(entry.says + end)}`, ...lines];
}

function wordOf(protocol: AclEntry['protocol'], family: Acl['family']): string {
  if (protocol === 'any') return family === 'v4' ? 'ip' : 'ipv6';
  if (protocol === 'discovery') return 'icmpv6';
  return protocol === 'icmp' && family === 'v6' ? 'icmpv6' : protocol;
}

function messages(protocol: AclEntry['protocol']): readonly string[] {
  return protocol === 'discovery' ? ['neighbor-solicitation', 'neighbor-advertisement', 'router-solicitation'] : [''];
}

function side(prefix: string | undefined): string {
  if (prefix === undefined) return 'any';
  return isSingle(prefix) ? `host ${addressOf(prefix)}` : prefix;
}

function ports(span: AclEntry['sourcePorts']): string {
  if (span === undefined) return '';
  return span.first === span.last ? `eq ${span.first}` : `range ${span.first} ${span.last}`;
}

function interfaceLines(acl: Acl, names: Names): readonly string[] {
  const [vlan] = acl.zone?.vlans ?? [];
  const verb = `${acl.family === 'v4' ? 'ip' : 'ipv6'} access-group ${aclName(acl, names)} in`;
  if (vlan === undefined) return [`! on the interface of the ${remark(acl.zone?.name ?? 'internet')}:`, `!    ${verb}`];
  return [`interface Vlan${vlan}`, `   ${verb}`, '   exit', '!'];
}
