/** The backup process: unprivileged, follows the state, and starts a process of its own for each job. With no vault enrolled it only listens. */
import type { Running, Start } from './child.ts';
import { levelWays } from '#host/alerts/alerts.ts';
import { defaultScratch } from '#host/backup/drill-scratch.ts';
import { startWorks } from '#host/backup/works.ts';
import { createClock } from '#host/clock.ts';
import { connectEngine } from '#host/engine-socket/client.ts';
import { openSubjectKeys } from '#host/keys/subject-keys.ts';
import { createRandom } from '#host/random.ts';

export const startBackup: Start = async ({ data, drillScratch, alerts }, log) => {
  const engine = await connectEngine(data);
  // No process of alerts runs then, and the ledger says so.
  if (alerts === undefined && !engine.state().alerts.ways.isEmpty()) await levelWays(engine, []);
  const works = startWorks({
    data,
    scratch: drillScratch ?? defaultScratch(data),
    engine,
    clock: createClock(),
    random: createRandom(),
    keys: openSubjectKeys(data),
    onTrouble: (what, error) => log.warn({ err: error }, what),
  });
  return {
    async close() {
      await works.close();
      await engine.close();
    },
  } satisfies Running;
};
