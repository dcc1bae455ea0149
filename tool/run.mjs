/**
 * The one entry of every npm script. Runs on any Node >= 20 with nothing installed, does the set-up that the verb
 * needs (dependencies, pages, Debian packages), then runs the verb under the pinned Node.
 */
import { spawn } from 'node:child_process';
import { nodeBinary, ROOT } from './node-binary.mjs';
import { ensureDependencies } from './dependencies.mjs';
import { ensureBundles } from './bundles.mjs';
import { ensurePages } from './pages.mjs';

const VERBS = {
  start: { pages: true, bundles: true, run: (args) => node(['src/main.ts', 'start', ...args]) },
  cli: { pages: false, bundles: false, run: (args) => node(['src/cli/start.mjs', ...args]) },
  demo: { pages: true, bundles: true, run: (args) => node(['tool/demo/main.ts', ...args]) },
  test: { pages: true, bundles: true, run: async (args) => (await import('./test.mjs')).test(args) },
  bench: { pages: false, bundles: true, run: (args) => node(['bench/main.ts', ...args]) },
  faults: { pages: false, bundles: true, run: (args) => node(['test/faults/long.ts', ...args]) },
  build: { pages: true, bundles: true, run: async (_, isBundled) => (isBundled ? 0 : 1) },
  check: { pages: false, bundles: false, run: async () => (await import('./check.mjs')).check() },
};

const [verb, ...args] = process.argv.slice(2);
const known = Object.hasOwn(VERBS, verb ?? '') ? VERBS[verb] : undefined;
if (known === undefined) {
  console.error(`usage: npm run ${Object.keys(VERBS).join('|')}`);
  process.exit(2);
}
await ensureDependencies();
if (known.pages) await ensurePages();
const isBundled = known.bundles && ensureBundles();
process.exitCode = await known.run(args, isBundled);

/** Runs the pinned Node in the foreground; signals reach it, and its exit code is ours. */
function node(args) {
  return new Promise((resolve) => {
    const child = spawn(nodeBinary(), args, { cwd: ROOT, stdio: 'inherit' });
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
    child.on('exit', (code, signal) => resolve(code ?? (signal === null ? 1 : 130)));
    child.on('error', (error) => {
      console.error(error.message);
      resolve(1);
    });
  });
}
