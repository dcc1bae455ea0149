/** Opens a store in a thread, which loads no more than the kind it needs: what a thread loads, it holds for as long as it runs. */
import { openFolderStore } from '#vault/store/folder-store.ts';
import type { StorePlace } from '#vault/store/open-store.ts';
import type { ObjectStore } from '#ports/object-store.ts';

export async function openThreadStore(place: StorePlace): Promise<ObjectStore> {
  if (place.kind === 'folder') return openFolderStore(place.folder, { sync: place.sync });
  const { openRestStore } = await import('#vault/store/rest-store.ts');
  return openRestStore(place);
}
