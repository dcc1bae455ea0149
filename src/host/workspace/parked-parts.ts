/**
 * Parts between two requests of their upload, kept open so that hashing goes on instead of beginning anew with every chunk that a client sends.
 * A part that changed meanwhile (another process wrote it) is not taken up again.
 */
import type { UploadId } from '#std/ids.ts';
import type { OpenPart } from '#host/workspace/part-file.ts';

const PARKED_MAX = 16;

export class ParkedParts {
  readonly #parked = new Map<UploadId, { readonly part: OpenPart; readonly tag: string }>();

  /** Takes the part over. The longest parked one makes room. */
  park(id: UploadId, part: OpenPart): void {
    this.drop(id);
    this.#parked.set(id, { part, tag: part.tag });
    const [oldest] = this.#parked.keys();
    if (this.#parked.size > PARKED_MAX && oldest !== undefined) this.drop(oldest);
  }

  /** Gives the part back, if it is still as it was left. */
  take(id: UploadId): OpenPart | undefined {
    const parked = this.#parked.get(id);
    if (parked === undefined) return undefined;
    if (parked.part.tag !== parked.tag) {
      this.drop(id);
      return undefined;
    }
    this.#parked.delete(id);
    return parked.part;
  }

  drop(id: UploadId): void {
    const parked = this.#parked.get(id);
    this.#parked.delete(id);
    void parked?.part.close();
  }

  async close(): Promise<void> {
    const parts = [...this.#parked.values()].map(({ part }) => part.close());
    this.#parked.clear();
    await Promise.all(parts);
  }
}
