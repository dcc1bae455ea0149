/** A bucket whose locks are looked after: whoever asks until when it is locked has them measured, and made longer where they run out. */
import { keepLocked } from '#vault/offsite/lock-note.ts';
import { openS3Store } from '#vault/store/s3-store.ts';
import type { S3Place } from '#vault/store/s3-place.ts';
import type { ObjectStore } from '#ports/object-store.ts';

export function openKeptStore(place: S3Place): ObjectStore {
  const store = openS3Store(place);
  return { ...store, lockedUntil: async () => (await keepLocked(store, place, Date.now())).soonest };
}
