/** A repository of ours in a folder of its own, with stock restic beside it; a key that opens fast, because guessing is not what is tested. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFileAttributes } from '#host/backup/file-attributes.ts';
import { backup } from '#vault/engine/backup.ts';
import type { BackupOptions, BackupResult } from '#vault/engine/backup.ts';
import { createManifest, readManifest } from '#vault/engine/manifest.ts';
import type { Manifest, ManifestRow } from '#vault/engine/manifest.ts';
import { createRepository, openRepository } from '#vault/engine/repository.ts';
import type { Repository } from '#vault/engine/repository.ts';
import { restore } from '#vault/engine/restore.ts';
import type { RestoreResult } from '#vault/engine/restore.ts';
import { verify } from '#vault/engine/verify.ts';
import type { VerifyResult } from '#vault/engine/verify.ts';
import { openFolderStore } from '#vault/store/folder-store.ts';
import type { StorePlace } from '#vault/store/open-store.ts';
import { stockCheck } from './stock-check.ts';

export const PASSWORD = 'a password for tests';
const OWNER = { username: 'x', hostname: 'y', created: new Date(0).toISOString() };
const FAST = { N: 1024, r: 1, p: 1 };
/** Before any test runs, so that no snapshot is from the future. */
export const AT = Date.UTC(2026, 0, 15, 12);

/** Stock restic reads the whole repository and finds it right before it is removed, unless the test harmed it. */
export interface TestRepository extends Disposable {
  /** Everything of this test; removed at the end. */
  readonly folder: string;
  readonly source: string;
  readonly path: string;
  readonly place: StorePlace;
  open(): Promise<Repository>;
  backup(options?: Partial<BackupOptions>): Promise<BackupResult>;
  /** The same, and what its manifest says. */
  backupListed(options?: Partial<BackupOptions>): Promise<ListedBackup>;
  restore(snapshot: string, path: string, to: string): Promise<RestoreResult>;
  verify(readData?: boolean): Promise<VerifyResult>;
  /** Runs stock restic on it; what it prints. */
  restic(...args: readonly string[]): string;
  /** The test leaves it damaged, and why: stock restic is not asked at the end. */
  harmed(why: string): void;
}

export interface ListedBackup extends BackupResult {
  readonly manifest: Manifest;
  readonly rows: readonly ManifestRow[];
}

export async function makeRepository(name: string): Promise<TestRepository> {
  const folder = mkdtempSync(join(tmpdir(), `picturelock-${name}-`));
  const [source, path] = [join(folder, 'source'), join(folder, 'repository')];
  mkdirSync(source);
  const attributes = openFileAttributes();
  const store = openFolderStore(path, { sync: false });
  const place: StorePlace = { kind: 'folder', folder: path, sync: false };
  await createRepository({ store, password: PASSWORD }, OWNER, FAST);
  let harm: string | undefined;
  const open = (): Promise<Repository> => openRepository({ store, password: PASSWORD });
  return {
    folder,
    source,
    path,
    place,
    open,
    backup: async (options = {}) => backup(await open(), { source, place, at: AT, attributes, ...options }),
    async backupListed(options = {}) {
      const [repository, file] = [await open(), join(folder, 'manifest')];
      using writer = createManifest({ repository, root: options.source ?? source, file });
      const onFile = writer.add;
      const taken = await backup(repository, { source, place, at: AT, attributes, ...options, onFile });
      const manifest = await writer.done();
      return { ...taken, manifest, rows: readManifest(readFileSync(file)) };
    },
    restore: async (snapshot, from, to) =>
      restore(await open(), { place, snapshot, path: from, target: to, attributes }),
    verify: async (readData = true) => verify(await open(), { place, readData }),
    restic(...args) {
      const env = { PATH: process.env['PATH'] ?? '', HOME: folder, RESTIC_PASSWORD: PASSWORD };
      return execFileSync('restic', ['-r', path, '--no-cache', ...args], { env, encoding: 'utf8', stdio: 'pipe' });
    },
    harmed: (why) => void (harm ??= why),
    [Symbol.dispose]() {
      try {
        if (harm === undefined) stockCheck(path, { RESTIC_PASSWORD: PASSWORD });
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  };
}
