/** A packet with the names of what stands at its ends. */
import type { PacketView } from '#api/endpoints/network-views.ts';
import { addressNames } from '#api/views/addresses.ts';
import { defined } from '#api/views/viewer.ts';
import type { State } from '#model/state.ts';
import type { Packet } from '#plan/network/policy.ts';

export function packetView(state: State, { from, to, protocol, port, at }: Packet): PacketView {
  const names = addressNames(state);
  return defined<PacketView>({
    from,
    to,
    protocol,
    port,
    at,
    fromName: names.nameOf(from),
    toName: names.nameOf(to),
  });
}
