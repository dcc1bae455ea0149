/**
 * A process of its own that is killed after so many renames: of a whole restore, or of the moving of what the test has staged. Its one argument is JSON.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { stateOf } from './restore-state.ts';
import type { RestoreWish } from './restore-state.ts';

export interface KilledRestore {
  readonly killAfter: number;
  readonly wish: RestoreWish;
  readonly staged?: string;
}

const { killAfter, wish, staged } = JSON.parse(process.argv[2] ?? '') as KilledRestore; // the test wrote it

const { renameSync } = fs;
let done = 0;
fs.renameSync = (from, to) => {
  if (done === killAfter) process.kill(process.pid, 'SIGKILL');
  renameSync(from, to);
  done += 1;
};
syncBuiltinESMExports();
const parts = stateOf(wish);
if (staged === undefined) {
  const { performRestore } = await import('#host/backup/run-restore.ts');
  await performRestore(parts, {});
} else {
  const { putInPlace } = await import('#host/backup/put-restored.ts');
  putInPlace(join(wish.data, 'workspaces', wish.project), parts.restore, staged);
}
