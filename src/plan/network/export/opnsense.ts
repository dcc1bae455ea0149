/**
 * OPNsense: bodies for the API's alias and filter calls, in the order in which they are made, between a savepoint and an apply that
 * undoes itself after a minute unless it is cancelled.
 */
import type { ServicePort } from '#model/network-shapes.ts';
import { headingOf, stamp } from './heading.ts';
import { renderJsonLines } from './json-lines.ts';
import type { Matrix, MatrixEnd, MatrixRule, MatrixZone } from './matrix.ts';
import type { Names } from './names.ts';
import { createNames, remark } from './names.ts';

const NAME_RULES = { separator: '_', charsMax: 32, isUpper: false } as const;
const STEP = 10;

export function renderOpnsense(matrix: Matrix): string {
  const names = createNames(NAME_RULES);
  const aliases = aliasesOf(matrix, names);
  const rules = matrix.rules.flatMap((rule) => rule.ports.map((port) => filterRule(matrix, rule, port, names)));
  const all = [...rules, denyRule()].map((rule, n) => ({ ...rule, sequence: String((n + 1) * STEP) }));
  return renderJsonLines({
    about: headingOf(matrix, 'OPNsense'),
    calls: [
      { post: '/api/firewall/filter/savepoint', body: {}, keep: 'revision' },
      ...aliases.map((alias) => ({ post: '/api/firewall/alias/addItem', body: { alias } })),
      { post: '/api/firewall/alias/reconfigure', body: {} },
      ...all.map((rule) => ({ post: '/api/firewall/filter/addRule', body: { rule } })),
      { post: '/api/firewall/filter/apply/{revision}', body: {} },
      { post: '/api/firewall/filter/cancelRollback/{revision}', body: {}, when: 'people still work' },
    ],
  });
}

function aliasesOf(matrix: Matrix, names: Names): readonly { readonly [field: string]: string }[] {
  const ends = new Map<string, MatrixEnd>();
  for (const { from, to } of matrix.rules) for (const end of [from, to]) if (!end.isInternet) ends.set(end.key, end);
  const inside = [...matrix.inside.v4, ...matrix.inside.v6];
  return [
    aliasOf(names.of('inside', 'inside'), inside, 'all networks of the facility'),
    ...[...ends.values()].map(({ key, name, prefixes }) =>
      aliasOf(names.of(key, name), [...prefixes.v4, ...prefixes.v6], remark(name)),
    ),
  ];
}

function aliasOf(name: string, prefixes: readonly string[], description: string) {
  return { enabled: '1', name, type: 'network', content: prefixes.join('\n'), description };
}

/** Without an interface a rule floats over all of them; a zone's link names the site's own. */
function filterRule({ zones }: Matrix, rule: MatrixRule, port: ServicePort, names: Names) {
  const { first = 0, last = 65_535, protocol } = port;
  const isPorted = protocol === 'tcp' || protocol === 'udp';
  const until = rule.until === undefined ? '' : ` (ends ${stamp(rule.until)}; remove by hand)`;
  return {
    enabled: '1',
    action: 'pass',
    quick: '1',
    interface: linkOf(zones, rule.fromZone),
    direction: 'in',
    ipprotocol: protocol === 'icmp' ? 'inet46' : familyOf(rule),
    protocol: protocol === 'any' ? 'any' : protocol.toUpperCase(),
    source_net: rule.from.isInternet ? names.of('inside', 'inside') : names.of(rule.from.key, rule.from.name),
    source_not: rule.from.isInternet ? '1' : '0',
    destination_net: rule.to.isInternet ? names.of('inside', 'inside') : names.of(rule.to.key, rule.to.name),
    destination_not: rule.to.isInternet ? '1' : '0',
    destination_port: isPorted ? (first === last ? String(first) : `${first}-${last}`) : '',
    log: '0',
    description: remark(`${rule.from.name} to ${rule.to.name} ${rule.serviceName}: ${rule.reason}${until}`),
  };
}

function familyOf({ from, to }: MatrixRule): string {
  const has = (family: 'v4' | 'v6') =>
    (from.isInternet || from.prefixes[family].length > 0) && (to.isInternet || to.prefixes[family].length > 0);
  if (has('v4') && has('v6')) return 'inet46';
  return has('v6') ? 'inet6' : 'inet';
}

function linkOf(zones: readonly MatrixZone[], id: string | undefined): string {
  return zones.find((zone) => zone.id === id)?.link ?? '';
}

function denyRule() {
  return {
    enabled: '1',
    action: 'block',
    quick: '1',
    interface: '',
    direction: 'in',
    ipprotocol: 'inet46',
    protocol: 'any',
    source_net: 'any',
    source_not: '0',
    destination_net: 'any',
    destination_not: '0',
    destination_port: '',
    log: '1',
    description: 'everything else',
  };
}
