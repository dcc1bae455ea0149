/** Two ends of one connection. */
import { connect } from 'node:net';
import type { NetConnectOpts, Socket } from 'node:net';

/** Connects there, and carries bytes both ways until either end is gone. */
export function joined(near: Socket, there: NetConnectOpts): void {
  const far = connect(there);
  const pairs = [
    [near, far],
    [far, near],
  ] as const;
  for (const [from, to] of pairs) {
    from.pipe(to);
    from.on('error', () => to.destroy());
    from.once('close', () => to.destroy());
  }
}
