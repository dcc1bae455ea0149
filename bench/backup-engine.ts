/** Our engine as a program of its own, for the benchmark: `init|backup|restore|verify REPOSITORY [FOLDER]`, password in the environment. */
import { backup } from '#vault/engine/backup.ts';
import { createRepository, openRepository } from '#vault/engine/repository.ts';
import { restore } from '#vault/engine/restore.ts';
import { warmRestorers } from '#vault/engine/restorers.ts';
import { verify } from '#vault/engine/verify.ts';
import { openFolderStore } from '#vault/store/folder-store.ts';
import type { StorePlace } from '#vault/store/open-store.ts';

const [verb, folder = '', other = ''] = process.argv.slice(2);
const password = process.env['RESTIC_PASSWORD'] ?? '';
const place: StorePlace = { kind: 'folder', folder, sync: true };
const store = openFolderStore(folder);

async function run(): Promise<unknown> {
  if (verb === 'init')
    return createRepository({ store, password }, { username: 'x', hostname: 'y', created: new Date().toISOString() });
  const isReading = verb === 'verify' || verb === 'restore';
  const warm = isReading ? { warm: warmRestorers(place) } : {};
  const repository = await openRepository({ store, password });
  if (verb === 'verify') {
    const { damage, lostFiles, packs } = await verify(repository, { place, readData: true, ...warm });
    if (damage.length + lostFiles.length > 0) throw new Error('the repository is damaged');
    return { packs };
  }
  const [snapshot] = (await repository.snapshots()).slice(-1);
  if (verb === 'restore') {
    const path = snapshot?.paths[0] ?? '';
    const { failed, ...rest } = await restore(repository, {
      place,
      snapshot: snapshot?.id ?? '',
      path,
      target: other,
      ...warm,
    });
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
