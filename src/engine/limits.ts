/** Every limit of the loop, named once. */

/** Entries that may wait for the disk at once; beyond it `record` and `command` answer `engine-busy`. */
export const IN_FLIGHT_ENTRIES_MAX = 65_536;
export const IN_FLIGHT_BYTES_MAX = 64 * 2 ** 20;
/** Drafts that one call of `record`, or one command, may bring. */
export const DRAFTS_PER_CALL_MAX = 4096;
/** All entries of one call: they go out in one write, whole or not at all. */
export const CALL_BYTES_MAX = 4_000_000;
/** From the first unsealed entry to asking for a checkpoint. */
export const SEAL_AFTER_MS = 50;
export const TICK_MS = 1000;
/** How long a gate may decide from the state it has without hearing from the engine. */
export const LEASE_TTL_MS = 5000;
/** Those who wait for a checkpoint at once. */
export const SEAL_WAITERS_MAX = 65_536;
/** Past states kept for `stateAt`, and how far apart they are at first. */
export const PAST_STATES_MAX = 128;
export const PAST_STATES_APART = 2048;
export const SEARCH_LIMIT_MAX = 500;
/** A snapshot of the state is kept after this many entries, and at the end. */
export const SNAPSHOT_EVERY_ENTRIES = 50_000;
