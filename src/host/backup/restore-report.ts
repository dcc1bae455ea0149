/** Reads the report of a restore that mixed snapshots: lines of JSON in the order of paths. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { restoreReportFile } from './run-restore.ts';
import type { RestoreReportLine } from '#ports/backups.ts';
import type { RestoreId } from '#std/ids.ts';
import type { Outcome } from '#std/refused.ts';
import { ok, refused } from '#std/refused.ts';

const line = z.union([
  z.strictObject({ path: z.string(), snapshot: z.string() }),
  z.strictObject({ path: z.string(), leftOut: z.string() }),
]);

export async function readRestoreReport(
  data: string,
  restore: RestoreId,
  from: number,
  limit: number,
): Promise<Outcome<{ readonly lines: readonly RestoreReportLine[]; readonly of: number }>> {
  const lines: RestoreReportLine[] = [];
  let of = 0;
  try {
    for await (const text of createInterface({ input: createReadStream(restoreReportFile(data, restore)) })) {
      if (of >= from && lines.length < limit) lines.push(line.parse(JSON.parse(text)));
      of += 1;
    }
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause; // an error of Node's file functions
    return refused(
      'no-report',
      'This restore came from one snapshot, so there is no report of which file came from where.',
    );
  }
  return ok({ lines, of });
}
