/** Ids for things that one batch both makes and refers to. */
import type { Id, IdKind } from '#std/ids.ts';
import { ID_RANDOM_BYTES, makeId } from '#std/ids.ts';

export function newId<Kind extends IdKind>(kind: Kind): Id<Kind> {
  return makeId(kind, crypto.getRandomValues(new Uint8Array(ID_RANDOM_BYTES)));
}
