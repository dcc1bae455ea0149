/** Where a repository lies, and the file that holds its password. */
import type { StorePlace } from '#vault/store/open-store.ts';

export interface RepositoryRef {
  readonly place: StorePlace;
  readonly passwordFile: string;
}
