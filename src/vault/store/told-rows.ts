/** A list that broke off and is asked for again: what was told already is passed over, as long as the new list begins with just that. */
import { createHash } from 'node:crypto';
import type { StoredObject } from '#ports/object-store.ts';
import { Fault } from '#std/refused.ts';

export class ToldRows {
  readonly #sum = createHash('sha256');
  #count = 0;

  /** Rejects with a Fault `list-changed` when the list does not begin with what was told. */
  async *rest(list: AsyncIterable<StoredObject>): AsyncGenerator<StoredObject> {
    const [told, wanted, again] = [this.#count, this.#sum.copy().digest('hex'), createHash('sha256')];
    let rows = 0;
    for await (const row of list) {
      rows += 1;
      const { name, bytes } = row;
      if (rows <= told) again.update(`${name} ${bytes}\n`);
      if (rows === told && again.digest('hex') !== wanted) throw changed();
      if (rows <= told) continue;
      this.#sum.update(`${name} ${bytes}\n`);
      this.#count += 1;
      yield row;
    }
    if (rows < told) throw changed();
  }
}

function changed(): Fault {
  return new Fault('list-changed', 'the list of the vault broke off, and is another one now', { retry: true });
}
