/**
 * State entries cut into messages. What one command made is never divided: a gate that folded the first half would see access that is over
 * and no order to cut yet, a state that never existed. All entries of a command carry one time, so a message ends only
 * where the time changes. (While the clock stands still, because it was set back, only the upper limit ends a message.)
 */
import { ENTRIES_PER_MESSAGE, ENTRIES_PER_MESSAGE_MAX } from '#engine/wire.ts';
import type { Placed } from '#model/events.ts';

/** Whether these are enough for a message and `next` belongs to another command. */
export function isPortion(entries: readonly Placed[], next: Placed): boolean {
  if (entries.length >= ENTRIES_PER_MESSAGE_MAX) return true;
  return entries.length >= ENTRIES_PER_MESSAGE && entries.at(-1)?.entry.at !== next.entry.at;
}

export function* portions(entries: readonly Placed[]): Generator<readonly Placed[]> {
  let portion: Placed[] = [];
  for (const placed of entries) {
    if (isPortion(portion, placed)) {
      yield portion;
      portion = [];
    }
    portion.push(placed);
  }
  if (portion.length > 0) yield portion;
}
