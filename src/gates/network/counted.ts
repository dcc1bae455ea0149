/**
 * Packets that the rules counted beside those that the log told of. The log has limits, and may be heard by nobody; a counter has none. A packet
 * is counted before it is told of, so what is missing is looked for one reading later.
 */
import type { PacketCounts } from '#ports/warden.ts';

/** `denied` are refusals, `seen` what would have been refused. */
type Told = 'denied' | 'seen';
type Packets = Readonly<Record<Told, number>>;

export interface Counted {
  tell(as: Told): void;
  /** Of the time up to the last call but one. Nothing of the first readings: who knows when counting began. */
  untold(counts: PacketCounts | undefined, refuses: boolean): Packets;
}

const NONE: Packets = { denied: 0, seen: 0 };

export function createCounted(): Counted {
  const told = { ...NONE };
  const counted = { ...NONE };
  /** As they stood at the last reading; told ones are at least those. */
  let due: Packets = NONE;
  let last: PacketCounts | undefined;
  return {
    tell: (as) => void (told[as] += 1),
    untold(counts, refuses) {
      const missing = { denied: Math.max(0, due.denied - told.denied), seen: Math.max(0, due.seen - told.seen) };
      told.denied += missing.denied;
      told.seen += missing.seen;
      if (counts === undefined) return missing;
      if (last === undefined) {
        [counted.denied, counted.seen] = [told.denied, told.seen];
      } else {
        counted[refuses ? 'denied' : 'seen'] += since(last.refused, counts.refused);
        counted.denied += since(last.quarantined, counts.quarantined) + since(last.spoofed, counts.spoofed);
      }
      last = counts;
      due = { ...counted };
      return missing;
    },
  };
}

/** A table that was loaded whole again counts from 0. */
function since(before: number, now: number): number {
  return now < before ? now : now - before;
}
