/** The first bytes of a logged packet: RFC 791 and RFC 8200 headers, and the ports behind them. */
import type { Denial } from '#ports/warden.ts';
import { renderAddress } from '#std/address.ts';

type Header = Pick<Denial, 'from' | 'to' | 'protocol' | 'port'>;

const NAMES: ReadonlyMap<number, string> = new Map([
  [1, 'icmp'],
  [2, 'igmp'],
  [6, 'tcp'],
  [17, 'udp'],
  [47, 'gre'],
  [50, 'esp'],
  [58, 'icmpv6'],
  [132, 'sctp'],
]);
/** Hop-by-hop, routing, destination options: they have a length and a next header, and the real protocol comes behind them. */
const EXTENSIONS = new Set([0, 43, 60]);
const EXTENSIONS_MAX = 8;

/** `undefined` for what is no IP packet. */
export function readHeader(bytes: Buffer): Header | undefined {
  const version = (bytes[0] ?? 0) >> 4;
  if (version === 4 && bytes.length >= 20) return readV4(bytes);
  return version === 6 && bytes.length >= 40 ? readV6(bytes) : undefined;
}

function readV4(bytes: Buffer): Header {
  const [from, to] = [bytes.readUInt32BE(12), bytes.readUInt32BE(16)].map((n) =>
    renderAddress({ bits: BigInt(n), width: 32 }),
  ) as [string, string]; // two in, two out
  return { from, to, ...readPort(bytes, bytes.readUInt8(9), (bytes.readUInt8(0) & 15) * 4) };
}

function readV6(bytes: Buffer): Header {
  let [next, at] = [bytes.readUInt8(6), 40];
  for (let i = 0; i < EXTENSIONS_MAX && EXTENSIONS.has(next) && at + 8 <= bytes.length; i += 1) {
    [next, at] = [bytes.readUInt8(at), at + (bytes.readUInt8(at + 1) + 1) * 8];
  }
  return { from: addressAt(bytes, 8), to: addressAt(bytes, 24), ...readPort(bytes, next, at) };
}

function addressAt(bytes: Buffer, at: number): string {
  return renderAddress({ bits: (bytes.readBigUInt64BE(at) << 64n) | bytes.readBigUInt64BE(at + 8), width: 128 });
}

function readPort(bytes: Buffer, number: number, at: number): Pick<Denial, 'protocol' | 'port'> {
  const protocol = NAMES.get(number) ?? `ip-proto-${number}`;
  const isPorted = (number === 6 || number === 17) && bytes.length >= at + 4;
  return isPorted ? { protocol, port: bytes.readUInt16BE(at + 2) } : { protocol };
}
