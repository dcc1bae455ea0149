/** Services as spans of protocol numbers and destination ports (IANA numbers; ICMP is 1 in IPv4 and 58 in IPv6). */
import type { Protocol, ServicePort } from '#model/network-shapes.ts';
import type { Span } from '#plan/network/policy.ts';
import { unite } from '#plan/network/span-set.ts';

export interface PortBox {
  readonly protocol: Span;
  readonly port: Span;
}

export type Family = 'v4' | 'v6';

export const PROTOCOL_MAX = 255;
export const PORT_MAX = 65_535;
export const ANY_PROTOCOL: Span = { first: 0, last: PROTOCOL_MAX };
export const ANY_PORT: Span = { first: 0, last: PORT_MAX };
export const TCP = 6;
export const UDP = 17;
const ESP = 50;
const ICMP: Readonly<Record<Family, number>> = { v4: 1, v6: 58 };

export function portBox({ protocol, first = 0, last = PORT_MAX }: ServicePort, family: Family): PortBox {
  const isPorted = protocol === 'tcp' || protocol === 'udp';
  return { protocol: protocolSpan(protocol, family), port: isPorted ? { first, last } : ANY_PORT };
}

/** The ports of a service without overlap, ordered. */
export function portBoxes(ports: readonly ServicePort[], family: Family): readonly PortBox[] {
  const boxes = ports.map((one) => portBox(one, family));
  if (boxes.length < 2) return boxes;
  const any = boxes.find(({ protocol }) => protocol.first !== protocol.last);
  if (any !== undefined) return [any];
  const byProtocol = Map.groupBy(boxes, ({ protocol }) => protocol.first);
  return [...byProtocol]
    .sort(([a], [b]) => a - b)
    .flatMap(([number, same]) =>
      unite(same.map(({ port }) => port)).map((port) => ({ protocol: { first: number, last: number }, port })),
    );
}

export function protocolSpan(protocol: Protocol, family: Family): Span {
  const number = protocolNumber(protocol, family);
  return number === undefined ? ANY_PROTOCOL : { first: number, last: number };
}

function protocolNumber(protocol: Protocol, family: Family): number | undefined {
  switch (protocol) {
    case 'tcp':
      return TCP;
    case 'udp':
      return UDP;
    case 'icmp':
      return ICMP[family];
    case 'esp':
      return ESP;
    case 'any':
      return undefined;
  }
}

const NAMES: ReadonlyMap<number, string> = new Map([
  [TCP, 'tcp'],
  [UDP, 'udp'],
  [ESP, 'esp'],
  [ICMP.v4, 'icmp'],
  [ICMP.v6, 'icmpv6'],
]);

/** `tcp`, or `ip-proto 47` for one without a name here. */
export function protocolName(number: number): string {
  return NAMES.get(number) ?? `ip-proto ${number}`;
}

export function isPorted(protocol: number): boolean {
  return protocol === TCP || protocol === UDP;
}
