/** Reads entries as stored; each frame's checksum is checked again on every read. */
import type { FrameWindow } from '#host/ledger/frame-window.ts';
import { createFrameWindow } from '#host/ledger/frame-window.ts';
import type { Positions } from '#host/ledger/positions.ts';
import type { OpenSegment } from '#host/ledger/recovery.ts';
import { SEGMENT_HEAD_BYTES } from '#host/ledger/segment.ts';
import { Fault } from '#std/refused.ts';

export interface IndexedEntry {
  readonly index: number;
  /** Stays valid only until the next entry is asked for. */
  readonly bytes: Uint8Array;
}

/** Entries `from` to `to`; all of them must be there. Frames passed on the way are added to `positions`. */
export async function* readEntries(
  segments: readonly OpenSegment[],
  positions: Positions,
  from: number,
  to: number,
): AsyncGenerator<IndexedEntry> {
  if (from >= to) return;
  const place = positions.before(from);
  if (place === undefined) throw unreadable(from);
  let { segment: number, offset } = place;
  let window: FrameWindow | undefined;
  for (let next = from; next < to;) {
    const segment = segments[number];
    if (segment === undefined) throw unreadable(next);
    window ??= createFrameWindow(segment.file, segment.head.epoch);
    const frame = await window.frameAt(offset);
    if (frame === undefined) {
      // The end of this segment's frames; the next one begins where this one ended, or the frame is damaged.
      if (segments[number + 1]?.head.firstIndex !== next) throw unreadable(next);
      [number, offset, window] = [number + 1, SEGMENT_HEAD_BYTES, undefined];
      continue;
    }
    positions.add({ index: frame.firstIndex, segment: number, offset });
    for (
      let index = Math.max(next, frame.firstIndex);
      index < Math.min(to, frame.firstIndex + frame.count);
      index += 1
    ) {
      const bytes = frame.entries[index - frame.firstIndex];
      if (bytes === undefined) throw unreadable(index);
      yield { index, bytes };
      next = index + 1;
    }
    offset += frame.sizeBytes;
  }
}

function unreadable(index: number): Fault {
  return new Fault('ledger-damaged', `entry ${index} cannot be read back`);
}
