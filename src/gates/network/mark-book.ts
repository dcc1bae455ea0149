/** The marks that this gate has given, one by one; what the compiler and the listing call `Marks`. */
import type { Marks } from '#plan/network/nft/marks.ts';
import type { Grant } from '#plan/network/nft/rules.ts';
import { MARK_MAX } from '#plan/network/nft/rules.ts';

export interface MarkBook {
  /** The grant's mark; a free one the first time. */
  markOf(id: string): number;
  giveBack(id: string): void;
  /** As the compiler takes them. */
  marks(): Marks;
  /** Those of a listing, which another life of this gate has given; or those that the compiler gave. */
  adopt(grants: readonly Grant[]): void;
}

export function createMarkBook(): MarkBook {
  let byId = new Map<string, number>();
  let taken = new Set<number>();
  let last = 0;
  return {
    markOf(id) {
      const known = byId.get(id);
      if (known !== undefined) return known;
      do last = last >= MARK_MAX ? 1 : last + 1;
      while (taken.has(last));
      byId.set(id, last);
      taken.add(last);
      return last;
    },
    giveBack(id) {
      const mark = byId.get(id);
      if (mark === undefined) return;
      byId.delete(id);
      taken.delete(mark);
    },
    marks: () => ({ byId, last }),
    adopt(grants) {
      byId = new Map(grants.map(({ id, mark }) => [id, mark]));
      taken = new Set(byId.values());
      for (const mark of taken) last = Math.max(last, mark);
    },
  };
}
