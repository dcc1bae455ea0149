/**
 * Which code a job runs. Its sources are some sixty modules, and a small job is done before they are loaded; bundled into a few files (`npm run build`,
 * docs/decisions/0014) they load in a third of the time. A bundle counts only while it was made from the sources that are here.
 */
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { isBuiltFromThese, ROOT } from '#host/process/built-code.mjs';

export interface JobCode {
  /** What the process of a job runs first. */
  readonly entry: string;
  /** All that it may load lies in or beneath these. */
  readonly within: readonly string[];
}

/** The entries of the bundle, by the names that their files have there: the job, and the threads that it starts. */
export const JOB_ENTRIES: Readonly<Record<string, string>> = {
  'job-process': 'src/host/backup/job-process.ts',
  'backup-worker': 'src/vault/engine/backup-worker.ts',
  'restore-worker': 'src/vault/engine/restore-worker.ts',
};
export const JOB_BUNDLE = join(ROOT, 'dist', 'jobs');

let chosen: JobCode | undefined;

export function jobCode(): JobCode {
  chosen ??= isBuiltFromThese(JOB_BUNDLE) ? bundled() : sources();
  return chosen;
}

function bundled(): JobCode {
  return { entry: join(JOB_BUNDLE, 'job-process.mjs'), within: [JOB_BUNDLE] };
}

function sources(): JobCode {
  // A folder of packages may be a link to where they really are, and the permission model asks about that place.
  const within = ['src', 'node_modules', 'package.json'].flatMap((name) => [
    join(ROOT, name),
    realpathSync(join(ROOT, name)),
  ]);
  return { entry: join(ROOT, JOB_ENTRIES['job-process'] ?? ''), within };
}
