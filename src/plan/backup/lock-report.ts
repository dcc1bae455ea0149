/**
 * What the ledger is told of the locks of a bucket's repository: how they stand, with each change that matters. Pure: whoever looks after them asks with what
 * the newest round noted, and with why it failed when it did.
 */
import type { LocksReport, NamedSome } from '#model/vault-report-shapes.ts';
import { NAMED_MAX, NAME_CHARS_MAX } from '#model/vault-report-shapes.ts';
import { DAY_MS } from '#model/limits.ts';

/** Tries that fail are each on record up to so many; of more, the fourth, eighth, sixteenth ... */
const EACH_UP_TO = 3;
/** A bucket's locks are on record to this share of their length. */
const COARSE_SHARE = 1 / 8;

export interface Measured {
  /** When the first of all objects may be removed. */
  readonly soonest: number;
  /** Keys with a delete marker on top, and keys with a further version. */
  readonly hidden: readonly string[];
  readonly overlaid: readonly string[];
}

export interface LocksNow {
  /** By the newest round that came to an end; undefined when there was none. */
  readonly measured: Measured | undefined;
  readonly failure?: LocksReport['failure'];
  readonly lockDays: number;
}

/** Undefined when the ledger knows it. */
export function locksToReport(known: LocksReport | undefined, now: LocksNow): LocksReport | undefined {
  const { measured, failure } = now;
  if (measured === undefined && failure === undefined) return undefined;
  const report: LocksReport = {
    ...(measured === undefined ? asKnown(known) : asMeasured(measured)),
    ...(failure === undefined ? {} : { failure }),
  };
  return known !== undefined && isKnown(known, report, now.lockDays * DAY_MS) ? undefined : report;
}

function asMeasured({ soonest, hidden, overlaid }: Measured): Omit<LocksReport, 'failure'> {
  return { lockedUntil: Math.max(0, Math.floor(soonest)), hidden: some(hidden), overlaid: some(overlaid) };
}

/** A failure says nothing of how locks and objects stand: what was known of them counts on. */
function asKnown(known: LocksReport | undefined): Omit<LocksReport, 'failure'> {
  const { failure: _, ...rest } = known ?? { hidden: some([]), overlaid: some([]) };
  return rest;
}

function some(names: readonly string[]): NamedSome {
  return { count: names.length, names: names.slice(0, NAMED_MAX).map((name) => name.slice(0, NAME_CHARS_MAX)) };
}

function isKnown(known: LocksReport, report: LocksReport, lockMs: number): boolean {
  const same = (a: NamedSome, b: NamedSome): boolean =>
    a.count === b.count && a.names.join('\n') === b.names.join('\n');
  return (
    same(known.hidden, report.hidden) &&
    same(known.overlaid, report.overlaid) &&
    isSameTime(known.lockedUntil, report.lockedUntil, lockMs) &&
    isSameFailure(known.failure, report.failure)
  );
}

function isSameTime(known: number | undefined, now: number | undefined, lockMs: number): boolean {
  if (known === undefined || now === undefined) return known === now;
  return now >= known && now - known < lockMs * COARSE_SHARE;
}

function isSameFailure(known: LocksReport['failure'], now: LocksReport['failure']): boolean {
  if (known === undefined || now === undefined) return known === now;
  const isTold = now.tries > EACH_UP_TO && !Number.isInteger(Math.log2(now.tries));
  return known.code === now.code && (isTold || known.tries === now.tries);
}
