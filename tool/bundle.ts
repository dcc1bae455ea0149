/**
 * Bundles our code when its sources have changed since: the service's roles and the command line with their threads (docs/decisions/0015), and beneath them
 * backup jobs with theirs, which behind their walls see nothing else (docs/decisions/0014). Chunks lie beside each other, so that a thread's file is found
 * beside whoever starts it, and what is not code beside both.
 */
import { hash } from 'node:crypto';
import { copyFileSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import type { Plugin } from 'rolldown';
import {
  BUILT_FROM,
  isBuiltFromThese,
  JOB_ENTRIES,
  JOBS,
  ROOT,
  SERVICE_BUNDLE,
  SERVICE_ENTRIES,
  sumOf,
} from '#host/process/built-code.mjs';

type Entries = Readonly<Record<string, string>>;

const BESIDE_CODE = ['src/vault/format/kernel/kernel.wasm'];
/** What else a bundle depends on: packages are known by their lock. */
const HOW = ['package.json', 'package-lock.json', 'tsconfig.json', 'tool/bundle.ts'];
/** Left where they are: packages that bring machine code or ask for it, and the verifier, which reads itself and runs when it is what was started. */
const OUTSIDE_OF_SERVICE = [/^ssh2$/, /^@node-rs\/xxhash$/, /\/verify\.mjs$/];
/** A service that runs goes on with the bundle that it began with: this many that are older than the newest stay. */
const OLD_BUNDLES = 8;

/** `entries` by the names of their files, paths from the root. Nothing outside of the folder is loaded. */
export async function bundleJobs(entries: Entries, folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  writeSums(folder, await bundle(entries, folder));
}

/** In a folder of its own, to which `link` leads when it is whole. */
export async function bundleService(link: string, services: Entries, jobs: Entries): Promise<void> {
  const name = `${basename(link)}-${Date.now()}-${process.pid}`;
  const folder = join(dirname(link), name);
  const sums = await bundle(services, folder, OUTSIDE_OF_SERVICE);
  // One word for both: who runs from the one starts the other without asking again.
  writeSums(folder, new Map([...sums, ...(await bundle(jobs, join(folder, JOBS)))]));
  const leading = `${link}.${process.pid}`;
  rmSync(leading, { force: true }); // of one that was killed
  symlinkSync(name, leading);
  renameSync(leading, link);
  const before = readdirSync(dirname(link)).filter((one) => /-\d{13}-\d+$/.test(one) && one.startsWith(basename(link)));
  for (const one of before.toSorted().slice(0, -1 - OLD_BUNDLES))
    rmSync(join(dirname(link), one), { recursive: true, force: true });
}

function writeSums(folder: string, sums: ReadonlyMap<string, string>): void {
  writeFileSync(join(folder, BUILT_FROM), JSON.stringify(Object.fromEntries([...sums].toSorted())));
}

/** Returns the SHA-256 of each file that went in. */
async function bundle(entries: Entries, folder: string, external: RegExp[] = []): Promise<Map<string, string>> {
  const { rolldown } = await import('rolldown'); // asked for only when something has changed
  // Of what is read, when it is read: a source that is edited meanwhile makes a bundle that does not count.
  const sums = new Map([...BESIDE_CODE, ...HOW].map((path) => [path, sumOf(path)]));
  const summed: Plugin = {
    name: 'sums',
    transform: {
      filter: { id: { exclude: /node_modules|^\0/ } },
      handler: (code, id) => void sums.set(relative(ROOT, id), hash('sha256', code)),
    },
  };
  const bundled = await rolldown({ input: { ...entries }, cwd: ROOT, platform: 'node', external, plugins: [summed] });
  await bundled.write({
    dir: folder,
    format: 'esm',
    entryFileNames: '[name].mjs',
    chunkFileNames: '[name]-[hash].mjs',
  });
  await bundled.close();
  for (const path of BESIDE_CODE) copyFileSync(join(ROOT, path), join(folder, basename(path)));
  return sums;
}

if (import.meta.main) {
  mkdirSync(join(ROOT, 'dist'), { recursive: true });
  rmSync(join(ROOT, 'dist', 'jobs'), { recursive: true, force: true }); // where they lay before
  if (!isBuiltFromThese(SERVICE_BUNDLE)) {
    process.stderr.write('Bundling the code of the service and of its jobs ...\n');
    await bundleService(SERVICE_BUNDLE, SERVICE_ENTRIES, JOB_ENTRIES);
  }
}
