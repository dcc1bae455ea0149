/** Time. `now` is wall-clock milliseconds since 1970 and may step; `monotonic` is milliseconds that never go back. */
export interface Clock {
  now(): number;
  monotonic(): number;
  /** Calls once, not earlier than `at` (wall clock), however far away; the result cancels. */
  atTime(at: number, run: () => void): () => void;
}
