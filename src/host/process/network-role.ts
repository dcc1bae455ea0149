/** The network gate's process: unprivileged; what it wants done to the packet filter it asks of the warden. */
import type { Running, Start } from './child.ts';
import { startNetworkGate } from '#gates/network/gate.ts';
import { createClock } from '#host/clock.ts';
import { connectEngine } from '#host/engine-socket/client.ts';
import { createRandom } from '#host/random.ts';
import { createWardenClient } from '#host/warden/client.ts';
import { Fault } from '#std/refused.ts';

export const startNetwork: Start = async ({ data, warden: socket }, log) => {
  if (socket === undefined) throw new Fault('no-warden', 'The network gate needs a warden: give --warden SOCKET.');
  const engine = await connectEngine(data);
  const warden = createWardenClient(socket);
  const gate = startNetworkGate({
    engine,
    warden,
    clock: createClock(),
    random: createRandom(),
    onTrouble: (what, error) => log.warn({ err: error }, what),
  });
  return {
    async close() {
      await gate.close();
      await warden.close();
      await engine.close();
    },
  } satisfies Running;
};
