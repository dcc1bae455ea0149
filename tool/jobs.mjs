/** Bundles the code of backup jobs into dist/jobs when its sources have changed since (docs/decisions/0014). */
import { spawnSync } from 'node:child_process';
import { nodeBinary, ROOT } from './node-binary.mjs';

export function ensureJobs() {
  const made = spawnSync(nodeBinary(), ['tool/bundle-jobs.ts'], { cwd: ROOT, stdio: ['ignore', 2, 2] });
  if (made.status === 0) return;
  process.stderr.write('The code of backup jobs was not bundled; what went wrong stands above.\n');
  process.exit(1);
}
