/** Files out of a drop or a chooser, whole folders included. */
import { QUEUED_MAX } from './upload-queue.ts';
import type { ChosenFile } from './upload-queue.ts';

const DEPTH_MAX = 32;

export async function droppedFiles(transfer: DataTransfer): Promise<readonly ChosenFile[]> {
  // Entries have to be taken before the first await: the browser forgets them afterwards.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  const found: ChosenFile[] = [];
  for (const entry of entries) await walk(entry, '', 0, found);
  return found;
}

async function walk(entry: FileSystemEntry, folder: string, depth: number, found: ChosenFile[]): Promise<void> {
  if (depth > DEPTH_MAX || found.length >= QUEUED_MAX || entry.name === '.DS_Store') return;
  const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
  if (entry.isFile) {
    // `isFile` says which of the two it is; the types do not.
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    found.push({ file, relativePath: path });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    const batch = await new Promise<readonly FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (batch.length === 0) return;
    for (const inner of batch) await walk(inner, path, depth + 1, found);
  }
}

export function chosenFiles(files: FileList | readonly File[]): readonly ChosenFile[] {
  return [...files]
    .filter((file) => file.name !== '.DS_Store')
    .map((file) => ({ file, relativePath: file.webkitRelativePath === '' ? file.name : file.webkitRelativePath }));
}
