/** A packet as one line, with the names of what stands at its ends. */
import type { PacketView } from '#api/endpoints/network-views.ts';

/** A packet that somebody can try out. */
export function PacketLine({ packet }: { readonly packet: PacketView }) {
  const { from, to, protocol, port, fromName, toName } = packet;
  return (
    <code className="nw-packet">
      {from}
      {fromName === undefined ? '' : ` (${fromName})`} → {to}
      {toName === undefined ? '' : ` (${toName})`} {protocol}
      {port === undefined ? '' : ` ${port}`}
    </code>
  );
}
