/** kill -9 of the real engine under load, over and over on one ledger, with the record of acknowledgements kept outside. */
import assert from 'node:assert/strict';
import { checkAcks, engineLife, temporaryFolder } from './child.ts';
import { chanceFrom } from './seeded.ts';
import { verifyLedger } from './verified.ts';

const MORE_ACKS_MAX = 400;

export interface KillsReport {
  readonly kills: number;
  readonly acks: number;
}

export async function killOverAndOver(kills: number, seed: number): Promise<KillsReport> {
  const folder = temporaryFolder('kills');
  const chance = chanceFrom(seed);
  let acks = 0;
  try {
    for (let run = 1; run <= kills; run += 1) {
      const life = engineLife(folder.path, run);
      await life.acked(1 + chance.whole(MORE_ACKS_MAX));
      life.process.kill('SIGKILL');
      assert.equal(await life.ended, 'SIGKILL', `run ${run}, seed ${seed}: ${life.faults.join(', ')}`);
      await checkAcks(folder.path, life.acks);
      acks += life.acks.size;
    }
    const last = engineLife(folder.path, kills + 1);
    await last.acked(50);
    last.process.kill('SIGTERM');
    assert.equal(await last.ended, 0, last.faults.join(', '));
    await checkAcks(folder.path, last.acks);
    await verifyLedger(folder.path);
    return { kills, acks: acks + last.acks.size };
  } finally {
    folder.remove();
  }
}
