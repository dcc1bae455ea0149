/** A tree with a repository beside it, backed up by the real engine and watched as in service. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { cameBack } from '#vault/detect/test-looks.ts';
import type { PastLooks } from '#vault/detect/past-looks.ts';
import type { Suspicion } from '#vault/detect/suspicion.ts';
import type { Window } from '#vault/detect/planned-windows.ts';
import { createWatch } from '#vault/detect/watch.ts';
import type { WatchResult } from '#vault/detect/watch.ts';
import { backup } from '#vault/engine/backup.ts';
import { createRepository } from '#vault/engine/repository.ts';
import type { Repository } from '#vault/engine/repository.ts';
import { openFolderStore } from '#vault/store/folder-store.ts';

const DAY_MS = 86_400_000;
const OWNER = { username: 'bench', hostname: 'bench', created: new Date(0).toISOString() };
const FAST = { N: 1024, r: 1, p: 1 };

export interface Taken {
  readonly snapshot: string;
  readonly looks: PastLooks;
  readonly at: number;
  /** With no window, and with each of the windows that were asked about. */
  readonly suspicions: readonly Suspicion[];
  readonly ms: number;
}

export interface WatchedTree extends Disposable {
  readonly folder: string;
  readonly source: string;
  write(path: string, bytes: Uint8Array): void;
  remove(path: string): void;
  /** One snapshot, judged once for each list of windows. */
  take(
    before: Taken | undefined,
    windows?: readonly (readonly Window[])[],
    canaries?: ReadonlySet<string>,
  ): Promise<Taken>;
}

export async function makeWatchedTree(name: string): Promise<WatchedTree> {
  const folder = mkdtempSync(join(tmpdir(), `picturelock-bench-${name}-`));
  const [source, path] = [join(folder, 'source'), join(folder, 'repository')];
  mkdirSync(source);
  const store = openFolderStore(path, { sync: false });
  const repository = await createRepository({ store, password: 'bench' }, OWNER, FAST);
  return {
    folder,
    source,
    write(file, bytes) {
      mkdirSync(dirname(join(source, file)), { recursive: true });
      writeFileSync(join(source, file), bytes);
    },
    remove: (file) => rmSync(join(source, file), { recursive: true }),
    take: (before, windows = [[]], canaries = new Set()) =>
      take(repository, { source, path }, before, windows, canaries),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function take(
  repository: Repository,
  place: { readonly source: string; readonly path: string },
  before: Taken | undefined,
  windows: readonly (readonly Window[])[],
  canaries: ReadonlySet<string>,
): Promise<Taken> {
  const { source, path } = place;
  const at = (before?.at ?? 1_700_000_000_000) + DAY_MS;
  // As it comes back from where it is kept.
  const past = await cameBack(before?.looks ?? new Map());
  const span = { after: before?.at ?? at, at };
  const watches = windows.map((one) => createWatch({ source, past, span, windows: one, canaries }));
  const begun = performance.now();
  const done = await backup(repository, {
    source,
    place: { kind: 'folder', folder: path, sync: false },
    at,
    watch: true,
    threads: 1,
    ...(before === undefined ? {} : { parent: before.snapshot }),
    onFile: (file) => watches.forEach((watch) => watch.onFile(file)),
    onUnsteady: (file) => watches.forEach((watch) => watch.onUnsteady(file)),
  });
  const results: readonly WatchResult[] = watches.map((watch) => watch.done());
  const [first] = results;
  if (first === undefined) throw new Error('a snapshot is judged at least once');
  const suspicions = results.map(({ suspicion }) => suspicion);
  return { snapshot: done.snapshot, looks: first.looks, at, suspicions, ms: performance.now() - begun };
}

/** Announces everything in these folders for the day after a snapshot; none is the whole tree. */
export function announced(before: Taken, folders: readonly string[]): readonly Window[] {
  return [{ from: before.at, until: before.at + DAY_MS, folders: [...folders] }];
}
