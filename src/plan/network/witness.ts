/** One concrete packet out of a box: something that a person can try out. */
import type { BoxOf, Packet, Span } from '#plan/network/policy.ts';
import { renderPoint } from '#plan/network/address-set.ts';
import { isPorted, protocolName, TCP, UDP } from '#plan/network/port-box.ts';
import type { Point, SpanSet } from '#plan/network/span-set.ts';
import { after, holds } from '#plan/network/span-set.ts';

/** Addresses that documents may name (RFC 5737, RFC 3849) and that look like the outside to a reader. */
const FAMILIAR: readonly (number | bigint)[] = [0xc6336407, 0xcb007107, 0x20010db8n * 2n ** 96n + 7n];
/** Ports that a reader knows. */
const FAMILIAR_PORTS = [443, 445, 22, 5900];

export function witness<N extends Point>(box: Omit<BoxOf<N>, 'because'>): Packet {
  const protocol = familiar(box.protocol, [TCP, UDP]);
  const packet = {
    from: renderPoint(address(box.source)),
    to: renderPoint(address(box.destination)),
    protocol: protocolName(protocol),
    at: box.time.first,
  };
  return isPorted(protocol) ? { ...packet, port: familiar(box.port, FAMILIAR_PORTS) } : packet;
}

/** A familiar one, else the first that is no network's own address. */
function address<N extends Point>(span: Span<N>): number | bigint {
  const known = FAMILIAR.find((one) => typeof one === typeof span.first && holds(span as Span<Point>, one));
  if (known !== undefined) return known;
  return span.last === span.first ? span.first : after(span.first);
}

/** The span of a set that holds a familiar address, else its first. */
export function spanToShow<N extends Point>(spans: SpanSet<N>): Span<N> | undefined {
  return spans.find((span) => FAMILIAR.some((one) => typeof one === typeof span.first && isIn(span, one))) ?? spans[0];
}

function isIn(span: Span<Point>, one: Point): boolean {
  return holds(span, one);
}

function familiar(span: Span, known: readonly number[]): number {
  return known.find((one) => holds(span, one)) ?? span.first;
}
