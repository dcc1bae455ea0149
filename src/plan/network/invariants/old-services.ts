/** I8: services that are unsafe towards the outside are not offered to it. */
import type { ServicePort } from '#model/network-shapes.ts';
import type { Crossing } from '#plan/network/invariants/ground.ts';
import { isAny } from '#plan/network/invariants/ground.ts';
import type { Breach, Invariant } from '#plan/network/invariants/invariant.ts';
import { named } from '#plan/network/invariants/invariant.ts';

/** Registered ports (IANA) of what the controls name, and of what travels with it. */
const FORBIDDEN: readonly (readonly [name: string, protocol: 'tcp' | 'udp', first: number, last: number])[] = [
  ['FTP', 'tcp', 20, 21],
  ['telnet', 'tcp', 23, 23],
  ['TFTP', 'udp', 69, 69],
  ['HTTP without TLS', 'tcp', 80, 80],
  ['NetBIOS', 'udp', 137, 138],
  ['SMB', 'tcp', 139, 139],
  ['SMB', 'tcp', 445, 445],
  ['SNMP', 'udp', 161, 162],
  ['remote shell', 'tcp', 512, 514],
  ['NFS', 'tcp', 2049, 2049],
  ['RDP', 'tcp', 3389, 3389],
  ['RDP', 'udp', 3389, 3389],
  ['VNC', 'tcp', 5800, 5999],
];

export const oldServices: Invariant = {
  id: 'I8',
  controls: ['TS-2.3', 'TS-2.4'],
  title: 'No telnet, FTP, HTTP, SMB, SNMP, VNC or RDP is offered to the outside',
  asksForKinds: false,
  assumptions: ['A service is known by its registered port; what hides behind another port is not seen here.'],
  crossing: function* inward(crossing: Crossing): Iterable<Breach> {
    const { rule, from, to } = crossing;
    if (!isAny(from, ['internet', 'guest']) || to.kinds.has('internet')) return;
    for (const [name, protocol, first, last] of FORBIDDEN) {
      const ports = rule.ports.flatMap((port) => overlap(port, { protocol, first, last }));
      if (ports.length === 0) continue;
      const says = `${named(crossing)} offers ${name} to ${from.name}.`;
      yield { crossing, tag: `${protocol}-${first}`, ports, says, next: 'Offer it encrypted, or inside only.' };
    }
  },
};

interface Ports {
  readonly protocol: 'tcp' | 'udp';
  readonly first: number;
  readonly last: number;
}

function overlap(port: ServicePort, { protocol, first, last }: Ports): readonly ServicePort[] {
  if (port.protocol !== 'any' && port.protocol !== protocol) return [];
  const from = Math.max(port.first ?? 0, first);
  const to = Math.min(port.last ?? 65_535, last);
  return from > to ? [] : [{ protocol, first: from, last: to }];
}
