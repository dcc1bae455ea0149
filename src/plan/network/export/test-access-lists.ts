/**
 * Reads access lists as the machines do and asks them about packets, first match wins. Written from the vendors' grammar and not from
 * our printers: nothing here is shared with them.
 */
import assert from 'node:assert/strict';
import { parseAddress, parseCidr } from '#std/address.ts';
import type { Address, Cidr } from '#std/address.ts';

export interface TestPacket {
  readonly from: Address;
  readonly to: Address;
  /** IP protocol number. */
  readonly protocol: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** A TCP packet that does not begin a flow. */
  readonly isLater: boolean;
}

interface Line {
  readonly permit: boolean;
  readonly protocol: number | undefined;
  readonly from: readonly Cidr[] | undefined;
  readonly to: readonly Cidr[] | undefined;
  readonly fromPorts: readonly [number, number] | undefined;
  readonly toPorts: readonly [number, number] | undefined;
  readonly established: boolean;
  readonly discovery: boolean;
}

/** Lists by the VLAN that they are bound to, or `internet`, and family. */
export type AccessLists = ReadonlyMap<string, readonly Line[]>;

export function passes(lists: AccessLists, place: string, packet: TestPacket): boolean {
  const key = `${place} ${packet.from.width === 32 ? 'v4' : 'v6'}`;
  const lines = lists.get(key) ?? assert.fail(`no list for ${key}`);
  return lines.find((line) => matches(line, packet))?.permit ?? false;
}

function matches(line: Line, { from, to, protocol, sourcePort, destinationPort, isLater }: TestPacket): boolean {
  // No test packet is a message of neighbour discovery.
  if (line.discovery) return false;
  if (line.protocol !== undefined && line.protocol !== protocol) return false;
  if (line.established && !isLater) return false;
  const isIn = (cidrs: readonly Cidr[] | undefined, { bits, width }: Address) =>
    cidrs?.some((cidr) => {
      const shift = BigInt(width - cidr.prefix);
      return cidr.width === width && cidr.bits >> shift === bits >> shift;
    }) ?? true;
  const isPort = (range: readonly [number, number] | undefined, port: number) =>
    range === undefined || (range[0] <= port && port <= range[1]);
  return (
    isIn(line.from, from) &&
    isIn(line.to, to) &&
    isPort(line.fromPorts, sourcePort) &&
    isPort(line.toPorts, destinationPort)
  );
}

const NUMBERS: Readonly<Record<string, number | undefined>> = {
  ip: undefined,
  ipv6: undefined,
  tcp: 6,
  udp: 17,
  icmp: 1,
  icmpv6: 58,
  esp: 50,
};
const DISCOVERY = new Set(['nd-ns', 'nd-na', 'router-solicitation', 'neighbor-solicitation', 'neighbor-advertisement']);

interface Reader {
  words: string[];
  readonly groups: ReadonlyMap<string, readonly Cidr[]>;
}

function side(reader: Reader): readonly Cidr[] | undefined {
  const word = reader.words.shift() ?? '';
  if (word === 'any') return undefined;
  if (word === 'host') return [cidrOf(reader.words.shift() ?? '')];
  if (word === 'object-group')
    return reader.groups.get(reader.words.shift() ?? '') ?? assert.fail('a group that stands');
  return [cidrOf(word)];
}

function cidrOf(text: string): Cidr {
  return parseCidr(text) ?? assert.fail(`not a network: ${text}`);
}

function range(reader: Reader): readonly [number, number] | undefined {
  const [word, first] = reader.words;
  if (word === 'eq') {
    reader.words.splice(0, 2);
    return [Number(first), Number(first)];
  }
  if (word !== 'range') return undefined;
  const last = reader.words[2];
  reader.words.splice(0, 3);
  return [Number(first), Number(last)];
}

function aceOf(text: string, groups: Reader['groups'], isSix: boolean): Line {
  const reader: Reader = { words: text.split(' '), groups };
  const action = reader.words.shift();
  assert.ok(action === 'permit' || action === 'deny', text);
  const word = reader.words.shift() ?? '';
  assert.ok(word in NUMBERS, text);
  const protocol = word === 'icmp' && isSix ? 58 : NUMBERS[word];
  const [from, fromPorts, to, toPorts] = [side(reader), range(reader), side(reader), range(reader)];
  const rest = reader.words;
  const discovery = rest.some((one) => DISCOVERY.has(one));
  const known = new Set(['established', 'log', 'time-range']);
  for (let n = 0; n < rest.length; n += 1) {
    assert.ok(known.has(rest[n] ?? '') || DISCOVERY.has(rest[n] ?? ''), `${text}: ${rest[n]}`);
    if (rest[n] === 'time-range') n += 1;
  }
  const established = rest.includes('established');
  return { permit: action === 'permit', protocol, from, to, fromPorts, toPorts, established, discovery };
}

/** Cisco IOS and Arista EOS: object groups, named lists, and the interfaces that they are bound to. */
export function readIosLike(text: string): AccessLists {
  const groups = new Map<string, Cidr[]>();
  const byName = new Map<string, { readonly isSix: boolean; readonly lines: Line[] }>();
  const lists = new Map<string, readonly Line[]>();
  let group: Cidr[] | undefined;
  let list: { readonly isSix: boolean; readonly lines: Line[] } | undefined;
  let place = '';
  for (const raw of text.split('\n')) {
    const line = raw.trim();
    const named = /^object-group network (\S+)$/.exec(line);
    const opened = /^(ip|ipv6) access-list (?:extended )?(\S+)$/.exec(line);
    const bound = /^(?:!\s+)?(?:ip access-group|ipv6 access-group|ipv6 traffic-filter) (\S+) in$/.exec(line);
    const on =
      /^interface Vlan(\d+)$/.exec(line)?.[1] ??
      (/^! on the interface of the internet:$/.test(line) ? 'internet' : undefined);
    if (named !== null) groups.set(named[1] ?? '', (group = []));
    else if (opened !== null) byName.set(opened[2] ?? '', (list = { isSix: opened[1] === 'ipv6', lines: [] }));
    else if (on !== undefined) place = on;
    else if (bound !== null) {
      const found = byName.get(bound[1] ?? '') ?? assert.fail(line);
      lists.set(`${place} ${found.isSix ? 'v6' : 'v4'}`, found.lines);
    } else if (/^(\d+ )?(permit|deny) /.test(line))
      list?.lines.push(aceOf(line.replace(/^\d+ /, ''), groups, list.isSix));
    else if (group !== undefined && /^(host )?\d+\.\d+\.\d+\.\d+( \S+)?$/.test(line)) group.push(iosMember(line));
    else
      assert.match(
        line,
        /^$|^!|^no |^(\d+ )?remark |^time-range |^absolute |^end$|^exit$|^counters |^configure |^commit /,
      );
  }
  return lists;
}

function iosMember(line: string): Cidr {
  const [first = '', second = ''] = line.split(' ');
  if (first === 'host') return cidrOf(second);
  const mask = parseAddress(second) ?? assert.fail(line);
  return cidrOf(`${first}/${mask.bits.toString(2).replace(/0+$/, '').length}`);
}

/** Junos `set` commands: prefix lists, filters with terms, and the units that they are bound to. */
export function readJunos(text: string): AccessLists {
  const prefixes = new Map<string, Cidr[]>();
  const filters = new Map<string, Map<string, string[]>>();
  const lists = new Map<string, readonly Line[]>();
  const bind = (place: string, family: string, filter: string) =>
    lists.set(
      `${place} ${family}`,
      [...(filters.get(filter) ?? assert.fail(filter)).values()].map((term) => junosTerm(term, prefixes)),
    );
  for (const line of text.split('\n')) {
    const prefix = /^set policy-options prefix-list (\S+) (\S+)$/.exec(line);
    const term = /^set firewall family (inet6?) filter (\S+) term (\S+) (.*)$/.exec(line);
    const bound = /^set interfaces irb unit (\d+) family (inet6?) filter input (\S+)$/.exec(line);
    const outer = /^# filter input (\S+) on the interface of the internet$/.exec(line);
    if (prefix !== null) {
      const known = prefixes.get(prefix[1] ?? '') ?? [];
      prefixes.set(prefix[1] ?? '', [...known, cidrOf(prefix[2] ?? '')]);
    } else if (term !== null) {
      const filter = filters.get(term[2] ?? '') ?? new Map<string, string[]>();
      filters.set(term[2] ?? '', filter);
      filter.set(term[3] ?? '', [...(filter.get(term[3] ?? '') ?? []), term[4] ?? '']);
    } else if (bound !== null) bind(bound[1] ?? '', bound[2] === 'inet' ? 'v4' : 'v6', bound[3] ?? '');
    else if (outer !== null) bind('internet', (outer[1] ?? '').endsWith('v4') ? 'v4' : 'v6', outer[1] ?? '');
    else assert.match(line, /^$|^#|^delete firewall /);
  }
  return lists;
}

function junosTerm(statements: readonly string[], prefixes: ReadonlyMap<string, readonly Cidr[]>): Line {
  const of = (word: string) =>
    statements.filter((one) => one.startsWith(`from ${word} `)).map((one) => one.slice(word.length + 6));
  const list = (word: string) => {
    const names = of(word);
    return names.length === 0 ? undefined : names.flatMap((name) => prefixes.get(name) ?? assert.fail(name));
  };
  const ports = (word: string): readonly [number, number] | undefined => {
    const [found] = of(word);
    if (found === undefined) return undefined;
    const [first = '', last = first] = found.split('-');
    return [Number(first), Number(last)];
  };
  const [protocol] = [...of('protocol'), ...of('next-header')];
  return {
    permit: statements.includes('then accept'),
    protocol: protocol === undefined ? undefined : (NUMBERS[protocol] ?? assert.fail(protocol)),
    from: list('source-prefix-list'),
    to: list('destination-prefix-list'),
    fromPorts: ports('source-port'),
    toPorts: ports('destination-port'),
    established: statements.includes('from tcp-established'),
    discovery: of('icmp-type').length > 0,
  };
}
