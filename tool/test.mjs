/**
 * `npm test [-- PATTERN ...]`: everything, ending with one plain line of counts.
 *
 * Pure folders share one process (fast); whatever opens sockets or files gets a process per file. A file pattern narrows
 * both to the files whose path contains it. A file ends with its tests, and what it left running ends with the run.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { ensureDebianPackages } from './debian-packages.mjs';
import { nodeBinary, ROOT } from './node-binary.mjs';

const PURE = ['src/std/', 'src/model/', 'src/access/', 'src/ledger/', 'src/plan/', 'src/evidence/', 'src/ui/'];
const FILES_AT_ONCE = 2;
const FILE_TIMEOUT_MS = 180_000;
/** A run that hangs ends, with everything that it started, and counts as failed. */
const GROUP_TIMEOUT_MS = 13 * 60_000;

export async function test(patterns) {
  ensureDebianPackages();
  const files = ['src', 'test', 'bench', 'tool']
    .flatMap((folder) => testFiles(join(ROOT, folder)))
    .map((path) => relative(ROOT, path))
    .filter((path) => patterns.length === 0 || patterns.some((pattern) => path.includes(pattern)))
    .sort();
  const isPure = (path) => PURE.some((folder) => path.startsWith(folder));
  const results = mkdtempSync(join(tmpdir(), 'picturelock-test-'));
  let isClean = true;
  for (const [name, group] of [
    ['pure', files.filter(isPure)],
    ['real', files.filter((path) => !isPure(path))],
  ]) {
    if (group.length > 0) isClean = (await run(name, group, join(results, name))) && isClean;
  }
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const name of readdirSync(results)) {
    const counts = JSON.parse(readFileSync(join(results, name), 'utf8'));
    for (const key of Object.keys(total)) total[key] += counts[key];
  }
  rmSync(results, { recursive: true });
  if (!isClean && total.failed === 0) total.failed = 1; // a file that died before it could say so
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  return total.failed === 0 && total.passed > 0 ? 0 : 1;
}

function run(name, files, results) {
  const isolation =
    name === 'pure'
      ? ['--test-isolation=none']
      : [`--test-concurrency=${FILES_AT_ONCE}`, `--test-timeout=${FILE_TIMEOUT_MS}`, '--test-force-exit'];
  const args = ['--test', ...isolation, '--test-reporter=./tool/reporter.mjs', ...files];
  return new Promise((resolve) => {
    const env = { ...process.env, PICTURELOCK_TEST_RESULTS: results };
    const child = spawn(nodeBinary(), args, {
      cwd: ROOT,
      stdio: ['ignore', 'inherit', 'inherit'],
      env,
      detached: true,
    });
    const end = () => endGroup(child.pid);
    const late = setTimeout(() => {
      console.log(`FAILED  the ${name} tests hung for ${GROUP_TIMEOUT_MS / 60_000} minutes`);
      end();
    }, GROUP_TIMEOUT_MS);
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
