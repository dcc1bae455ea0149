/** Which grant has which mark. A mark is not given to another grant while anything could remember it. */
import { MARK_MAX } from '#plan/network/nft/rules.ts';
import { assert } from '#std/assert.ts';

export interface Marks {
  readonly byId: ReadonlyMap<string, number>;
  /** The last one given; the next is looked for behind it, so a mark rests for as long as possible. */
  readonly last: number;
}

export const NO_MARKS: Marks = { byId: new Map(), last: 0 };

/** Keeps the marks of those that have one, and gives each new one a free mark. Grants that are gone give theirs back. */
export function assignMarks(ids: Iterable<string>, known: Marks): Marks {
  const byId = new Map<string, number>();
  const fresh: string[] = [];
  for (const id of ids) {
    const mark = known.byId.get(id);
    if (mark === undefined) fresh.push(id);
    else byId.set(id, mark);
  }
  const taken = new Set(known.byId.values());
  assert(taken.size + fresh.length < MARK_MAX, 'there are fewer grants than marks');
  let { last } = known;
  for (const id of fresh) {
    do last = last >= MARK_MAX ? 1 : last + 1;
    while (taken.has(last));
    taken.add(last);
    byId.set(id, last);
  }
  return { byId, last };
}
