/** Installs the locked dependencies when they are missing or the lock has changed since. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './node-binary.mjs';

const STAMP = join(ROOT, 'node_modules', '.picturelock-lock');

export async function ensureDependencies() {
  const wanted = createHash('sha256')
    .update(readFileSync(join(ROOT, 'package-lock.json')))
    .digest('hex');
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) return;
  process.stderr.write('Installing the locked dependencies (about half a minute) ...\n');
  const install = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: ROOT,
    stdio: ['ignore', 2, 2], // stdout belongs to the verb
  });
  if (install.status !== 0) {
    process.stderr.write('npm ci failed. Check that the npm registry can be reached, then try again.\n');
    process.exit(1);
  }
  writeFileSync(STAMP, wanted);
}
