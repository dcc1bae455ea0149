/** Our engine as a program of its own, for the benchmark: `init|backup|restore|verify REPOSITORY [FOLDER]`, password in the environment. */
import { enableCompileCache } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StorePlace } from '#vault/store/open-store.ts';

// As the service does it: sources are compiled at the first start after an update.
enableCompileCache(join(tmpdir(), 'picturelock-bench-compiled'));
const { backup } = await import('#vault/engine/backup.ts');
const { createRepository, openRepository } = await import('#vault/engine/repository.ts');
const { restore } = await import('#vault/engine/restore.ts');
const { verify } = await import('#vault/engine/verify.ts');
const { openFolderStore } = await import('#vault/store/folder-store.ts');

const [verb, folder = '', other = ''] = process.argv.slice(2);
const password = process.env['RESTIC_PASSWORD'] ?? '';
const place: StorePlace = { kind: 'folder', folder, sync: true };
const store = openFolderStore(folder);

async function run(): Promise<unknown> {
  if (verb === 'init')
    return createRepository({ store, password }, { username: 'x', hostname: 'y', created: new Date().toISOString() });
  const repository = await openRepository({ store, password });
  if (verb === 'verify') {
    const { damage, lostFiles, packs } = await verify(repository, { place, readData: true });
    if (damage.length + lostFiles.length > 0) throw new Error('the repository is damaged');
    return { packs };
  }
  const [snapshot] = (await repository.snapshots()).slice(-1);
  if (verb === 'restore') {
    const path = snapshot?.paths[0] ?? '';
    const { failed, ...rest } = await restore(repository, { place, snapshot: snapshot?.id ?? '', path, target: other });
    if (failed.length > 0) throw new Error(`not restored: ${JSON.stringify(failed.slice(0, 3))}`);
    return rest;
  }
  const parent = snapshot === undefined ? {} : { parent: snapshot.id };
  const { files, bytes, readBytes, addedBytes } = await backup(repository, {
    source: other,
    place,
    at: Date.now(),
    ...parent,
  });
  return { files, bytes, readBytes, addedBytes };
}

await run();
