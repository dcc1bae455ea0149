/**
 * Uploads of this page: a bounded number at a time, each resumable (tus), each with its rate. What was begun and broken off, by the
 * network or by closing the page, goes on from the last byte that the server holds when the same file is chosen again.
 */
import { DetailedError, Upload } from 'tus-js-client';
import { queries } from '../data/query.ts';
import { sampled } from './speed.ts';
import type { Sample } from './speed.ts';

const ENDPOINT = '/uploads';
const RUNNING_MAX = 3;
export const QUEUED_MAX = 5000;
const RETRY_DELAYS_MS = [0, 1000, 3000, 5000, 10_000, 20_000, 30_000, 60_000];

/** `retrying`: the server does not answer; what arrived there is kept, and the upload goes on from it by itself. */
export type UploadState = 'waiting' | 'running' | 'retrying' | 'paused' | 'done' | 'refused' | 'broken';

export interface QueuedUpload {
  readonly id: number;
  readonly project: string;
  readonly folder: string;
  /** The path beneath the folder, when a whole folder was chosen. */
  readonly name: string;
  readonly sizeBytes: number;
  readonly state: UploadState;
  readonly samples: readonly Sample[];
  readonly sentBytes: number;
  readonly why?: { readonly message: string; readonly ask?: string };
}

export interface ChosenFile {
  readonly file: File;
  readonly relativePath: string;
}

let uploads: readonly QueuedUpload[] = [];
let nextId = 1;
const engines = new Map<number, Upload>();
const listeners = new Set<() => void>();

export function subscribeUploads(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function currentUploads(): readonly QueuedUpload[] {
  return uploads;
}

function set(next: readonly QueuedUpload[]) {
  uploads = next;
  for (const listener of listeners) listener();
}

function change(id: number, part: Partial<QueuedUpload>) {
  set(uploads.map((one) => (one.id === id ? { ...one, ...part } : one)));
}

/** Answers how many did not fit into the queue. */
export function addUploads(project: string, folder: string, files: readonly ChosenFile[]): number {
  const room = Math.max(0, QUEUED_MAX - uploads.length);
  const added = files.slice(0, room).map(({ file, relativePath }): QueuedUpload => {
    const id = nextId;
    nextId += 1;
    engines.set(id, engineOf(id, project, folder, file, relativePath));
    return {
      id,
      project,
      folder,
      name: relativePath,
      sizeBytes: file.size,
      state: 'waiting',
      samples: [],
      sentBytes: 0,
    };
  });
  set([...uploads, ...added]);
  advance();
  return files.length - added.length;
}

function engineOf(id: number, project: string, folder: string, file: File, relativePath: string): Upload {
  return new Upload(file, {
    endpoint: ENDPOINT,
    retryDelays: RETRY_DELAYS_MS,
    removeFingerprintOnSuccess: true,
    metadata: { project, path: folder, filename: file.name, relativePath },
    // The same file to another place is another upload.
    fingerprint: () =>
      Promise.resolve(['picturelock', project, folder, relativePath, file.size, file.lastModified].join('\u0000')),
    onProgress: (sentBytes) => {
      const one = uploads.find((other) => other.id === id);
      if (one === undefined) return;
      // The bytes of a try before say nothing of this one's speed.
      const samples = one.state === 'retrying' ? [] : one.samples;
      const state = one.state === 'retrying' ? 'running' : one.state;
      change(id, { state, sentBytes, samples: sampled(samples, { at: Date.now(), bytes: sentBytes }) });
    },
    onShouldRetry: (error) => {
      const again = mayRetry(error.originalResponse?.getStatus() ?? 0);
      if (again && uploads.find((one) => one.id === id)?.state === 'running')
        change(id, { state: 'retrying', samples: [] });
      return again;
    },
    onSuccess: () => finished(id, { state: 'done', sentBytes: file.size }),
    onError: (error) => finished(id, verdictOf(error)),
  });
}

/** Refusals stay refusals; a lost network, a restart and a lock that is still held are worth another try. */
function mayRetry(status: number): boolean {
  return status === 0 || status === 409 || status === 423 || status === 429 || status >= 500;
}

function verdictOf(error: Error): Partial<QueuedUpload> {
  const response = error instanceof DetailedError ? error.originalResponse : null;
  const status = response?.getStatus() ?? 0;
  if (mayRetry(status)) return { state: 'broken', why: { message: 'The connection was lost. What arrived is kept.' } };
  return { state: 'refused', why: reasonIn(response?.getBody() ?? '', status) };
}

export function reasonIn(body: string, status: number): { readonly message: string; readonly ask?: string } {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === 'object' && parsed !== null && 'message' in parsed) {
      const ask = 'ask' in parsed && typeof parsed.ask === 'string' ? { ask: parsed.ask } : {};
      return { message: String(parsed.message), ...ask };
    }
  } catch {
    // Not JSON: the status says what there is to say.
  }
  return { message: `The server refused it (${status}).` };
}

function finished(id: number, part: Partial<QueuedUpload>) {
  change(id, part);
  advance();
  void queries.invalidateQueries({
    predicate: (query) => query.queryKey[0] === 'list-files' || query.queryKey[0] === 'list-set-aside',
  });
}

function advance() {
  const running = uploads.filter((one) => one.state === 'running' || one.state === 'retrying').length;
  for (const one of uploads.filter((other) => other.state === 'waiting').slice(0, RUNNING_MAX - running))
    void start(one.id);
}

async function start(id: number) {
  const engine = engines.get(id);
  if (engine === undefined) return;
  change(id, { state: 'running', samples: [] });
  const earlier = await engine.findPreviousUploads().catch(() => []);
  if (earlier[0] !== undefined) engine.resumeFromPreviousUpload(earlier[0]);
  if (uploads.find((one) => one.id === id)?.state === 'running') engine.start();
}

export function pauseUpload(id: number) {
  change(id, { state: 'paused', samples: [] });
  void engines.get(id)?.abort();
  advance();
}

export function resumeUpload(id: number) {
  change(id, { state: 'waiting', samples: [] });
  advance();
}

/** Throws away what arrived so far. */
export function dropUpload(id: number) {
  const one = uploads.find((other) => other.id === id);
  if (one !== undefined && one.state !== 'done')
    void engines
      .get(id)
      ?.abort(true)
      .catch(() => undefined);
  engines.delete(id);
  set(uploads.filter((other) => other.id !== id));
  advance();
}

export function clearDone() {
  for (const one of uploads) if (one.state === 'done') engines.delete(one.id);
  set(uploads.filter((one) => one.state !== 'done'));
}
