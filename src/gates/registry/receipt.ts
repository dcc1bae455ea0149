/**
 * A gate's answer to an order to cut: what was ended, how fast, and what a probe saw afterwards.
 *
 * `ms` runs from the order's own time to the moment when the last socket was destroyed, or to the last byte that was counted, whichever is
 * later: it never flatters. The probe watches the counters and what is attached for `watchMs`; one more byte, or
 * anything attached again, and the receipt says that bytes did not stop.
 */
import type { Live } from '#gates/registry/live.ts';
import type { RefusalProbe } from '#gates/registry/refusal-probe.ts';
import type { DataOf, Gate } from '#model/events.ts';
import type { SessionId } from '#std/ids.ts';

/** Sessions named in one receipt; the count is always whole. */
const SESSIONS_NAMED_MAX = 500;

export interface Severed {
  readonly orderedAt: number;
  readonly severedAt: number;
  readonly sessions: readonly Live[];
  /** Ended by their own deadline shortly before this order, which is about the same end. */
  readonly earlier: readonly Live[];
  /** Known to the state only (a cookie that nobody used since this gate started). */
  readonly dormant: readonly SessionId[];
  readonly movedBytes: number;
  readonly attached: number;
}

export function movedBytes(sessions: readonly Live[]): number {
  return sessions.reduce((sum, live) => sum + live.bytesIn + live.bytesOut, 0);
}

export function receiptOf(
  gate: Gate,
  severed: Severed,
  refusal: RefusalProbe,
  watchedMs: number,
): DataOf<'cut.receipt'> {
  const { orderedAt, severedAt, sessions, earlier, dormant } = severed;
  const all = [...sessions, ...earlier];
  const lastByteAt = Math.max(0, ...all.map((live) => live.lastByteAt));
  const isStill = movedBytes(sessions) === severed.movedBytes && attachedOf(sessions) <= severed.attached;
  const ids = [...all.map((live) => live.id), ...dormant];
  return {
    gate,
    sessions: ids.slice(0, SESSIONS_NAMED_MAX),
    sessionCount: ids.length,
    orderedAt,
    ...(lastByteAt === 0 ? {} : { lastByteAt }),
    ms: Math.max(0, severedAt - orderedAt, sessions.length === 0 ? 0 : lastByteAt - orderedAt),
    probe: { bytesStopped: isStill, watchedMs: Math.round(watchedMs), ...refusal },
  };
}

/** Of ended sessions only: one that lives on may attach what it still may. */
export function attachedOf(sessions: readonly Live[]): number {
  return sessions.reduce((sum, live) => sum + (live.closed === undefined ? 0 : live.attached), 0);
}
