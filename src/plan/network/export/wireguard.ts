/**
 * WireGuard for remote sites: a zone whose link is a WireGuard interface (`wg-north`) lies at the other end of a tunnel. Two files for
 * each: the gateway's side and the site's. Keys are made where they are used and never leave; only public keys are put in by hand.
 */
import { headingOf } from './heading.ts';
import type { Matrix, MatrixZone } from './matrix.ts';
import { remark } from './names.ts';

export const TUNNEL_LINK = /^wg[A-Za-z0-9._-]*$/;
const PORT = 51_820;
const KEEPALIVE_SECONDS = 25;

export interface TunnelFile {
  readonly name: string;
  readonly text: string;
}

export function renderWireguard(matrix: Matrix): readonly TunnelFile[] {
  return matrix.zones.flatMap((zone) => {
    const { link } = zone;
    if (link === undefined || !TUNNEL_LINK.test(link)) return [];
    return [
      { name: `${link}.conf`, text: gatewaySide(matrix, zone, link) },
      { name: `${link}.site.conf`, text: siteSide(matrix, zone, link) },
    ];
  });
}

function gatewaySide(matrix: Matrix, zone: MatrixZone, link: string): string {
  return [
    ...headingOf(matrix, `WireGuard, gateway to ${remark(zone.name)}`).map((line) => `# ${line}`),
    '# Allowed addresses tie each packet to the tunnel it came by; what it may reach is decided by the rules, not here.',
    '[Interface]',
    `ListenPort = ${PORT + matrix.zones.indexOf(zone)}`,
    `PostUp = wg set %i private-key /etc/wireguard/${link}.key`,
    '',
    '[Peer]',
    `# ${remark(zone.name)}`,
    `PublicKey = PUT-THE-PUBLIC-KEY-OF-${link.toUpperCase()}-SITE-HERE`,
    `AllowedIPs = ${[...zone.prefixes.v4, ...zone.prefixes.v6].join(', ')}`,
    '',
  ].join('\n');
}

/** The site routes only what some rule lets it reach or be reached from: no way to everything else, whatever it sets. */
function siteSide(matrix: Matrix, zone: MatrixZone, link: string): string {
  return [
    ...headingOf(matrix, `WireGuard, ${remark(zone.name)} to the gateway`).map((line) => `# ${line}`),
    '[Interface]',
    `PostUp = wg set %i private-key /etc/wireguard/${link}.key`,
    '',
    '[Peer]',
    'PublicKey = PUT-THE-PUBLIC-KEY-OF-THE-GATEWAY-HERE',
    `Endpoint = PUT-THE-ADDRESS-OF-THE-GATEWAY-HERE:${PORT + matrix.zones.indexOf(zone)}`,
    `AllowedIPs = ${partners(matrix, zone).join(', ')}`,
    `PersistentKeepalive = ${KEEPALIVE_SECONDS}`,
    '',
  ].join('\n');
}

function partners({ rules }: Matrix, { id }: MatrixZone): readonly string[] {
  const found = new Set<string>();
  for (const { fromZone, toZone, from, to } of rules) {
    const other = fromZone === id ? to : toZone === id ? from : undefined;
    if (other !== undefined) for (const prefix of [...other.prefixes.v4, ...other.prefixes.v6]) found.add(prefix);
  }
  return [...found].sort();
}
