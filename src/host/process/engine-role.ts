/** The engine's process: the one writer of the ledger, and its socket for gates. */
import type { Start } from './child.ts';
import { VERSION } from './version.ts';
import { openHostEngine } from '#host/engine/open-engine.ts';
import { serveEngine } from '#host/engine-socket/server.ts';
import { createRandom } from '#host/random.ts';

export const startEngine: Start = async ({ data }) => {
  const engine = await openHostEngine({ data, version: VERSION });
  const server = await serveEngine(engine, data, createRandom());
  return {
    failed: engine.failed,
    async close() {
      // The last entries are sealed before anybody is sent away.
      await engine.close();
      await server.close();
    },
  };
};
