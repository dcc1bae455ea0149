/** Copies a repository and tells each object in a line of its own, to be killed. */
import { writeSync } from 'node:fs';
import { copyRepository } from '#host/backup/copy.ts';
import type { CopyJob } from '#host/backup/job.ts';

const [job] = process.argv.slice(2);
if (job === undefined) throw new Error('give the job');
// The test that starts it says what to copy.
await copyRepository(JSON.parse(job) as CopyJob, ({ files }) => void writeSync(1, `${files}\n`));
