/** A preset has no seats, because every facility names its own; a lab needs a few, so that somebody works there. */
import type { FacilityFile } from '#model/facility-file.ts';
import { firstOf, parseCidr, renderAddress } from '#std/address.ts';

const SEATS = 2;
/** Far behind where hosts of a preset are numbered from. */
const FIRST = 101n;

/** With two workstations in the first production zone where there are none. */
export function withSeats(file: FacilityFile): FacilityFile {
  const hosts = file.hosts ?? {};
  if (Object.values(hosts).some(({ role }) => role === 'workstation')) return file;
  const zone = Object.entries(file.zones ?? {}).find(([, { kinds = [] }]) => kinds.includes('production'));
  if (zone === undefined) return file;
  const [name, { networks = [] }] = zone;
  const seats = Array.from({ length: SEATS }, (_, n) => {
    const addresses = networks.flatMap((network) => addressIn(typeof network === 'string' ? network : network.cidr, n));
    const seat = { zone: name, addresses, role: 'workstation' as const, owner: 'me', purpose: 'A seat of the lab' };
    return [`seat-0${n + 1}`, seat] as const;
  });
  return { ...file, hosts: { ...hosts, ...Object.fromEntries(seats) } };
}

function addressIn(text: string, n: number): readonly string[] {
  const cidr = parseCidr(text);
  if (cidr === undefined || cidr.width - cidr.prefix < 8) return [];
  return [renderAddress({ bits: firstOf(cidr) + FIRST + BigInt(n), width: cidr.width })];
}
