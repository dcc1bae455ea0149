/** One at a time under each name, in the order of asking; other names do not wait. What is taken in and what is swept under one name take turns by it. */
export class Turns {
  /** The end of the newest turn under each name. */
  readonly #newest = new Map<string, Promise<void>>();

  /** Names under which somebody is at work. */
  get size(): number {
    return this.#newest.size;
  }

  async take<T>(name: string, act: () => Promise<T>): Promise<T> {
    const before = this.#newest.get(name);
    const end = this.#begin(name);
    await before;
    try {
      return await act();
    } finally {
      end();
    }
  }

  /** Ends the turn; undefined when somebody is at work there. */
  tryTake(name: string): (() => void) | undefined {
    return this.#newest.has(name) ? undefined : this.#begin(name);
  }

  #begin(name: string): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#newest.set(name, promise);
    return () => {
      if (this.#newest.get(name) === promise) this.#newest.delete(name);
      resolve();
    };
  }
}
