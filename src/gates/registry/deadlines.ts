/**
 * Local absolute deadlines: a binary heap under one timer. A deadline is due when the wall clock has reached it *or* as much
 * monotonic time has passed as lay ahead when it was set, so a wall clock that is set back lengthens nobody's access.
 */
import type { Clock } from '#ports/clock.ts';

/** Deadlines taken back stay in the heap until they are more than this many and outnumber the live ones. */
const TAKEN_BACK_KEPT = 1024;

interface Deadline {
  readonly at: number;
  readonly monotonicAt: number;
  readonly run: () => void;
  over: boolean;
}

export class Deadlines {
  readonly #clock: Clock;
  #heap: Deadline[] = [];
  #takenBack = 0;
  #armedAt = Number.POSITIVE_INFINITY;
  #disarm: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#heap.length - this.#takenBack;
  }

  /** Calls `run` once at `at`, or soon when `at` has passed; the result takes it back. */
  add(at: number, run: () => void): () => void {
    const ahead = Math.max(0, at - this.#clock.now());
    const deadline: Deadline = { at, monotonicAt: this.#clock.monotonic() + ahead, run, over: false };
    this.#heap.push(deadline);
    rise(this.#heap);
    this.#arm();
    return () => this.#takeBack(deadline);
  }

  /** Runs everything that is due by either clock. The sweep calls it too: a timer alone would follow a wall clock set back. */
  runDue(): void {
    const [now, monotonic] = [this.#clock.now(), this.#clock.monotonic()];
    const due = this.#heap
      .filter((deadline) => !deadline.over && (deadline.at <= now || deadline.monotonicAt <= monotonic))
      .sort((a, b) => a.at - b.at);
    for (const deadline of due) deadline.over = true;
    this.#rebuild();
    for (const deadline of due) deadline.run();
    this.#arm();
  }

  close(): void {
    this.#heap = [];
    this.#takenBack = 0;
    this.#arm();
  }

  #takeBack(deadline: Deadline): void {
    if (deadline.over) return;
    deadline.over = true;
    this.#takenBack += 1;
    if (this.#takenBack > TAKEN_BACK_KEPT && this.#takenBack * 2 > this.#heap.length) this.#rebuild();
  }

  /** A sorted array is a heap. */
  #rebuild(): void {
    this.#heap = this.#heap.filter((deadline) => !deadline.over).sort((a, b) => a.at - b.at);
    this.#takenBack = 0;
  }

  #arm(): void {
    const next = this.#heap[0]?.at ?? Number.POSITIVE_INFINITY;
    if (next === this.#armedAt) return;
    this.#disarm?.();
    this.#armedAt = next;
    this.#disarm = next === Number.POSITIVE_INFINITY ? undefined : this.#clock.atTime(next, () => this.#fire());
  }

  #fire(): void {
    this.#disarm = undefined;
    this.#armedAt = Number.POSITIVE_INFINITY;
    this.runDue();
  }
}

/** Moves the last item up to its place. */
function rise(heap: Deadline[]): void {
  let child = heap.length - 1;
  while (child > 0) {
    const parent = (child - 1) >> 1;
    const [upper, lower] = [heap[parent], heap[child]];
    if (upper === undefined || lower === undefined || upper.at <= lower.at) return;
    heap[parent] = lower;
    heap[child] = upper;
    child = parent;
  }
}
