/**
 * Jobs that wait for a thread, by the file that each writes to. A thread stays with its file, and goes to one that no other thread is at: a kernel lets one
 * write to a file at a time, and who waits for it spins. Only when nothing else is left do two write to the same.
 */
export class JobQueue<J> {
  /** In the order of the first job for each. */
  readonly #waiting = new Map<number, J[]>();
  /** The file that each thread is at. */
  readonly #at: (number | undefined)[];

  constructor(threads: number) {
    this.#at = Array.from({ length: threads });
  }

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  add(file: number, job: J): void {
    const others = this.#waiting.get(file);
    if (others === undefined) this.#waiting.set(file, [job]);
    else others.push(job);
  }

  /** The next one for this thread; undefined when none waits. */
  take(thread: number): J | undefined {
    const file = this.#fileFor(thread);
    if (file === undefined) return undefined;
    const jobs = this.#waiting.get(file);
    const job = jobs?.shift();
    if (jobs?.length === 0) this.#waiting.delete(file);
    return job;
  }

  #fileFor(thread: number): number | undefined {
    const own = this.#at[thread];
    if (own !== undefined && this.#waiting.has(own)) return own;
    for (const file of this.#waiting.keys())
      if (!this.#at.includes(file)) {
        this.#at[thread] = file;
        return file;
      }
    const [shared] = this.#waiting.keys();
    return shared;
  }
}
