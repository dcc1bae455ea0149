/** One backup as a process that a test can kill, or run as another user: `REPOSITORY SOURCE JOURNAL PASSWORD AT`; prints what it took. */
import { backup } from '#vault/engine/backup.ts';
import { openRepository } from '#vault/engine/repository.ts';
import { openFolderStore } from '#vault/store/folder-store.ts';

const [folder = '', source = '', journal = '', password = '', at = ''] = process.argv.slice(2);
const repository = await openRepository({ store: openFolderStore(folder), password });
const place = { kind: 'folder', folder, sync: true } as const;
const hint = journal === '' ? {} : { journal };
const { files, unsteady } = await backup(repository, { source, place, at: Number(at), ...hint });
console.log(JSON.stringify({ files, unsteady }));
