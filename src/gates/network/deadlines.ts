/**
 * Ends on a clock that nobody can set. A grant's end is wall-clock time; when it is first seen, what is left of it is fixed on the monotonic
 * clock, and from then on it ends at whichever of the two comes first. So a clock that is set back gives nobody an hour more.
 */
import type { Policy } from '#plan/network/policy.ts';
import { TIME_MAX } from '#model/limits.ts';
import type { Clock } from '#ports/clock.ts';

export interface Deadlines {
  /** The grant's end as wall-clock time of now. */
  endOf(id: string, until: number): number;
  /** A policy whose grants end by their deadlines. */
  applied(policy: Policy): Policy;
  forget(id: string): void;
  /** Keeps only these. */
  keep(ids: ReadonlySet<string>): void;
}

export function createDeadlines(clock: Pick<Clock, 'now' | 'monotonic'>): Deadlines {
  const known = new Map<string, number>();

  function endOf(id: string, until: number): number {
    const [now, monotonic] = [clock.now(), clock.monotonic()];
    const seen = known.get(id);
    const left = until - now;
    const deadline = seen === undefined ? monotonic + left : Math.min(seen, monotonic + left);
    known.set(id, deadline);
    return Math.min(until, Math.floor(now + deadline - monotonic));
  }

  return {
    endOf,
    applied(policy) {
      const ends = new Map<string, number>();
      const last = (id: string, until: number): number => {
        if (until >= TIME_MAX) return until;
        let end = ends.get(id);
        if (end === undefined) ends.set(id, (end = endOf(id, until + 1) - 1));
        return end;
      };
      const later = <B extends Policy['v4'][number] | Policy['v6'][number]>(box: B): readonly B[] => {
        const end = last(box.because, box.time.last);
        return end < box.time.first ? [] : [{ ...box, time: { first: box.time.first, last: end } }];
      };
      return { ...policy, v4: policy.v4.flatMap(later), v6: policy.v6.flatMap(later) };
    },
    forget: (id) => void known.delete(id),
    keep(ids) {
      for (const id of known.keys()) if (!ids.has(id)) known.delete(id);
    },
  };
}
