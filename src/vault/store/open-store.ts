/** Opens a store by what can be handed to another thread: where it is, not the open thing itself. */
import { openFolderStore } from '#vault/store/folder-store.ts';
import { openRestStore } from '#vault/store/rest-store.ts';
import type { RestPlace } from '#vault/store/rest-store.ts';
import type { ObjectStore } from '#ports/object-store.ts';

export type StorePlace =
  | { readonly kind: 'folder'; readonly folder: string; readonly sync: boolean }
  | ({ readonly kind: 'rest' } & RestPlace);

export function openStore(place: StorePlace): ObjectStore {
  return place.kind === 'folder' ? openFolderStore(place.folder, { sync: place.sync }) : openRestStore(place);
}
