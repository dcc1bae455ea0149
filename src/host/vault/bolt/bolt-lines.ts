/** The lines of the bolt's own table. */
import { createReadStream } from 'node:fs';
import { z } from 'zod';
import { linesOf } from '#vault/server/journal-lines.ts';
import { Fault } from '#std/refused.ts';

const n = z.int().min(1);
const at = z.number().min(0);
const path = z.string().max(200);
const count = z.int().min(0);

const pathLine = z.strictObject({ n, at, path, until: at });
/** A row as it was when the table was folded. Renewals from line `from` on count for it. */
const rowLine = z.strictObject({ row: path, from: n, until: at, isLeftOut: z.literal(true).optional() });
/** Only as the first line: so many rows follow, and the renewals that still counted. */
const foldedLine = z.strictObject({
  n,
  at,
  folded: z.strictObject({ rows: count, renewals: z.array(z.strictObject({ n, until: at })) }),
});
const otherLine = z.union([
  z.strictObject({ n, at, except: z.array(z.string()), until: at }),
  /** A file whose bytes were these, and not the ones that it is named by, was let go of. Its time stays as it is. */
  z.strictObject({ n, at, damaged: z.string(), sha256: z.string() }),
  z.strictObject({ n, at, released: z.array(z.string()) }),
  foldedLine,
]);
export type RowLine = z.infer<typeof rowLine>;
export type FoldedLine = z.infer<typeof foldedLine>;
/** What is written as it happens. */
export type BookLine = z.infer<typeof pathLine> | Exclude<z.infer<typeof otherLine>, FoldedLine>;
export type AnyLine = BookLine | RowLine | FoldedLine;

const READ_BYTES = 1 << 20;
/** A line about a damaged file is shorter. */
const DAMAGED_BYTES_MAX = 600;
const ROWS_TOGETHER = 2000;

/** Each whole line in its turn, a piece of the file in memory at a time; how many bytes are whole lines. What follows them is torn. */
export async function replay(file: string, apply: (line: AnyLine, bytes: number) => void): Promise<number> {
  let bytes = 0;
  try {
    for await (const raw of rawLines(file)) {
      bytes += raw.length + 1;
      apply(lineOf(JSON.parse(raw.toString('utf8')) as object), bytes); // whatever it is, the shapes look at it
    }
  } catch (cause) {
    throw broken(cause);
  }
  return bytes;
}

export function broken(cause?: unknown): Fault {
  return new Fault('book-broken', 'the bolt\u2019s own table is damaged: nothing is released', { cause });
}

/** Most lines are about one path: they are looked at first. */
function lineOf(parsed: object): AnyLine {
  if ('row' in parsed) return rowLine.parse(parsed);
  return 'path' in parsed ? pathLine.parse(parsed) : otherLine.parse(parsed);
}

function rawLines(file: string, end?: number): AsyncGenerator<Buffer> {
  const parts = createReadStream(file, { highWaterMark: READ_BYTES, ...(end === undefined ? {} : { end }) });
  return linesOf(parts as AsyncIterable<Buffer>);
}

/** The text of a folded table: how it begins, its rows, and from the old file (up to `bytes`) what was ever let go of as damaged. */
export async function* foldedText(
  first: FoldedLine,
  rows: Iterable<RowLine>,
  old: { readonly file: string; readonly bytes: number },
): AsyncGenerator<string> {
  let text = `${JSON.stringify(first)}\n`;
  let together = 0;
  for (const row of rows) {
    text += `${JSON.stringify(row)}\n`;
    together += 1;
    if (together % ROWS_TOGETHER !== 0) continue;
    yield text;
    text = '';
  }
  yield text;
  if (old.bytes === 0) return;
  for await (const raw of rawLines(old.file, old.bytes - 1))
    if (raw.length < DAMAGED_BYTES_MAX && raw.includes('"damaged":')) yield `${raw.toString('utf8')}\n`;
}
