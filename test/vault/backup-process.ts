/** One backup as a process that a test can kill: `REPOSITORY SOURCE JOURNAL PASSWORD AT`. */
import { backup } from '#vault/engine/backup.ts';
import { openRepository } from '#vault/engine/repository.ts';
import { openFolderStore } from '#vault/store/folder-store.ts';

const [folder = '', source = '', journal = '', password = '', at = ''] = process.argv.slice(2);
const repository = await openRepository({ store: openFolderStore(folder), password });
await backup(repository, { source, place: { kind: 'folder', folder, sync: true }, at: Number(at), journal });
