/** Downloads of folded sequences: one click, then one frame after the other, each recorded by the server like any other file. */
import { useSyncExternalStore } from 'react';
import { denialOf } from '../data/client.ts';
import { save } from '../data/save.ts';
import { paths } from '../paths.ts';

export interface SequenceDownload {
  readonly id: number;
  readonly alias: string;
  readonly name: string;
  readonly state: 'running' | 'done' | 'stopped' | 'failed';
  readonly savedCount: number;
  readonly count: number;
  readonly savedBytes: number;
  readonly why?: string;
}

interface Frame {
  readonly name: string;
  readonly path: string;
}

let downloads: readonly SequenceDownload[] = [];
let nextId = 1;
const stops = new Map<number, AbortController>();
const listeners = new Set<() => void>();

export function useDownloads(alias: string): readonly SequenceDownload[] {
  return useSyncExternalStore(subscribe, () => downloads).filter((one) => one.alias === alias);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function set(next: readonly SequenceDownload[]) {
  downloads = next;
  for (const listener of listeners) listener();
}

function change(id: number, part: Partial<SequenceDownload>) {
  set(downloads.map((one) => (one.id === id ? { ...one, ...part } : one)));
}

/** Holds one frame in memory at a time; stops at the first frame that is refused. */
export async function downloadSequence(alias: string, name: string, frames: readonly Frame[]): Promise<void> {
  const id = nextId;
  nextId += 1;
  const stop = new AbortController();
  stops.set(id, stop);
  set([...downloads, { id, alias, name, state: 'running', savedCount: 0, count: frames.length, savedBytes: 0 }]);
  try {
    let savedBytes = 0;
    for (const [index, frame] of frames.entries()) {
      const blob = await bytesOf(alias, frame, stop.signal);
      save(blob, frame.name);
      savedBytes += blob.size;
      change(id, { savedCount: index + 1, savedBytes });
    }
    change(id, { state: 'done' });
  } catch (error) {
    if (stop.signal.aborted) change(id, { state: 'stopped' });
    else change(id, { state: 'failed', why: error instanceof Error ? error.message : String(error) });
  } finally {
    stops.delete(id);
  }
}

async function bytesOf(alias: string, frame: Frame, signal: AbortSignal): Promise<Blob> {
  const answer = await fetch(paths.download(alias, frame.path), { signal, credentials: 'same-origin' });
  if (!answer.ok) throw await denialOf(answer);
  return answer.blob();
}

export function stopDownload(id: number) {
  stops.get(id)?.abort();
}

export function forgetDownload(id: number) {
  set(downloads.filter((one) => one.id !== id));
}
