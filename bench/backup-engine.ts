/**
 * Our engine as a program of its own, for the benchmark: `init|backup|restore|verify REPOSITORY [FOLDER]`, password in the environment. As a job of the service
 * does, it loads what its verb needs; threads and code come while the key is derived.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createRepository, openRepository } from '#vault/engine/repository.ts';
import type { NamedSnapshot, Repository } from '#vault/engine/repository.ts';
import { openFolderStore } from '#vault/store/folder-store.ts';
import type { StorePlace } from '#vault/store/open-store.ts';

const [verb, folder = '', other = ''] = process.argv.slice(2);
const password = process.env['RESTIC_PASSWORD'] ?? '';
const place: StorePlace = { kind: 'folder', folder, sync: true };
const store = openFolderStore(folder);

async function run(): Promise<unknown> {
  if (verb === 'init') return runInit();
  const opening = openRepository({ store, password });
  opening.catch(() => undefined);
  switch (verb) {
    case 'verify':
      return runVerify(opening);
    case 'restore':
      return runRestore(opening);
    case 'backup':
      return runBackup(opening);
    default:
      throw new Error(`${verb} is none of init, backup, restore, verify`);
  }
}

/** As a facility makes one: a guess at a password that it made itself costs little. */
async function runInit(): Promise<unknown> {
  const { guessCostOf } = await import('../src/host/backup/repository-keys.ts');
  const owner = { username: 'x', hostname: 'y', created: new Date().toISOString() };
  return createRepository({ store, password }, owner, guessCostOf(password));
}

async function lastOf(repository: Repository): Promise<NamedSnapshot | undefined> {
  return (await repository.snapshots()).at(-1);
}

async function runVerify(opening: Promise<Repository>): Promise<unknown> {
  const { warmRestorers } = await import('#vault/engine/restorers.ts');
  const warm = warmRestorers(place);
  const { verify } = await import('#vault/engine/verify.ts');
  const { damage, lostFiles, packs } = await verify(await opening, { place, readData: true, warm });
  if (damage.length + lostFiles.length > 0) throw new Error('the repository is damaged');
  return { packs };
}

async function runRestore(opening: Promise<Repository>): Promise<unknown> {
  const { warmRestorers } = await import('#vault/engine/restorers.ts');
  const warm = warmRestorers(place);
  const { restore } = await import('#vault/engine/restore.ts');
  const repository = await opening;
  const { id = '', paths = [] } = (await lastOf(repository)) ?? {};
  const options = { place, snapshot: id, path: paths[0] ?? '', target: other, warm };
  const { failed, ...rest } = await restore(repository, options);
  if (failed.length > 0) throw new Error(`not restored: ${JSON.stringify(failed.slice(0, 3))}`);
  return rest;
}

/** With the manifest that a job makes of each snapshot. */
async function runBackup(opening: Promise<Repository>): Promise<unknown> {
  const [{ backup }, { createManifest }] = await Promise.all([
    import('#vault/engine/backup.ts'),
    import('#vault/engine/manifest.ts'),
  ]);
  const scratch = mkdtempSync(`${folder}-manifest-`);
  try {
    const repository = await opening;
    const parent = (await lastOf(repository))?.id;
    using manifest = createManifest({ repository, root: other, file: join(scratch, 'manifest') });
    const options = { source: other, place, at: Date.now(), onFile: manifest.add };
    const taken = await backup(repository, parent === undefined ? options : { ...options, parent });
    await manifest.done();
    const { files, bytes, readBytes, addedBytes } = taken;
    return { files, bytes, readBytes, addedBytes };
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

await run();
