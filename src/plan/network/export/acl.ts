/**
 * Stateless access lists, one per zone and family, for packets that come in from that zone (and one for what comes in from the
 * internet). First match wins:
 *
 *   1. neighbour discovery, which IPv6 cannot live without (never routed)
 *   2. flows that begin in the zone and stay inside, and answers to flows that began elsewhere inside
 *   3. everything else towards our own networks is refused
 *   4. flows to the internet, and answers to flows that came from there
 *   5. everything else is refused
 *
 * An answer is a packet from the service's port: TCP without a beginning (`established`), UDP by port alone. That is weaker than a
 * gateway that remembers flows, and the page docs/spec/network-exports.md says so.
 */
import type { Protocol, ServicePort } from '#model/network-shapes.ts';
import type { Family } from '#plan/network/port-box.ts';
import type { Span } from '#plan/network/policy.ts';
import type { Matrix, MatrixEnd, MatrixRule, MatrixZone } from './matrix.ts';
import { portEntries } from './prefixes.ts';

export type AclEnd =
  | { readonly kind: 'any' }
  | { readonly kind: 'named'; readonly key: string; readonly name: string; readonly prefixes: readonly string[] };

export interface AclEntry {
  readonly action: 'permit' | 'deny';
  /** `discovery`: ICMPv6 neighbour and router messages. */
  readonly protocol: Protocol | 'discovery';
  readonly source: AclEnd;
  readonly destination: AclEnd;
  readonly sourcePorts: Span | undefined;
  readonly destinationPorts: Span | undefined;
  /** Only packets of TCP flows that have begun. */
  readonly established: boolean;
  readonly says: string;
  /** A rule with an end: the entry means nothing from then on. */
  readonly until: number | undefined;
}

export interface Acl {
  /** Undefined for the list of what comes in from the internet. */
  readonly zone: MatrixZone | undefined;
  readonly name: string;
  readonly family: Family;
  readonly entries: readonly AclEntry[];
  /** Entries of a hardware table that has neither groups nor ranges. */
  readonly tcamEntries: number;
}

const ANY: AclEnd = { kind: 'any' };

/** Two lists for each zone and two for the internet, by name. */
export function aclsOf(matrix: Matrix): readonly Acl[] {
  const families: readonly Family[] = ['v4', 'v6'];
  return [...matrix.zones, undefined].flatMap((zone) =>
    families.flatMap((family) => {
      if (zone !== undefined && zone.prefixes[family].length === 0) return [];
      const entries = entriesOf(matrix, zone, family);
      const tcamEntries = entries.reduce((sum, entry) => sum + tcamOf(entry), 0);
      return [{ zone, name: zone?.name ?? 'internet', family, entries, tcamEntries }];
    }),
  );
}

function entriesOf(matrix: Matrix, zone: MatrixZone | undefined, family: Family): readonly AclEntry[] {
  const own = matrix.rules.flatMap((rule) => [
    ...(rule.fromZone === zone?.id ? forward(rule, family) : []),
    ...(rule.toZone === zone?.id ? answers(rule, family) : []),
  ]);
  const inside = insideEnd(matrix, family);
  const isInside = ({ destination }: AclEntry) => destination.kind === 'named' && !destination.key.startsWith('out ');
  const blocked: readonly AclEntry[] =
    inside === undefined ? [] : [refusal(zone === undefined ? inside : ANY, zone === undefined ? ANY : inside)];
  const discovery = family === 'v6' ? [permit('discovery', ANY, ANY, 'neighbour discovery')] : [];
  const last = refusal(ANY, ANY);
  // From the internet, nobody may claim to be one of us, and nothing passes through to other places out there.
  if (zone === undefined) return [...discovery, ...blocked, ...own.filter(isInside), last];
  return [...discovery, ...own.filter(isInside), ...blocked, ...own.filter((entry) => !isInside(entry)), last];
}

function insideEnd({ inside }: Matrix, family: Family): AclEnd | undefined {
  const prefixes = inside[family];
  return prefixes.length === 0 ? undefined : { kind: 'named', key: 'inside', name: 'inside', prefixes };
}

function refusal(source: AclEnd, destination: AclEnd): AclEntry {
  return { ...permit('any', source, destination, 'everything else'), action: 'deny' };
}

function permit(protocol: AclEntry['protocol'], source: AclEnd, destination: AclEnd, says: string): AclEntry {
  const none = { sourcePorts: undefined, destinationPorts: undefined, established: false, until: undefined };
  return { action: 'permit', protocol, source, destination, says, ...none };
}

function forward(rule: MatrixRule, family: Family): readonly AclEntry[] {
  const [source, destination] = [endOf(rule.from, rule.fromZone, family), endOf(rule.to, rule.toZone, family)];
  if (source === undefined || destination === undefined) return [];
  const says = `${rule.from.name} to ${rule.to.name}: ${rule.serviceName}`;
  return rule.ports.map((port) => ({
    ...permit(port.protocol, source, destination, says),
    destinationPorts: portsOf(port),
    until: rule.until,
  }));
}

function answers(rule: MatrixRule, family: Family): readonly AclEntry[] {
  const [source, destination] = [endOf(rule.to, rule.toZone, family), endOf(rule.from, rule.fromZone, family)];
  if (source === undefined || destination === undefined) return [];
  const says = `answers to ${rule.from.name}: ${rule.serviceName}`;
  return rule.ports.flatMap(answering).map((port) => ({
    ...permit(port.protocol, source, destination, says),
    sourcePorts: portsOf(port),
    established: port.protocol === 'tcp',
    until: rule.until,
  }));
}

/** Answers to "every protocol" are told apart, or TCP flows could begin the other way round; protocols without a name here get none. */
function answering(port: ServicePort): readonly ServicePort[] {
  if (port.protocol !== 'any') return [port];
  return [{ protocol: 'tcp' }, { protocol: 'udp' }, { protocol: 'icmp' }, { protocol: 'esp' }];
}

/** Ends outside have keys that begin with `out `. */
function endOf(end: MatrixEnd, zone: string | undefined, family: Family): AclEnd | undefined {
  if (end.isInternet) return ANY;
  const prefixes = end.prefixes[family];
  if (prefixes.length === 0) return undefined;
  return { kind: 'named', key: zone === undefined ? `out ${end.key}` : end.key, name: end.name, prefixes };
}

function portsOf({ protocol, first, last }: ServicePort): Span | undefined {
  if (protocol !== 'tcp' && protocol !== 'udp') return undefined;
  const span = { first: first ?? 0, last: last ?? 65_535 };
  return span.first === 0 && span.last === 65_535 ? undefined : span;
}

export function prefixesIn(end: AclEnd): readonly (string | undefined)[] {
  return end.kind === 'any' ? [undefined] : end.prefixes;
}

function tcamOf({ source, destination, sourcePorts, destinationPorts, protocol }: AclEntry): number {
  const ports = [sourcePorts, destinationPorts].reduce(
    (n, span) => n * (span === undefined ? 1 : portEntries(span)),
    1,
  );
  const messages = protocol === 'discovery' ? 3 : 1;
  return prefixesIn(source).length * prefixesIn(destination).length * ports * messages;
}

/** One line for each list, for the head of a file and for the notes. */
export function tcamLines(acls: readonly Acl[]): readonly string[] {
  return acls.map(({ name, family, entries, tcamEntries }) => {
    const kind = family === 'v4' ? 'IPv4' : 'IPv6';
    return `${name} ${kind}: ${entries.length} lines, about ${tcamEntries} hardware entries`;
  });
}
