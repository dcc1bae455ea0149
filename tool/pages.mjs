/** Builds the pages into dist/ui when their sources have changed since. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeBinary, ROOT } from './node-binary.mjs';

const SOURCES = [
  'src/ui',
  'src/std',
  'src/model',
  'src/access',
  'src/evidence',
  'src/api/endpoints.ts',
  'vite.config.ts',
  'package-lock.json',
];
const STAMP = join(ROOT, 'dist', 'ui', '.built-from');

export async function ensurePages() {
  const wanted = digest();
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) return;
  process.stderr.write('Building the pages ...\n');
  rmSync(join(ROOT, 'dist', 'ui'), { recursive: true, force: true });
  const build = spawnSync(nodeBinary(), ['node_modules/vite/bin/vite.js', 'build', '--logLevel', 'warn'], {
    cwd: ROOT,
    stdio: ['ignore', 2, 2],
  });
  if (build.status !== 0) {
    process.stderr.write('The pages did not build; what went wrong stands above.\n');
    process.exit(1);
  }
  mkdirSync(join(ROOT, 'dist', 'ui'), { recursive: true });
  writeFileSync(STAMP, wanted);
}

function digest() {
  const hash = createHash('sha256');
  for (const path of SOURCES.flatMap((source) => files(join(ROOT, source))))
    hash.update(path).update('\0').update(readFileSync(path));
  return hash.digest('hex');
}

function files(path) {
  if (!existsSync(path)) return [];
  if (statSync(path).isFile()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => files(join(path, name)));
}
