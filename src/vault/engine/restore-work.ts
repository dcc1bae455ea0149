/** What a restore and its threads say to each other; the same threads check packs. */
import type { PackJob, PieceJob } from '#vault/engine/restore-plan.ts';
import type { SealingKey } from '#vault/format/sealing.ts';
import type { StorePlace } from '#vault/store/open-store.ts';

/** What a thread is started with: it loads its code while the repository is still being opened. */
export interface RestorerPlace {
  readonly place: StorePlace;
}

export interface RestorerSetting {
  readonly key: SealingKey;
  /** Where files are written; undefined when pieces are checked only. */
  readonly root: string | undefined;
}

export type ToRestorer =
  | ({ readonly kind: 'begin' } & RestorerSetting)
  | {
      readonly kind: 'pack';
      readonly job: PackJob;
      readonly paths: readonly (readonly [file: number, path: Uint8Array])[];
    }
  | { readonly kind: 'check'; readonly pack: string }
  | { readonly kind: 'close' };

export interface DamagedPiece extends Pick<PieceJob, 'id' | 'nth' | 'targets'> {
  readonly why: string;
}

export interface CheckedPack {
  readonly pack: string;
  readonly bytes: number;
  /** Plain, as it stands at the pack's end; of a damaged one nothing. */
  readonly header: Uint8Array;
  readonly damaged?: string;
}

export type FromRestorer =
  | { readonly kind: 'done'; readonly bytes: number; readonly damaged: readonly DamagedPiece[] }
  | ({ readonly kind: 'checked' } & CheckedPack)
  | { readonly kind: 'closed' }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string; readonly retry: boolean };
