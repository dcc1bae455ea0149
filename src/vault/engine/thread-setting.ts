/** How the engine's threads are started: with little memory for young objects, and with the compiled sources of the main thread when it keeps such. */
import { getCompileCacheDir } from 'node:module';
import type { WorkerOptions } from 'node:worker_threads';

/** What passes through a thread lies outside its heap; what lies within is small and dies young. */
const YOUNG_MB = 2;

export function threadSetting(workerData: unknown): WorkerOptions {
  const cache = getCompileCacheDir();
  return {
    workerData,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    ...(cache === undefined ? {} : { env: { ...process.env, NODE_COMPILE_CACHE: cache } }),
  };
}
