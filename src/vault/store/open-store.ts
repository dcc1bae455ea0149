/** Opens a store by what can be handed to another thread: where it is, not the open thing itself. */
import { openFolderStore } from '#vault/store/folder-store.ts';
import { openRestStore } from '#vault/store/rest-store.ts';
import type { RestPlace } from '#vault/store/rest-store.ts';
import { openKeptStore } from '#vault/offsite/kept-store.ts';
import type { S3Place } from '#vault/store/s3-place.ts';
import type { ObjectStore } from '#ports/object-store.ts';

export type StorePlace =
  | { readonly kind: 'folder'; readonly folder: string; readonly sync: boolean }
  | ({ readonly kind: 'rest' } & RestPlace)
  | ({ readonly kind: 's3' } & S3Place);

export function openStore(place: StorePlace): ObjectStore {
  switch (place.kind) {
    case 'folder':
      return openFolderStore(place.folder, { sync: place.sync });
    case 'rest':
      return openRestStore(place);
    case 's3':
      return openKeptStore(place);
  }
}
