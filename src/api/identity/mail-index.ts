/**
 * Finds the person behind a mail address. Addresses are sealed in the ledger, so they are unsealed once into memory and kept only
 * as a keyed hash (a key of this process), by the sealed field they came from.
 */
import { createHmac } from 'node:crypto';
import type { Sealed } from '#model/events.ts';
import type { Person, State } from '#model/state.ts';
import type { Random } from '#ports/random.ts';
import type { SubjectKeys } from '#ports/subject-keys.ts';
import type { PersonId } from '#std/ids.ts';

const KEY_BYTES = 32;

export function normalMail(mail: string): string {
  return mail.normalize('NFKC').trim().toLowerCase();
}

export class MailIndex {
  readonly #keys: SubjectKeys;
  readonly #key: Uint8Array;
  readonly #hashes = new WeakMap<Sealed, string>();
  #people: State['people'] | undefined;
  #byHash: ReadonlyMap<string, PersonId> = new Map();

  constructor(keys: SubjectKeys, random: Random) {
    this.#keys = keys;
    this.#key = random.bytes(KEY_BYTES);
  }

  /** Erased people are never found. An address of two people finds the one added last. */
  find(state: State, mail: string): Person | undefined {
    if (this.#people !== state.people) this.#rebuild(state.people);
    const id = this.#byHash.get(this.#hash(normalMail(mail)));
    return id === undefined ? undefined : state.people.get(id);
  }

  #rebuild(people: State['people']): void {
    const byHash = new Map<string, PersonId>();
    for (const person of [...people.values()].sort((a, b) => a.addedAt - b.addedAt)) {
      const hash = person.mail === undefined || person.standing === 'erased' ? undefined : this.#hashOf(person.mail);
      if (hash !== undefined) byHash.set(hash, person.id);
    }
    this.#byHash = byHash;
    this.#people = people;
  }

  #hashOf(field: Sealed): string | undefined {
    const known = this.#hashes.get(field);
    if (known !== undefined) return known;
    const mail = this.#keys.unseal(field);
    if (mail === undefined) return undefined;
    const hash = this.#hash(normalMail(mail));
    this.#hashes.set(field, hash);
    return hash;
  }

  #hash(text: string): string {
    return createHmac('sha256', this.#key).update(text, 'utf8').digest('base64');
  }
}
