/** kill -9 at each stage of the round that folds the journal: before the switch the old journal counts, after it the new one. */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { attach, expectAll, headers, live, prepared, revived, stagesNeed } from './doomed-vault.ts';
import { sha256 } from './served-vault.ts';
import { auditJournal } from '#vault/server/audit.ts';

/** Of one round: the daily renewal synced; then the table named, the past lines named, the switch, and the folder synced. */
const FOLD_STAGES = [
  'fsync,fdatasync 1',
  'rename,renameat,renameat2 1',
  'rename,renameat,renameat2 2',
  'rename,renameat,renameat2 3',
  'fsync,fdatasync 5',
];

async function dieFolding(stage: string, folder: string, acked: ReadonlyMap<string, number>): Promise<void> {
  const [calls = '', when = ''] = stage.split(' ');
  const life = await live(folder);
  await attach(life.child, calls, when);
  life.child.kill('SIGUSR2');
  await life.ended;
  await revived(folder, (url) => expectAll(url, acked));
  await auditJournal(folder);
}

test(
  'killed at each stage of a round that folds the journal: the chain holds, everything is there',
  { skip: stagesNeed },
  async (t) => {
    const home = mkdtempSync(join(tmpdir(), 'picturelock-fold-'));
    const acked = new Map<string, number>();
    try {
      const before = join(home, 'before');
      await prepared(before);
      await revived(before, async (url) => {
        for (const text of ['one', 'two']) {
          const name = sha256(text);
          assert.equal((await fetch(`${url}/data/${name}`, { method: 'POST', headers, body: text })).status, 200);
          acked.set(name, text.length);
        }
      });
      for (const stage of FOLD_STAGES)
        await t.test(stage, async () => {
          const folder = join(home, stage.replaceAll(/\W/g, '-'));
          cpSync(before, folder, { recursive: true });
          await dieFolding(stage, folder, acked);
        });
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  },
);
