/** Where the portal listens and by which names it is called. */
import { BlockList, isIP } from 'node:net';
import { Fault } from '#std/refused.ts';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

export function isLoopbackAddress(host: string): boolean {
  if (host === 'localhost') return true;
  const family = isIP(host);
  return family !== 0 && loopback.check(host, family === 6 ? 'ipv6' : 'ipv4');
}

/** An IPv4 client of a socket that speaks IPv6 is written as IPv4. */
export function plainAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:(?=\d+\.)/, '');
}

/** Plain HTTP leaves this machine never: everything else needs TLS. */
export function requireSecure(host: string, hasTls: boolean): void {
  if (hasTls || isLoopbackAddress(host)) return;
  throw new Fault('tls-needed', `${host} is not a loopback address: give --tls-cert and --tls-key, or --tls-local`);
}

/**
 * Host names that requests may carry; any other is refused, so that a foreign name that resolves here (DNS rebinding) gets nothing.
 */
export function allowedHosts(origin: string, host: string, port: number): ReadonlySet<string> {
  const named = new URL(origin).host;
  if (!isLoopbackAddress(host)) return new Set([named]);
  return new Set([
    named,
    `localhost:${port}`,
    `127.0.0.1:${port}`,
    `[::1]:${port}`,
    ...(host.includes(':') ? [] : [`${host}:${port}`]),
  ]);
}
