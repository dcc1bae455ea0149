/**
 * Which blobs are stored or being stored, shared between threads: whoever claims an id first stores it. What was stored before the backup began is looked
 * up where the index has it; claims go with the backup: what one that failed had claimed, nobody has.
 */
import { lookUp } from '#vault/engine/blob-index.ts';
import type { SharedRows } from '#vault/engine/blob-rows.ts';
import { ClaimedIds } from '#vault/engine/claimed-ids.ts';
import type { SharedClaims } from '#vault/engine/claimed-ids.ts';
import type { IdSlotsOptions } from '#vault/engine/id-slots.ts';
import type { BlobType } from '#vault/format/blob.ts';
import { Bug } from '#std/assert.ts';

export interface SharedKnown {
  readonly stored: SharedRows;
  readonly claimed: SharedClaims;
  readonly lock: SharedArrayBuffer;
}

const FREE = 0;
const TAKEN = 1;
const LOCK_BYTES = 4;
/** A claim takes microseconds; one in some hundred thousand lays all that are in memory aside, among all that were. */
const LOCK_MS_MAX = 600_000;

export class KnownBlobs {
  readonly shared: SharedKnown;
  readonly #isStored: (id: Uint8Array, type: BlobType) => boolean;
  readonly #claimed: ClaimedIds;
  readonly #lock: Int32Array<SharedArrayBuffer>;

  constructor(shared: SharedKnown) {
    this.shared = shared;
    this.#isStored = lookUp(shared.stored);
    this.#claimed = new ClaimedIds(shared.claimed);
    this.#lock = new Int32Array(shared.lock);
  }

  /** Beside those that are stored, which stay as they are meanwhile. `fd` is an empty file for what is too much for memory, `slots` for tests. */
  static create(stored: SharedRows, fd?: number, slots?: IdSlotsOptions): KnownBlobs {
    const claimed = ClaimedIds.create(fd, slots).shared;
    return new KnownBlobs({ stored, claimed, lock: new SharedArrayBuffer(LOCK_BYTES) });
  }

  /** True when nobody had it: the caller stores the blob. A file that has the bytes of a folder is stored as well as the folder, as the format asks. */
  claim(type: BlobType, id: Uint8Array): boolean {
    if (this.#isStored(id, type)) return false;
    this.#take();
    try {
      return this.#claimed.add(type === 'data' ? id : turned(id));
    } finally {
      Atomics.store(this.#lock, 0, FREE);
      Atomics.notify(this.#lock, 0, 1);
    }
  }

  #take(): void {
    while (Atomics.compareExchange(this.#lock, 0, FREE, TAKEN) !== FREE)
      if (Atomics.wait(this.#lock, 0, TAKEN, LOCK_MS_MAX) === 'timed-out')
        throw new Bug('a thread of the backup claims a piece for ever');
  }
}

/** What a folder is claimed by: no bytes have this SHA-256 that anybody could find. */
function turned(id: Uint8Array): Uint8Array {
  return id.map((byte) => byte ^ 0xff);
}
