/** A process for one job: memory and locks are given back to the system whatever happens, and whoever asked goes on. */
import { copyRepository } from './copy.ts';
import { describePlace } from './described.ts';
import { diffOf } from './diff.ts';
import { runDrill } from './drill.ts';
import { readHistory } from './history.ts';
import type { FromJob, Job, JobProgress } from './job.ts';
import { lookInto } from './look.ts';
import { healRepository, rebuildRepositoryIndex, verifyRepository } from './mend.ts';
import { planRepositoryRemoval } from './plan-removal.ts';
import { restoreMixed } from './mixed-restore.ts';
import { restoreFiles } from './restore-files.ts';
import { findStrangers } from './strangers.ts';
import { takeSnapshot } from './take.ts';
import { Fault } from '#std/refused.ts';

const PROGRESS_MS = 250;
let told = 0;

process.once('message', (job) => {
  void work(job as Job); // run-job.ts is the only one that starts this process
});
// Nobody is left to hear the answer.
process.on('disconnect', () => process.exit(0));

async function work(job: Job): Promise<void> {
  try {
    await say({ kind: 'done', answer: await perform(job) });
  } catch (cause) {
    const { code, retry } = cause instanceof Fault ? cause : { code: 'fault', retry: true };
    const message = cause instanceof Error ? cause.message : String(cause);
    await say({ kind: 'failed', code, message, retry });
  }
  process.exit(0);
}

function perform(job: Job) {
  switch (job.kind) {
    case 'take':
      return takeSnapshot(job, progress);
    case 'copy':
      return copyRepository(job, progress);
    case 'keep-locked':
    case 'compare':
      return describePlace(job);
    case 'drill':
      return runDrill(job, progress);
    case 'restore':
      return restoreFiles(job, progress);
    case 'restore-mixed':
      return restoreMixed(job, progress);
    case 'history':
      return readHistory(job);
    case 'diff':
      return diffOf(job);
    case 'verify':
      return verifyRepository(job, progress);
    case 'heal':
      return healRepository(job, progress);
    case 'rebuild-index':
      return rebuildRepositoryIndex(job);
    case 'find-strangers':
      return findStrangers(job);
    case 'plan-removal':
      return planRepositoryRemoval(job);
    case 'look':
      return lookInto(job);
  }
}

function progress(now: JobProgress): void {
  if (performance.now() - told < PROGRESS_MS) return;
  told = performance.now();
  void say({ kind: 'progress', progress: now });
}

function say(message: FromJob): Promise<void> {
  return new Promise((done) => {
    if (process.send === undefined) return done();
    process.send(message, () => done());
  });
}
