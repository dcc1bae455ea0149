/** Opens a store in a thread, which loads no more than the kind it needs: what a thread loads, it holds for as long as it runs. */
import { openFolderStore } from '#vault/store/folder-store.ts';
import type { StorePlace } from '#vault/store/open-store.ts';
import type { ObjectStore } from '#ports/object-store.ts';

export async function openThreadStore(place: StorePlace): Promise<ObjectStore> {
  switch (place.kind) {
    case 'folder':
      return openFolderStore(place.folder, { sync: place.sync });
    case 'rest':
      return (await import('#vault/store/rest-store.ts')).openRestStore(place);
    case 's3':
      return (await import('#vault/store/s3-store.ts')).openS3Store(place);
  }
}
