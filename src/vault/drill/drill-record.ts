/** A drill's report: everything that was found, as canonical JSON whose hash the ledger keeps; and the hash by which the next drill names this one. */
import { hash } from 'node:crypto';
import type { DataOf } from '#model/events.ts';
import { canonical } from '#std/canonical.ts';
import type { Json } from '#std/canonical.ts';

export type DrillRecord = DataOf<'drill.finished'>;

/** Files that failed and are named in the record; the report names all. */
export const FAILURES_NAMED_MAX = 50;

/** What the next drill of the same policy says it follows: SHA-256 of this record's canonical JSON. */
export function recordSha256(record: DrillRecord): string {
  return hash('sha256', canonical(record as unknown as Json), 'hex'); // a record of strings, numbers and booleans
}

export function reportSha256(report: string): string {
  return hash('sha256', report, 'hex');
}

/** Whether the records, oldest first, each name the one before. */
export function chainHolds(records: readonly DrillRecord[]): boolean {
  return records.every((record, index) => {
    const before = records[index - 1];
    return record.previous === (before === undefined ? undefined : recordSha256(before));
  });
}
