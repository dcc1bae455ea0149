/**
 * `npm test [-- PATTERN ...]`: everything, ending with one plain line of counts.
 *
 * Pure folders share one process (fast), and beside it whatever opens sockets or files gets a process per file. A file pattern narrows
 * both to the files whose path contains it. A file ends with its tests, and what it left running ends with the run.
 * What one process compiled is there for the next one: a thousand of them start in a run, and half of what each did was that.
 *
 * Files with real parts run three at a time, and a machine that is busy with something else can make one of them late. So one or two such files that
 * failed are run once more by themselves; a file that passes then counts as passed and is named, with what failed, as UNSTEADY: look at it.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { ensureDebianPackages } from './debian-packages.mjs';
import { nodeBinary, ROOT } from './node-binary.mjs';

/** Tests of pure functions by the dozen: a process of its own ends before all it said is read. */
const MANY_AND_SHORT = [
  'src/vault/detect/structure/',
  'src/vault/detect/watch.test.ts',
  'src/gates/files/portable-name.test.ts',
  'src/gates/files/file-types.test.ts',
];
const PURE = [
  'src/std/',
  'src/model/',
  'src/access/',
  'src/ledger/',
  'src/plan/',
  'src/evidence/',
  'src/ui/',
  ...MANY_AND_SHORT,
];
/** More than there are cores: most of them wait for another process much of the time. */
const FILES_AT_ONCE = 3;
const FILE_TIMEOUT_MS = 300_000;
/** One test of pure functions that waits for what never comes ends, and the others are not kept by it. */
const PURE_ENDS = ['--test-timeout=180000', '--test-force-exit'];
/** A run that hangs ends, with everything that it started, and counts as failed. */
const GROUP_TIMEOUT_MS = 14.25 * 60_000;
/** More files than these that failed are no accident. */
const SECOND_TRIES_MAX = 2;
const SECOND_TRY_TIMEOUT_MS = 2 * 60_000;
/** A process that ends while the engine compiles beside it may wait for that forever (nodejs/node#54918): those of tests compile where they run. */
const CALM_END = ['--no-concurrent-sparkplug', '--no-maglev-build-code-on-background'];

export async function test(patterns) {
  ensureDebianPackages();
  const files = ['src', 'test', 'bench', 'tool']
    .flatMap((folder) => testFiles(join(ROOT, folder)))
    .map((path) => relative(ROOT, path))
    .filter((path) => patterns.length === 0 || patterns.some((pattern) => path.includes(pattern)))
    .sort();
  const isPure = (path) => PURE.some((folder) => path.startsWith(folder));
  const results = mkdtempSync(join(tmpdir(), 'picturelock-test-'));
  const groups = [
    ['pure', files.filter(isPure)],
    ['real', files.filter((path) => !isPure(path))],
  ];
  let isClean = true;
  const counts = new Map();
  // Side by side: the pure ones are one thread's work.
  const running = groups
    .filter(([, { length }]) => length > 0)
    .map(async ([name, group]) => [name, group, await run(name, group, join(results, name), GROUP_TIMEOUT_MS)]);
  for (const [name, group, isRunClean] of await Promise.all(running)) {
    const byFile = readCounts(join(results, name), group, name !== 'pure');
    for (const [file, count] of byFile) counts.set(file, count);
    const failed = [...byFile].filter(([, count]) => count.failed > 0).map(([file]) => file);
    const isWorthIt = name === 'real' && failed.length > 0 && failed.length <= SECOND_TRIES_MAX;
    isClean =
      ((isRunClean && failed.length === 0) || (isWorthIt && (await areSteadyAlone(failed, results, counts)))) &&
      isClean;
  }
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const count of counts.values()) for (const key of Object.keys(total)) total[key] += count[key];
  rmSync(results, { recursive: true });
  keepCounts(counts);
  if (!isClean && total.failed === 0) total.failed = 1; // a file that died before it could say so
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  return total.failed === 0 && total.passed > 0 ? 0 : 1;
}

/** Whether every one of them passes by itself; its counts then stand for the file's. */
async function areSteadyAlone(files, results, counts) {
  for (const [at, file] of files.entries()) {
    console.log(`AGAIN   ${file}, by itself`);
    const path = join(results, `again-${at}`);
    const isClean = await run('again', [file], path, SECOND_TRY_TIMEOUT_MS);
    const again = readCounts(path, [file], true).get(file);
    if (!isClean || again === undefined || again.failed > 0) return false;
    counts.set(file, again);
    console.log(`UNSTEADY ${file}: it passed by itself; what failed beside others stands above`);
  }
  return true;
}

/**
 * By file, nothing when the run was ended before it could say. Results that were lost on their way are a failure, as is a file that ended without
 * having said what it ran: what is not counted was not tested.
 */
function readCounts(path, files, isEachAlone) {
  if (!existsSync(path)) return new Map();
  const told = JSON.parse(readFileSync(path, 'utf8'));
  const counts = new Map(Object.entries(told.files));
  const isSumRight = told.tests === sumOf(counts.values());
  for (const file of files) {
    const count = counts.get(file) ?? { passed: 0, failed: 0, skipped: 0, parents: 0 };
    const arrived = sumOf([count]);
    // Files of one process say nothing of their own; what a process of its own did not come to say, the sum does not know of.
    const isTold = !isEachAlone || count.tests !== undefined;
    if (isSumRight ? isTold : count.tests === arrived) continue;
    console.log(`LOST    ${file}: ${arrived} results arrived, of ${count.tests ?? 'a number that it did not tell'}`);
    counts.set(file, { ...count, failed: count.failed + 1 });
  }
  return counts;
}

/** By file, so that two runs whose sums differ can be laid side by side. */
function keepCounts(counts) {
  mkdirSync(join(ROOT, 'test-results'), { recursive: true });
  const sorted = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
  writeFileSync(
    join(ROOT, 'test-results', 'counts.json'),
    `${JSON.stringify(Object.fromEntries(sorted), undefined, 1)}\n`,
  );
}

function sumOf(counts) {
  let sum = 0;
  for (const { passed, failed, skipped, parents } of counts) sum += passed + failed + skipped + parents;
  return sum;
}

function run(name, files, results, timeoutMs) {
  const args =
    name === 'pure'
      ? ['--test', '--test-isolation=none', ...PURE_ENDS, '--test-reporter=./tool/reporter.mjs', ...files]
      : ['./tool/spread-run.mjs'];
  return new Promise((resolve) => {
    const env = {
      ...process.env,
      PICTURELOCK_TEST_RESULTS: results,
      NODE_COMPILE_CACHE: join(dirname(results), 'compiled'),
      PICTURELOCK_TEST_RUN: JSON.stringify({ files, concurrency: FILES_AT_ONCE, timeoutMs: FILE_TIMEOUT_MS }),
    };
    const child = spawn(nodeBinary(), [...CALM_END, ...args], {
      cwd: ROOT,
      stdio: ['ignore', 'inherit', 'inherit'],
      env,
      detached: true,
    });
    const end = () => endGroup(child.pid);
    const late = setTimeout(() => {
      console.log(`FAILED  the ${name} tests hung for ${timeoutMs / 60_000} minutes`);
      end();
    }, timeoutMs);
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, end);
    child.on('exit', (code) => {
      clearTimeout(late);
      end();
      resolve(code === 0);
    });
  });
}

function endGroup(pid) {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}

function testFiles(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return testFiles(path);
    return entry.name.endsWith('.test.ts') ? [path] : [];
  });
}
