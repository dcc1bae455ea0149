/** A process for one job: memory and locks are given back to the system whatever happens, and whoever asked goes on. */
import { flushCompileCache } from 'node:module';
import type { FromJob, Job, JobProgress } from './job.ts';
import { Fault } from '#std/refused.ts';

const PROGRESS_MS = 250;
let told = 0;

process.once('message', (job) => {
  void work(job as Job); // run-job.ts is the only one that starts this process
});
// Nobody is left to hear the answer, and the data folder may be somebody else's by now.
process.on('disconnect', die);

/**
 * An exit waits for threads: one of ours may be in a call that never returns, as on a mount that went away, and one of the engine's, which compiles, may
 * wait for a collection that never comes (nodejs/node#54918). What was compiled is kept first, as an exit would.
 */
function leave(): void {
  flushCompileCache();
  die();
}

function die(): void {
  process.kill(process.pid, 'SIGKILL');
}

async function work(job: Job): Promise<void> {
  try {
    await say({ kind: 'done', answer: await perform(job) });
  } catch (cause) {
    const { code, retry } = cause instanceof Fault ? cause : { code: 'fault', retry: true };
    const message = cause instanceof Error ? cause.message : String(cause);
    await say({ kind: 'failed', code, message, retry });
  }
  leave();
}

/** Each kind of job loads what it needs: the whole of it would be a part of every small one's time. */
async function perform(job: Job) {
  switch (job.kind) {
    case 'take':
      return (await import('./take.ts')).takeSnapshot(job, progress);
    case 'copy':
      return (await import('./copy.ts')).copyRepository(job, progress);
    case 'keep-locked':
    case 'compare':
      return (await import('./described.ts')).describePlace(job);
    case 'drill':
      return (await import('./drill.ts')).runDrill(job, progress);
    case 'restore':
      return (await import('./restore-files.ts')).restoreFiles(job, progress);
    case 'restore-mixed':
      return (await import('./mixed-restore.ts')).restoreMixed(job, progress);
    case 'history':
      return (await import('./history.ts')).readHistory(job);
    case 'diff':
      return (await import('./diff.ts')).diffOf(job);
    case 'verify':
      return (await import('./mend.ts')).verifyRepository(job, progress);
    case 'heal':
      return (await import('./mend.ts')).healRepository(job, progress);
    case 'rebuild-index':
      return (await import('./mend.ts')).rebuildRepositoryIndex(job);
    case 'find-strangers':
      return (await import('./strangers.ts')).findStrangers(job);
    case 'plan-removal':
      return (await import('./plan-removal.ts')).planRepositoryRemoval(job);
    case 'look':
      return (await import('./look.ts')).lookInto(job);
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
