/** Starts a job in a process of its own and waits for its answer. A drill's process is shut in: it reads the repository and writes its scratch folder. */
import { fork } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { jobCode } from './job-code.ts';
import { JOB_FLAGS, JOB_MEMORY } from './job-memory.ts';
import type { AnswerOf, FromJob, Job, JobProgress } from './job.ts';
import { Fault } from '#std/refused.ts';

export interface JobOptions {
  readonly signal?: AbortSignal;
  /** The data directory: compiled code of jobs is kept there, so that the next one begins sooner. */
  readonly data?: string;
  onProgress?(progress: JobProgress): void;
}

/**
 * Answers when the process of the job is gone, and not before: a program that ends its work on the way out would write to folders that are somebody
 * else's by then. Rejects with the signal's reason when that came before it began.
 */
export async function runJob<J extends Job>(job: J, options: JobOptions = {}): Promise<AnswerOf<J>> {
  const { signal, onProgress } = options;
  signal?.throwIfAborted(); // a signal that was given before is never heard
  if (job.kind === 'take' || job.kind === 'drill') mkdirSync(job.scratch, { recursive: true, mode: 0o700 });
  const { promise, resolve, reject } = Promise.withResolvers<AnswerOf<J>>();
  const child = fork(jobCode().entry, [], {
    execArgv: [...JOB_FLAGS, ...(job.kind === 'drill' ? walls(job) : [])],
    // Not the caller's: no secret that was given to it by its environment goes further.
    env: { PATH: process.env['PATH'] ?? '', LANG: 'C.UTF-8', ...JOB_MEMORY, ...compileCache(job, options) },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  let said: Exclude<FromJob, { readonly kind: 'progress' }> | undefined;
  const stop = (): void => void child.kill('SIGKILL');
  signal?.addEventListener('abort', stop, { once: true });
  child.on('message', (raw) => {
    const message = raw as FromJob; // job-process.ts says nothing else
    if (message.kind === 'progress') onProgress?.(message.progress);
    else said = message;
  });
  child.once('error', reject);
  // After its exit and after all that it said.
  child.once('close', (code, how) => {
    signal?.removeEventListener('abort', stop);
    if (said === undefined)
      reject(new Fault('job-died', `the process of this job ended early (${how ?? code})`, { retry: true }));
    else if (said.kind === 'done') resolve(said.answer as AnswerOf<J>); // each kind of job has its answer
    else reject(new Fault(said.code, said.message, { retry: said.retry }));
  });
  child.send(job);
  return promise;
}

/** In a folder that nobody else writes to: what lies there is run. A drill's walls leave it out. */
function compileCache({ kind }: Job, { data }: JobOptions): { readonly NODE_COMPILE_CACHE?: string } {
  if (data === undefined || kind === 'drill') return {};
  const folder = join(data, 'run', 'compile-cache');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return { NODE_COMPILE_CACHE: folder };
}

/** What Node's permission model lets a drill do. The code is read, too. */
function walls(job: Extract<Job, { kind: 'drill' }>): string[] {
  const { place, passwordFile, scratch } = job;
  if (place.kind === 'folder' && !existsSync(place.folder))
    throw new Fault('no-repository', 'there is no repository at this place: is it mounted?');
  const files =
    place.kind === 'folder'
      ? [place.folder]
      : place.kind === 'rest'
        ? [place.credentialFile, place.caFile, place.certFile, place.keyFile]
        : [place.credentialFile, place.caFile, place.locksFolder];
  const readable = [...jobCode().within, scratch, passwordFile, ...files.filter((file) => file !== undefined)];
  return [
    '--permission',
    '--disable-warning=PERM0006',
    '--allow-worker',
    ...(place.kind === 'folder' ? [] : ['--allow-net', '--disable-warning=ExperimentalWarning']),
    ...readable.map((path) => `--allow-fs-read=${path}`),
    `--allow-fs-write=${scratch}`,
  ];
}
