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
}

/** A look at where a session's bytes pass, when that is not here. */
export interface Seen {
  readonly isStopped: boolean;
  /** Nothing of it was there any more at this time. */
  readonly stoppedAt?: number;
  /** What it was told by. */
  readonly rule: string;
}
/** Nothing to be told when these sessions had nothing there. */
export type Watch = (sessions: readonly SessionId[]) => Promise<Seen | undefined>;

/** A receipt by what was seen elsewhere: the end is when that look found nothing, not when it was asked for. */
export function withSeen(receipt: DataOf<'cut.receipt'>, { isStopped, stoppedAt, rule }: Seen): DataOf<'cut.receipt'> {
  const ms = stoppedAt === undefined ? receipt.ms : Math.max(receipt.ms, stoppedAt - receipt.orderedAt);
  const accessRefused = receipt.probe.accessRefused && isStopped;
  return { ...receipt, ms, probe: { ...receipt.probe, bytesStopped: isStopped, accessRefused, rule } };
}

/** What each session had moved, once writes that were under way at the cut had been counted. */
export type Baseline = ReadonlyMap<Live, number>;

/**
 * A browser session that lives on and is moving other projects' bytes is not in it: its counters cannot tell one from the other. What was
 * cut of it is a connection that has been reset.
 */
export function baselineOf(sessions: readonly Live[]): Baseline {
  return new Map(sessions.filter(isQuiet).map((live) => [live, live.bytesIn + live.bytesOut]));
}

function isQuiet(live: Live): boolean {
  return live.closed !== undefined || live.attached === 0;
}

/** Nothing was attached to an ended session, and nothing moved. */
function isStill(baseline: Baseline): boolean {
  return [...baseline].every(([live, moved]) =>
    live.closed === undefined && live.attached > 0
      ? true
      : live.attached === 0 && live.bytesIn + live.bytesOut === moved,
  );
}

export function receiptOf(
  gate: Gate,
  severed: Severed,
  baseline: Baseline,
  refusal: RefusalProbe,
  watchedMs: number,
): DataOf<'cut.receipt'> {
  const { orderedAt, severedAt, sessions, earlier, dormant } = severed;
  const all = [...sessions, ...earlier];
  const lastByteAt = Math.max(0, ...all.map((live) => live.lastByteAt));
  const ids = [...all.map((live) => live.id), ...dormant];
  return {
    gate,
    sessions: ids.slice(0, SESSIONS_NAMED_MAX),
    sessionCount: ids.length,
    orderedAt,
    ...(lastByteAt === 0 ? {} : { lastByteAt }),
    ms: Math.max(0, severedAt - orderedAt, sessions.length === 0 ? 0 : lastByteAt - orderedAt),
    probe: { bytesStopped: isStill(baseline), watchedMs: Math.round(watchedMs), ...refusal },
  };
}
