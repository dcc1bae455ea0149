/** Which uploads a connection of this process is writing right now, so that a client that comes back can end its own dead one. */
import type { PersonId, UploadId } from '#std/ids.ts';

/** A connection that was told to end has this long to let go. */
const LET_GO_MS = 5000;

export class Running {
  readonly #running = new Map<
    UploadId,
    { readonly person: PersonId; readonly end: () => void; readonly left: Promise<void> }
  >();

  has(upload: UploadId): boolean {
    return this.#running.has(upload);
  }

  /** The result leaves. */
  enter(upload: UploadId, person: PersonId, end: () => void): () => void {
    const { promise: left, resolve } = Promise.withResolvers<void>();
    const mine = { person, end, left };
    this.#running.set(upload, mine);
    return () => {
      if (this.#running.get(upload) === mine) this.#running.delete(upload);
      resolve();
    };
  }

  /** Ends the connection of the same person that writes this upload, and waits until its bytes are safe. */
  async end(upload: UploadId, person: PersonId): Promise<void> {
    const running = this.#running.get(upload);
    if (running === undefined || running.person !== person) return;
    running.end();
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, LET_GO_MS);
    await Promise.race([running.left, late]);
    clearTimeout(timer);
  }
}
