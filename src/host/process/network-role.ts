/** The process of the network gate and the share gate: unprivileged; what they want done to the packet filter they ask of the warden. */
import type { Running, Start } from './child.ts';
import { startNetworkGate } from '#gates/network/gate.ts';
import { startShareGate } from '#gates/share/gate.ts';
import { createClock } from '#host/clock.ts';
import { connectEngine } from '#host/engine-socket/client.ts';
import { createRandom } from '#host/random.ts';
import { createWardenClient } from '#host/warden/client.ts';
import { Fault } from '#std/refused.ts';

export const startNetwork: Start = async ({ data, warden: socket }, log) => {
  if (socket === undefined) throw new Fault('no-warden', 'The network gate needs a warden: give --warden SOCKET.');
  const engine = await connectEngine(data);
  const warden = createWardenClient(socket);
  const parts = {
    engine,
    warden,
    clock: createClock(),
    random: createRandom(),
    onTrouble: (what: string, error?: unknown) => log.warn({ err: error }, what),
  };
  const gate = startNetworkGate(parts);
  const shares = startShareGate(parts);
  return {
    async close() {
      await shares.close();
      await gate.close();
      await warden.close();
      await engine.close();
    },
  } satisfies Running;
};
