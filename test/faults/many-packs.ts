/**
 * Lists of as many packs as a vault of many terabytes has: what is said of them at the end of a take, and compared between two places.
 * Memory stays small. Run by itself it is the job that is measured.
 */
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { JOB_FLAGS, JOB_MEMORY } from '#host/backup/job-memory.ts';
import { describeObjects } from '#host/backup/describe-objects.ts';
import { lackingIn } from '#host/backup/lacking.ts';
import type { ObjectStore } from '#ports/object-store.ts';
import { openFolderStore } from '#vault/store/folder-store.ts';
import { measured } from '../../bench/measured-child.ts';

/** What a job may hold, however much is stored. */
const MEMORY_MB_MAX = 200;
const PACK_BYTES = 4 * 2 ** 20;

export interface ManyPacks {
  readonly peakMb: number;
  readonly seconds: number;
}

export async function listManyPacks(count: number): Promise<ManyPacks> {
  const command = [process.execPath, ...JOB_FLAGS, import.meta.filename, String(count)];
  const { peakMb, wallS } = await measured({ command, env: JOB_MEMORY });
  assert.ok(peakMb <= MEMORY_MB_MAX, `${count} packs took ${peakMb.toFixed(0)} MB of ${MEMORY_MB_MAX}`);
  return { peakMb: Math.round(peakMb), seconds: Math.round(wallS) };
}

/** A store that has these packs and nothing else. */
function storeOf(count: number): ObjectStore {
  return {
    ...openFolderStore('/nowhere'),
    async *each(type) {
      for (let n = 0; type === 'data' && n < count; n += 1)
        yield { name: hash('sha256', `pack ${n}`, 'hex'), bytes: PACK_BYTES };
    },
  };
}

async function list(count: number): Promise<void> {
  const store = storeOf(count);
  const { objects, objectBytes } = await describeObjects(store);
  assert.deepEqual([objects, objectBytes], [count, count * PACK_BYTES]);
  using lacking = await lackingIn(store, storeOf(count - 1), 'data');
  assert.equal([...lacking.rows()].length, 1);
}

if (import.meta.main) await list(Number(process.argv[2]));
