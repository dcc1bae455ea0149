/**
 * Cisco IOS and IOS XE: named extended access lists, object groups for IPv4, prefixes written out for IPv6. A rule with an end
 * carries a time range, which this machine applies to every packet by its own clock.
 */
import type { Acl, AclEnd, AclEntry } from './acl.ts';
import { aclsOf, prefixesIn, tcamLines } from './acl.ts';
import { headingOf } from './heading.ts';
import type { Matrix } from './matrix.ts';
import type { Names } from './names.ts';
import { createNames, remark } from './names.ts';
import { addressOf, isSingle, withNetmask } from './prefixes.ts';

export function renderCiscoIos(matrix: Matrix): string {
  const names = createNames({ separator: '-', charsMax: 60, isUpper: true });
  const acls = aclsOf(matrix);
  const lines = headingOf(matrix, 'Cisco IOS', tcamLines(acls)).map((line) => `! ${line}`);
  return [
    ...lines,
    '!',
    ...timeRanges(acls, names),
    ...objectGroups(acls, names),
    ...acls.flatMap((acl) => listLines(acl, names)),
    ...acls.flatMap((acl) => interfaceLines(acl, names)),
    'end',
    '',
  ].join('\n');
}

function timeRanges(acls: readonly Acl[], names: Names): readonly string[] {
  const ends = new Set(acls.flatMap(({ entries }) => entries.flatMap(({ until }) => until ?? [])));
  return [...ends]
    .sort((a, b) => a - b)
    .flatMap((until) => [`time-range ${rangeName(until, names)}`, ` absolute end ${iosTime(until)}`, '!']);
}

function rangeName(until: number, names: Names): string {
  return names.of(`until ${until}`, `until ${new Date(until).toISOString().slice(0, 16)}`);
}

const MONTHS = 'January February March April May June July August September October November December'.split(' ');

/** The machine counts whole minutes and includes the last one, so the minute before the end is named. */
function iosTime(until: number): string {
  const last = new Date(until - 60_000);
  const month = MONTHS[last.getUTCMonth()];
  return `${last.toISOString().slice(11, 16)} ${last.getUTCDate()} ${month} ${last.getUTCFullYear()}`;
}

function objectGroups(acls: readonly Acl[], names: Names): readonly string[] {
  const groups = new Map<string, AclEnd & { readonly kind: 'named' }>();
  for (const { family, entries } of acls) {
    if (family === 'v6') continue;
    for (const { source, destination } of entries)
      for (const end of [source, destination]) if (end.kind === 'named') groups.set(end.key, end);
  }
  return [...groups.values()].flatMap((end) => [
    `object-group network ${groupName(end, names)}`,
    ...end.prefixes.map((prefix) => (isSingle(prefix) ? ` host ${addressOf(prefix)}` : ` ${withNetmask(prefix)}`)),
    '!',
  ]);
}

function groupName(end: AclEnd & { readonly kind: 'named' }, names: Names): string {
  return names.of(`group ${end.key}`, `net ${end.name}`);
}

function aclName({ zone, name, family }: Acl, names: Names): string {
  return names.of(`acl ${zone?.id ?? 'internet'} ${family}`, `${name} in ${family}`);
}

function listLines(acl: Acl, names: Names): readonly string[] {
  const { family, entries } = acl;
  const head = family === 'v4' ? 'ip access-list extended' : 'ipv6 access-list';
  return [
    `no ${head} ${aclName(acl, names)}`,
    `${head} ${aclName(acl, names)}`,
    ...entries.flatMap((entry) => entryLines(entry, family, names)),
    '!',
  ];
}

function entryLines(entry: AclEntry, family: Acl['family'], names: Names): readonly string[] {
  const { action, protocol, source, destination, sourcePorts, destinationPorts, established, until } = entry;
  const word = wordOf(protocol, family);
  const tail = [
    ...(established ? ['established'] : []),
    ...(until === undefined ? [] : [`time-range ${rangeName(until, names)}`]),
    ...(action === 'deny' ? ['log'] : []),
  ];
  const sides = (of: AclEnd) => (family === 'v4' ? [groupSide(of, names)] : prefixesIn(of).map(prefixSide));
  const lines = sides(source).flatMap((from) =>
    sides(destination).flatMap((to) =>
      messages(protocol).map((message) =>
        ['', action, word, from, ports(sourcePorts), to, ports(destinationPorts), message, ...tail].join(' '),
      ),
    ),
  );
  return [` remark ${remark(entry.says)}`, ...lines.map((line) => ` ${line.trim().replace(/ +/g, ' ')}`)];
}

function wordOf(protocol: AclEntry['protocol'], family: Acl['family']): string {
  if (protocol === 'any') return family === 'v4' ? 'ip' : 'ipv6';
  return protocol === 'discovery' ? 'icmp' : protocol;
}

function messages(protocol: AclEntry['protocol']): readonly string[] {
  return protocol === 'discovery' ? ['nd-ns', 'nd-na', 'router-solicitation'] : [''];
}

function groupSide(end: AclEnd, names: Names): string {
  return end.kind === 'any' ? 'any' : `object-group ${groupName(end, names)}`;
}

function prefixSide(prefix: string | undefined): string {
  if (prefix === undefined) return 'any';
  return isSingle(prefix) ? `host ${addressOf(prefix)}` : prefix;
}

function ports(span: AclEntry['sourcePorts']): string {
  if (span === undefined) return '';
  return span.first === span.last ? `eq ${span.first}` : `range ${span.first} ${span.last}`;
}

/** Which list belongs where; the interface is the site's own, so the lines wait behind a comment. */
function interfaceLines(acl: Acl, names: Names): readonly string[] {
  const { zone, family } = acl;
  const [vlan] = zone?.vlans ?? [];
  const where = vlan === undefined ? `interface of the ${remark(zone?.name ?? 'internet')}` : `interface Vlan${vlan}`;
  const verb =
    family === 'v4' ? `ip access-group ${aclName(acl, names)} in` : `ipv6 traffic-filter ${aclName(acl, names)} in`;
  return vlan === undefined ? [`! on the ${where}:`, `!  ${verb}`] : [where, ` ${verb}`, '!'];
}
