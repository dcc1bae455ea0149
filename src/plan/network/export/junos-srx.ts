/** Juniper SRX: zones, an address book and policies that remember flows. A rule with an end carries a scheduler. */
import type { ServicePort } from '#model/network-shapes.ts';
import { headingOf } from './heading.ts';
import type { Matrix, MatrixEnd, MatrixRule } from './matrix.ts';
import type { Names } from './names.ts';
import { createNames, remark } from './names.ts';

const NAME_RULES = { separator: '-', charsMax: 60, isUpper: false } as const;

export function renderJunosSrx(matrix: Matrix): string {
  const names = createNames(NAME_RULES);
  return [
    ...headingOf(matrix, 'Juniper SRX').map((line) => `# ${line}`),
    '# load set FILE; commit confirmed 5; and commit again once people still work.',
    ...matrix.zones.flatMap((zone) => zoneLines(zone.id, zone.name, zone.link, names)),
    ...zoneLines('internet', 'internet', undefined, names),
    ...new Set(matrix.rules.flatMap(({ from, to }) => [from, to].flatMap((end) => bookLines(end, names)))),
    ...new Set(matrix.rules.flatMap((rule) => applicationLines(rule, names))),
    ...new Set(matrix.rules.flatMap((rule) => schedulerLines(rule, matrix.at, names))),
    ...matrix.rules.flatMap((rule, n) => policyLines(rule, n, names)),
    'set security policies default-policy deny-all',
    '',
  ].join('\n');
}

function zoneName(id: string | undefined, name: string, names: Names): string {
  return names.of(`zone ${id ?? 'internet'}`, name);
}

function zoneLines(id: string, name: string, link: string | undefined, names: Names): readonly string[] {
  const zone = zoneName(id, name, names);
  const bind = link === undefined ? [] : [`# bind the interface that leads to ${remark(link)} to this zone`];
  return [`set security zones security-zone ${zone} description "${remark(name)}"`, ...bind];
}

function bookName(end: MatrixEnd, names: Names): string {
  return end.isInternet ? 'any' : names.of(`set ${end.key}`, end.name);
}

function bookLines(end: MatrixEnd, names: Names): readonly string[] {
  if (end.isInternet) return [];
  const book = 'set security address-book global';
  const set = bookName(end, names);
  return [...end.prefixes.v4, ...end.prefixes.v6].flatMap((prefix) => {
    const name = names.of(`address ${prefix}`, `net ${prefix.replace(/:/g, '-')}`);
    return [`${book} address ${name} ${prefix}`, `${book} address-set ${set} address ${name}`];
  });
}

/** A service of every protocol is the machine's own word `any`. */
function applicationName({ service, serviceName, ports }: MatrixRule, names: Names): string {
  if (ports.some(({ protocol }) => protocol === 'any')) return 'any';
  return names.of(`service ${service}`, `svc ${serviceName}`);
}

function applicationLines(rule: MatrixRule, names: Names): readonly string[] {
  const name = applicationName(rule, names);
  if (name === 'any') return [];
  return rule.ports.flatMap((port, n) => termLines(port, `set applications application ${name} term t${n + 1}`, n));
}

function termLines(port: ServicePort, term: string, n: number): readonly string[] {
  const { protocol, first = 0, last = 65_535 } = port;
  switch (protocol) {
    case 'icmp':
      // One application holds both families: ICMP and ICMPv6 are two protocols.
      return [`${term} protocol icmp`, `${term.replace(/t\d+$/, `t${n + 1}-v6`)} protocol icmp6`];
    case 'esp':
    case 'any':
      return [`${term} protocol ${protocol}`];
    case 'tcp':
    case 'udp':
      return [`${term} protocol ${protocol} destination-port ${first === last ? first : `${first}-${last}`}`];
  }
}

function schedulerName(until: number, names: Names): string {
  return names.of(`until ${until}`, `until ${new Date(until).toISOString().slice(0, 16)}`);
}

function schedulerLines({ until }: MatrixRule, at: number, names: Names): readonly string[] {
  if (until === undefined) return [];
  const time = (instant: number) => new Date(instant).toISOString().slice(0, 16).replace('T', '.');
  return [`set schedulers scheduler ${schedulerName(until, names)} start-date ${time(at)} stop-date ${time(until)}`];
}

function policyLines(rule: MatrixRule, n: number, names: Names): readonly string[] {
  const [from, to] = [zoneName(rule.fromZone, rule.from.name, names), zoneName(rule.toZone, rule.to.name, names)];
  const name = names.of(`policy ${n}`, `r${n + 1} ${rule.serviceName}`);
  const policy = `set security policies from-zone ${from} to-zone ${to} policy ${name}`;
  return [
    `# ${remark(rule.reason)}`,
    `${policy} match source-address ${bookName(rule.from, names)}`,
    `${policy} match destination-address ${bookName(rule.to, names)}`,
    `${policy} match application ${applicationName(rule, names)}`,
    `${policy} then permit`,
    ...(rule.until === undefined ? [] : [`${policy} scheduler-name ${schedulerName(rule.until, names)}`]),
  ];
}
