/**
 * Which code a process runs: a bundle (docs/decisions/0014, 0015) while that was made from the sources that are here, and those sources when there is none, or
 * when anything that went into it differs.
 *
 * Every start asks this first. So this module is plain JavaScript and loads no package: to strip the types of its first module costs a process more than all
 * that is done here.
 */
import { hash } from 'node:crypto';
import { closeSync, existsSync, openSync, readFileSync, readSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The folder that holds package.json, `src` and `dist`, wherever beneath it this code lies. */
export const ROOT = rootOf(import.meta.dirname);
/** In a bundle: the SHA-256 of each file that it was made from, by its path from the root. */
export const BUILT_FROM = 'built-from.json';
/** The service's roles and the command line: a link to the folder of the newest bundle. A service that runs keeps the one that it began with. */
export const SERVICE_BUNDLE = join(ROOT, 'dist', 'service');
/** What a person or a supervisor starts, and the threads of those. */
export const SERVICE_ENTRIES = {
  service: 'src/host/process/service.ts',
  picturelock: 'src/cli/picturelock.ts',
  'sealer-thread': 'src/host/ledger/sealer-thread.ts',
  'index-worker': 'src/host/index/index-worker.ts',
  'bundle-thread': 'src/host/evidence/bundle-thread.ts',
  'part-thread': 'src/host/workspace/part-thread.ts',
  'backup-worker': 'src/vault/engine/backup-worker.ts',
  'restore-worker': 'src/vault/engine/restore-worker.ts',
};
/** Beneath it: backup jobs, and the threads of those. */
export const JOBS = 'jobs';
export const JOB_ENTRIES = {
  'job-process': 'src/host/backup/job-process.ts',
  'backup-worker': 'src/vault/engine/backup-worker.ts',
  'restore-worker': 'src/vault/engine/restore-worker.ts',
};

const WRITABLE_BY_ALL = 0o002;
const room = Buffer.allocUnsafeSlow(1 << 19);

/** What to import for one of the entries. */
export function startOf(name) {
  const folder = bundleNow();
  return pathToFileURL(folder === undefined ? join(ROOT, SERVICE_ENTRIES[name]) : join(folder, `${name}.mjs`)).href;
}

/** The folder of the bundle that this code runs from, for as long as it runs; else of the one that was made from these sources, if there is one. */
export function bundleNow() {
  if (existsSync(join(import.meta.dirname, BUILT_FROM))) return import.meta.dirname;
  // The one that is asked about, whatever the link leads to by then.
  const folder = existsSync(SERVICE_BUNDLE) ? realpathSync(SERVICE_BUNDLE) : SERVICE_BUNDLE;
  // A link that leads out of where bundles are made is none of ours.
  const isInPlace = basename(dirname(folder)) === 'dist' && dirname(dirname(folder)) === realpathSync(ROOT);
  return isInPlace && isBuiltFromThese(folder) ? folder : undefined;
}

/** Whether there is a bundle in the folder, made from the sources as they are now, by somebody who could change those as well. */
export function isBuiltFromThese(folder) {
  try {
    const files = Object.entries(JSON.parse(readFileSync(join(folder, BUILT_FROM), 'utf8')));
    return isOfOwner(folder) && files.length > 0 && files.every(([path, sum]) => sumOf(path) === sum);
  } catch {
    return false; // there is none, or a source that it was made from is gone
  }
}

/** `path` from the root. */
export function sumOf(path) {
  const whole = `${ROOT}/${path}`;
  const file = openSync(whole);
  let length;
  try {
    length = readSync(file, room);
  } finally {
    closeSync(file);
  }
  // Hundreds of small files: to ask each for its size and to make room for it takes longer than to read it.
  return hash('sha256', length < room.length ? room.subarray(0, length) : readFileSync(whole));
}

/** What root runs from a checkout of root's is nobody else's code: neither the folder nor the one that it lies in, where it could be exchanged. */
function isOfOwner(folder) {
  const owners = [0, process.getuid?.(), statSync(join(ROOT, 'package.json')).uid];
  return [folder, dirname(folder)].every((one) => {
    const { uid, mode } = statSync(one);
    return owners.includes(uid) && (mode & WRITABLE_BY_ALL) === 0;
  });
}

/** By its name alone: behind the walls of a job nothing above its code may be looked at. */
function rootOf(folder) {
  const above = dirname(folder);
  return above === folder || ['src', 'dist'].includes(basename(folder)) ? above : rootOf(above);
}
