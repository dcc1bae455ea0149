/**
 * The files of a journal that was folded: the table as it was after line `n`, and every line up to there. Compressed; what a `folded` line commits
 * to is the SHA-256 of what they hold, so nobody has to keep a compressor's bytes.
 */
import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline as joined, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createZstdCompress, createZstdDecompress } from 'node:zlib';
import { z } from 'zod';
import type { Held, HoldingsFrame } from '#vault/server/holdings.ts';
import { linesOf } from '#vault/server/journal-lines.ts';
import { Fault } from '#std/refused.ts';

/** What the lines fold to, and back. `Holdings` is one. */
export interface Table {
  frame(): HoldingsFrame;
  all(): Iterable<Held>;
  restore(frame: HoldingsFrame, rows: Iterable<Held>): void;
}

const ROWS_TOGETHER = 2000;
const count = z.int().min(0);
const frameShape = z.strictObject({
  n: count,
  at: count,
  windowUntil: count,
  renewedAt: count,
  renewals: z.array(z.strictObject({ n: count, until: count })),
  removals: z.array(z.tuple([z.string().max(40), count, count])),
  hours: z.array(z.tuple([z.string(), count, count])),
});
const rowShape = z.tuple([
  z.string(),
  z.enum(['config', 'data', 'index', 'keys', 'snapshots']),
  z.string().max(64),
  count,
  count,
  count,
  count,
  z.strictObject({ prune: z.string(), notBefore: count, isSigned: z.literal(true).optional() }).nullable(),
  z.strictObject({ sha256: z.string().max(64).optional(), damagedAt: count.optional() }).optional(),
]);

export const journalPath = (folder: string): string => join(folder, 'journal.jsonl');
export const tablePath = (folder: string, n: number): string => join(folder, `table-${n}.jsonl.zst`);
export const pastPath = (folder: string, from: number, to: number): string =>
  join(folder, `past-${from}-${to}.jsonl.zst`);

/** The frame on the first line, a row on each other. */
export function* tableText(table: Table): Generator<string> {
  yield `${JSON.stringify(table.frame())}\n`;
  let text = '';
  let rows = 0;
  for (const { client, type, object, bytes, n, arrivedAt, ownUntil, mark, sha256, damagedAt } of table.all()) {
    const more = sha256 === undefined && damagedAt === undefined ? [] : [{ sha256, damagedAt }];
    text += `${JSON.stringify([client, type, object, bytes, n, arrivedAt, ownUntil, mark ?? null, ...more])}\n`;
    rows += 1;
    if (rows % ROWS_TOGETHER !== 0) continue;
    yield text;
    text = '';
  }
  if (text !== '') yield text;
}

/** SHA-256 of what was written; the file is whole and durable under its name, or not there. */
export async function writePacked(path: string, parts: Iterable<string> | AsyncIterable<Buffer>): Promise<string> {
  const digest = createHash('sha256');
  const aside = `${path}.part`;
  try {
    await pipeline(
      Readable.from(parts, { objectMode: true }),
      async function* hashed(texts: AsyncIterable<string | Buffer>) {
        for await (const text of texts) {
          digest.update(text);
          yield text;
        }
      },
      createZstdCompress(),
      createWriteStream(aside, { mode: 0o600, flush: true }),
    );
    await rename(aside, path);
  } catch (cause) {
    await rm(aside, { force: true });
    throw cause;
  }
  return digest.digest('hex');
}

/** Lines of a packed file; a Fault at its end when what it holds is not what was committed to. */
export async function* packedLines(path: string, sha256: string): AsyncGenerator<Buffer> {
  const digest = createHash('sha256');
  try {
    yield* linesOf(unpacked(path, digest));
  } catch (cause) {
    throw wrongFile(path, cause);
  }
  if (digest.digest('hex') !== sha256) throw wrongFile(path);
}

/** The same without asking what they should be. */
export function unpackedLines(path: string): AsyncGenerator<Buffer> {
  return linesOf(unpacked(path));
}

async function* unpacked(path: string, digest?: Hash): AsyncGenerator<Buffer> {
  const parts = createZstdDecompress();
  joined(createReadStream(path), parts, () => undefined); // what goes wrong comes out of `parts`
  for await (const part of parts as AsyncIterable<Buffer>) {
    digest?.update(part);
    yield part;
  }
}

function wrongFile(path: string, cause?: unknown): Fault {
  return new Fault('journal-broken', `${path} is not what the journal says of it: somebody else wrote there`, {
    cause,
  });
}

/** Nothing is restored from a file whose hash is wrong. */
export async function readTable(folder: string, n: number, sha256: string, table: Table): Promise<void> {
  const path = tablePath(folder, n);
  let frame: HoldingsFrame | undefined;
  const rows: Held[] = [];
  for await (const raw of packedLines(path, sha256)) {
    const parsed: unknown = JSON.parse(raw.toString('utf8'));
    if (frame === undefined) frame = frameShape.parse(parsed);
    else rows.push(rowOf(parsed));
  }
  if (frame?.n !== n) throw wrongFile(path);
  table.restore(frame, rows);
}

function rowOf(parsed: unknown): Held {
  const [client, type, object, bytes, n, arrivedAt, ownUntil, mark, more] = rowShape.parse(parsed);
  // Names that all rows share are kept once.
  const row: Held = { client: shared(client), type, object, bytes, n, arrivedAt, ownUntil };
  const held: Held = more?.sha256 === undefined ? row : { ...row, sha256: more.sha256 };
  if (more?.damagedAt !== undefined) held.damagedAt = more.damagedAt;
  if (mark === null) return held;
  const { prune, notBefore } = mark;
  held.mark = mark.isSigned === true ? { prune, notBefore, isSigned: true } : { prune, notBefore };
  return held;
}

const names = new Map<string, string>();
const NAMES_MAX = 10_000;

function shared(name: string): string {
  const known = names.get(name);
  if (known !== undefined) return known;
  if (names.size < NAMES_MAX) names.set(name, name);
  return name;
}

/** Tables of earlier folds, and what a fold that was cut off left. Past lines stay. */
export async function removeOldTables(folder: string, n: number): Promise<void> {
  for (const name of await readdir(folder)) {
    const table = /^table-(\d+)\.jsonl\.zst$/.exec(name)?.[1];
    const isLeft = /^(table|past)-[\d-]+\.jsonl\.zst\.part$|^journal\.jsonl\.new$/.test(name);
    if (isLeft || (table !== undefined && Number(table) !== n)) await rm(join(folder, name), { force: true });
  }
}
