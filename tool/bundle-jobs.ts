/**
 * Bundles the code of backup jobs and of their threads when its sources have changed since. Chunks lie beside each other, so that a thread's file is found
 * beside whoever starts it, and what is not code beside both.
 */
import { copyFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { rolldown } from 'rolldown';
import { BUILT_FROM, isBuiltFromThese, JOB_BUNDLE, JOB_ENTRIES, sumOf } from '#host/backup/job-code.ts';
import { ROOT } from '#host/process/version.ts';

const BESIDE_CODE = ['src/vault/format/kernel/kernel.wasm'];

/** `entries` by the names of their files, paths from the root. */
export async function bundleJobs(entries: Readonly<Record<string, string>>, folder: string): Promise<void> {
  const bundle = await rolldown({ input: { ...entries }, cwd: ROOT, platform: 'node' });
  const made = `${folder}.${process.pid}`;
  const { output } = await bundle.write({
    dir: made,
    format: 'esm',
    entryFileNames: '[name].mjs',
    chunkFileNames: '[name]-[hash].mjs',
  });
  await bundle.close();
  for (const path of BESIDE_CODE) copyFileSync(join(ROOT, path), join(made, basename(path)));
  const ids = output.flatMap((part) => (part.type === 'chunk' ? part.moduleIds : []));
  const own = ids.map((id) => relative(ROOT, id)).filter((path) => /^[a-z].*\.ts$/.test(path) && !isOfPackage(path));
  // What comes out of packages is known by their lock.
  const from = [...new Set([...own, ...BESIDE_CODE, 'package.json', 'package-lock.json'])].toSorted();
  writeFileSync(join(made, BUILT_FROM), JSON.stringify(Object.fromEntries(from.map((path) => [path, sumOf(path)]))));
  rmSync(folder, { recursive: true, force: true });
  renameSync(made, folder);
}

function isOfPackage(path: string): boolean {
  return path.startsWith('node_modules/');
}

if (import.meta.main && !isBuiltFromThese(JOB_BUNDLE)) {
  mkdirSync(join(ROOT, 'dist'), { recursive: true });
  process.stderr.write('Bundling the code of backup jobs ...\n');
  await bundleJobs(JOB_ENTRIES, JOB_BUNDLE);
}
