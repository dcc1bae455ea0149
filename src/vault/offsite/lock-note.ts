/**
 * What the newest lock round over a bucket measured, in a file beside the lock files of its clients. Locks in compliance mode never get
 * shorter, so a note stays true; losing it costs a round over everything.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { runLockRound } from '#vault/offsite/lock-round.ts';
import type { LockRound } from '#vault/offsite/lock-round.ts';
import type { S3Store } from '#vault/store/s3-store.ts';
import { Fault } from '#std/refused.ts';

const DAY_MS = 86_400_000;
const names = z.array(z.string().max(500)).max(100);

const shape = z.strictObject({
  /** When the newest round ended, and the newest one over everything. */
  at: z.int(),
  fullAt: z.int(),
  /** By the store's clock: what is older was measured. */
  seenTo: z.number(),
  /** When the first of all objects may be removed. */
  soonest: z.int(),
  objects: z.int().min(0),
  bytes: z.int().min(0),
  extended: z.int().min(0),
  hidden: names,
  overlaid: names,
  lost: names,
  failed: names,
});
export type LockNote = z.infer<typeof shape>;

export interface LockPlace {
  readonly locksFolder: string;
  readonly lockDays: number;
}

export function readLockNote({ locksFolder }: LockPlace): LockNote | undefined {
  try {
    const parsed = shape.safeParse(JSON.parse(readFileSync(join(locksFolder, 'round.json'), 'utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** Half of a lock is left when it is made longer; the whole bucket is looked at four times within that half. */
export function isRoundDue(note: LockNote | undefined, { lockDays }: LockPlace, at: number): boolean {
  if (note === undefined || note.lost.length + note.failed.length > 0) return true;
  const halfMs = (lockDays * DAY_MS) / 2;
  return note.soonest < at + halfMs || at - note.fullAt > halfMs / 4;
}

/**
 * Measures what is new, or everything when that is due, makes locks longer that run out, and notes it. A Fault `offsite-damaged` when an object has no
 * version that is right, or `not-locked` when a lock could not be read or made longer: then no copy is complete there.
 */
export async function keepLocked(store: S3Store, place: LockPlace, at: number): Promise<LockNote> {
  const before = readLockNote(place);
  const isFull = isRoundDue(before, place, at);
  const lockMs = place.lockDays * DAY_MS;
  const since = isFull || before === undefined ? {} : { since: before.seenTo };
  const round = await runLockRound(store, { atLeast: at + lockMs / 2, until: at + lockMs, ...since });
  const soonest = Math.min(isFull ? Infinity : (before?.soonest ?? Infinity), round.soonest ?? Infinity);
  const times = { at, fullAt: isFull ? at : (before?.fullAt ?? at), soonest };
  // What was once there stays counted: a bucket that holds fewer objects is said to, until they are there again.
  const counted = Math.max(round.objects, before?.objects ?? 0);
  const note = noteOf(round, times, counted);
  writeNote(place, note);
  if (round.objects < counted)
    throw new Fault(
      'offsite-damaged',
      `${counted - round.objects} objects are gone from the bucket: copy them again from the first vault`,
    );
  const [lost, failed] = [round.lost[0], round.failed[0]];
  if (lost !== undefined)
    throw new Fault(
      'offsite-damaged',
      `no version of ${lost} is what its name says: copy it again from the first vault`,
    );
  if (failed !== undefined) throw new Fault('not-locked', `locks could not be kept: ${failed}`, { retry: true });
  return note;
}

function noteOf(round: LockRound, times: Pick<LockNote, 'at' | 'fullAt' | 'soonest'>, objects: number): LockNote {
  const { seenTo, bytes, extended, hidden, overlaid, lost, failed } = round;
  const soonest = Number.isFinite(times.soonest) ? Math.floor(times.soonest) : times.at;
  const cut = (list: readonly string[]): string[] => list.map((text) => text.slice(0, 500));
  return {
    ...times,
    soonest,
    seenTo,
    objects,
    bytes,
    extended,
    hidden: cut(hidden),
    overlaid: cut(overlaid),
    lost: cut(lost),
    failed: cut(failed),
  };
}

function writeNote({ locksFolder }: LockPlace, note: LockNote): void {
  mkdirSync(locksFolder, { recursive: true, mode: 0o700 });
  const path = join(locksFolder, 'round.json');
  const fresh = `${path}.${process.pid}.new`; // a copy and a round may end at the same time, each in a process of its own
  writeFileSync(fresh, JSON.stringify(note), { mode: 0o600, flush: true });
  renameSync(fresh, path);
}
