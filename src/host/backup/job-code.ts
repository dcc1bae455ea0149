/**
 * Which code a job runs. Its sources are some sixty modules, and a small job is done before they are loaded; bundled into a few files (`npm run build`,
 * docs/decisions/0014) they load in a third of the time. A bundle counts only while it was made from the sources that are here.
 */
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { bundleNow, JOB_ENTRIES, JOBS, ROOT } from '#host/process/built-code.mjs';

export interface JobCode {
  /** What the process of a job runs first. */
  readonly entry: string;
  /** All that it may load lies in or beneath these. */
  readonly within: readonly string[];
}

let chosen: JobCode | undefined;

/** Of the same make as this process, which may have been started before its sources changed. */
export function jobCode(): JobCode {
  if (chosen !== undefined) return chosen;
  const bundle = bundleNow();
  chosen = bundle === undefined ? sources() : bundled(join(bundle, JOBS));
  return chosen;
}

function bundled(folder: string): JobCode {
  return { entry: join(folder, 'job-process.mjs'), within: [folder] };
}

function sources(): JobCode {
  // A folder of packages may be a link to where they really are, and the permission model asks about that place.
  const within = ['src', 'node_modules', 'package.json'].flatMap((name) => [
    join(ROOT, name),
    realpathSync(join(ROOT, name)),
  ]);
  return { entry: join(ROOT, JOB_ENTRIES['job-process']), within };
}
