/** Our engine as a facility runs it: its code in a bundle (docs/decisions/0014). */
import { dirname, join } from 'node:path';
import { bundleJobs } from '../tool/bundle.ts';
import { JOB_ENTRIES, ROOT } from '#host/process/built-code.mjs';

/** `backup-engine.ts`, once it is bundled. */
export const ENGINE_PROGRAM = join(ROOT, 'dist', 'bench-engine', 'backup-engine.mjs');

export function bundleEngine(): Promise<void> {
  return bundleJobs({ ...JOB_ENTRIES, 'backup-engine': 'bench/backup-engine.ts' }, dirname(ENGINE_PROGRAM));
}
