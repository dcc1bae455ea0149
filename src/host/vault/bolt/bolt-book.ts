/**
 * Until when the bolt keeps each file immutable: its own table in its own folder, which only root can write, counted by its own clock. The
 * vault can make a time later, never earlier. A table whose file has grown far beyond its rows is folded: the rows as they are go into a new file,
 * which takes the old one's place by one rename.
 */
import { createWriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { broken, foldedText, replay } from '#host/vault/bolt/bolt-lines.ts';
import type { BookLine } from '#host/vault/bolt/bolt-lines.ts';
import { BoltTable } from '#host/vault/bolt/bolt-table.ts';
import { syncFolder } from '#vault/server/receive.ts';
import { openTimekeeper } from '#vault/server/timekeeper.ts';
import type { Timekeeper } from '#vault/server/timekeeper.ts';
import type { ClockReading } from '#vault/server/vault-clock.ts';
import { Fault } from '#std/refused.ts';

type Bare = BookLine extends infer L ? (L extends unknown ? Omit<L, 'n' | 'at'> : never) : never;

/** A start reads so much in a second or so; a smaller table is left as it is. */
const FOLD_BYTES = 64 << 20;
/** About what a row is long when it is written. */
const ROW_BYTES = 160;

export interface BoltBook {
  readonly clock: Timekeeper;
  readonly size: number;
  untilOf(path: string): number | undefined;
  /** It is locked, and no renewal that came after left it out. */
  isKept(path: string): boolean;
  /** Durable when it resolves. */
  write(lines: readonly Bare[]): Promise<void>;
  /** What the newest renewal left out, whose time is over; none while the clock is doubted. */
  over(): Promise<readonly string[]>;
  /** Folds a table that has grown to twice what its rows take; whether it did. */
  fold(): Promise<boolean>;
  close(): Promise<void>;
}

export async function openBoltBook(
  folder: string,
  read: () => ClockReading,
  foldBytes = FOLD_BYTES,
): Promise<BoltBook> {
  const path = join(folder, 'locks.jsonl');
  let file = await open(path, 'a+', 0o600);
  const table = new BoltTable();
  let writing: Promise<unknown> = Promise.resolve();
  /** What stands in the folder after a rename that was not synced nobody knows. */
  let failure: Fault | undefined;
  let [wholeBytes, rowBytes] = await load(path, table).catch(async (cause: unknown) => {
    await file.close();
    throw cause;
  });
  await file.truncate(wholeBytes);
  const clock = await openTimekeeper(join(folder, 'clock.json'), table.lastAt, read, { append: async () => [] });
  // What cannot be folded (a full disk) is tried again later, and said then: files are locked meanwhile.
  await fold().catch(() => undefined);

  /** One after the other: numbers and lengths go on from what stands. */
  async function write(bare: readonly Bare[]): Promise<void> {
    const time = (await clock.now()).at;
    // Each was one of the kinds, without number and time.
    const lines = bare.map((line, i) => ({ n: table.last + i + 1, at: time, ...line }) as BookLine);
    await append(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    for (const line of lines) table.apply(line);
  }

  /** Nothing half stays in the table: on a full disk the next line follows the newest whole one. */
  async function append(text: string): Promise<void> {
    if (failure !== undefined) throw failure;
    try {
      await file.appendFile(text);
    } catch (cause) {
      await file.truncate(wholeBytes);
      throw cause;
    }
    await file.sync();
    wholeBytes += Buffer.byteLength(text);
  }

  async function fold(): Promise<boolean> {
    if (wholeBytes < Math.max(foldBytes, 2 * rowBytes, 2 * ROW_BYTES * table.size)) return false;
    const text = foldedText(table.folded((await clock.now()).at), table.rows(), { file: path, bytes: wholeBytes });
    const bytes = await writeAside(`${path}.new`, text);
    const next = await open(`${path}.new`, 'a+', 0o600);
    try {
      await rename(`${path}.new`, path);
    } catch (cause) {
      await next.close();
      throw cause;
    }
    const old = file;
    [file, wholeBytes, rowBytes] = [next, bytes, bytes];
    await old.close();
    await syncFolder(folder).catch((cause: unknown) => {
      failure = new Fault('book-failed', 'the bolt\u2019s own table could not be written', { cause, retry: true });
      throw failure;
    });
    return true;
  }

  function inTurn<T>(act: () => Promise<T>): Promise<T> {
    const done = writing.then(act);
    writing = done.catch(() => undefined);
    return done;
  }

  return {
    clock,
    get size() {
      return table.size;
    },
    untilOf: (asked) => table.untilOf(asked),
    isKept: (asked) => table.isKept(asked),
    write: (bare) => inTurn(() => write(bare)),
    async over() {
      const { at, doubt } = await clock.now();
      return doubt === undefined ? table.over(at) : [];
    },
    fold: () => inTurn(fold),
    async close() {
      await writing;
      await clock.close();
      await file.close();
    },
  };
}

/** Bytes of whole lines, and those of them that are a folded table. A table that is not whole is no table. */
async function load(path: string, table: BoltTable): Promise<[bytes: number, rowBytes: number]> {
  let [said, rows, rowBytes] = [0, 0, 0];
  const bytes = await replay(path, (line, upTo) => {
    if ('folded' in line) said = line.folded.rows;
    if ('row' in line) rows += 1;
    if ('folded' in line || 'row' in line) rowBytes = upTo;
    table.apply(line);
  });
  if (rows !== said) throw broken();
  return [bytes, rowBytes];
}

/** Whole and durable, or not there; how many bytes. */
async function writeAside(path: string, parts: AsyncIterable<string>): Promise<number> {
  await rm(path, { force: true }); // left by a fold that was cut off
  try {
    const out = createWriteStream(path, { mode: 0o600, flush: true });
    await pipeline(Readable.from(parts, { objectMode: true }), out);
    return out.bytesWritten;
  } catch (cause) {
    await rm(path, { force: true });
    throw cause;
  }
}
