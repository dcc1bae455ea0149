/** Bundles our code into dist/jobs and dist/service when its sources have changed since (docs/decisions/0014, 0015). */
import { spawnSync } from 'node:child_process';
import { nodeBinary, ROOT } from './node-binary.mjs';

/** False where they could not be made. */
export function ensureBundles() {
  const made = spawnSync(nodeBinary(), ['tool/bundle.ts'], { cwd: ROOT, stdio: ['ignore', 2, 2] });
  if (made.status === 0) return true;
  process.stderr.write(
    'Our code was not bundled, for what stands above; it runs from its sources, which start slower.\n',
  );
  return false;
}
