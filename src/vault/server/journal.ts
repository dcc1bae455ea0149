/**
 * The vault's journal: one line of JSON for each thing it did, each with the SHA-256 of the line before it, synced before anybody hears of it.
 * A torn last line is cut off; a broken chain stops the vault, because then somebody else wrote here. Lines that wait together are
 * synced together. A full disk is no end: what was written of them is cut off again, and the journal goes on when there is room.
 *
 * A long journal is folded: the table that its lines make, and the lines themselves, go into files of their own, and a new journal begins
 * with a line that names both by hash. The chain goes on through that line; `audit.ts` follows it from the first line ever. A table that is damaged is
 * made anew from the lines.
 */
import { hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { JournalLine } from '#vault/server/holdings.ts';
import {
  journalPath,
  pastPath,
  readTable,
  removeOldTables,
  tablePath,
  tableText,
  writePacked,
} from '#vault/server/journal-files.ts';
import type { Table } from '#vault/server/journal-files.ts';
import { broken, linesOf, parseLine } from '#vault/server/journal-lines.ts';
import { previousOf, replayPast } from '#vault/server/journal-past.ts';
import { syncFolder } from '#vault/server/receive.ts';
import { Fault } from '#std/refused.ts';

const FIRST = '0'.repeat(64);
const READ_BYTES = 1 << 20;

export interface Journal {
  /** Hash of the newest line. */
  readonly head: string;
  /** Bytes of the lines that were not folded. */
  readonly bytes: number;
  /**
   * Resolves when the lines are durable and applied; `n` counts on from the newest line. `storage-full`: none of them stands, try again with
   * room. `journal-failed`: what stands is unknown, and nothing is taken any more.
   */
  append(lines: readonly Unnumbered[]): Promise<readonly JournalLine[]>;
  /** Hash of line `n`, as the line after it has it; undefined when there is no such line. */
  headAt(n: number): Promise<string | undefined>;
  /** Folds what is there; lines that come meanwhile wait. When it cannot, the journal stays as it was. */
  fold(): Promise<void>;
  close(): Promise<void>;
}

export type Unnumbered = {
  [K in JournalLine['kind']]: Omit<Extract<JournalLine, { kind: K }>, 'n'>;
}[JournalLine['kind']];

type Apply = (line: JournalLine) => void;

interface Place {
  readonly head: string;
  readonly n: number;
  /** Length of the file up to the newest line. */
  readonly bytes: number;
  /** Number of the file's first line. */
  readonly first: number;
}

/** Reads everything through `apply` (what was folded into `table`), in order, then stands ready to append. */
export async function openJournal(folder: string, apply: Apply, table?: Table): Promise<Journal> {
  const file = await open(journalPath(folder), 'a+', 0o600);
  try {
    const place = await replay(folder, apply, table);
    await file.truncate(place.bytes);
    await file.sync();
    return appender({ folder, table, apply }, file, place);
  } catch (cause) {
    await file.close();
    throw cause;
  }
}

async function replay(folder: string, apply: Apply, table: Table | undefined): Promise<Place> {
  let place: Place = { head: FIRST, n: 0, bytes: 0, first: 1 };
  const parts = createReadStream(journalPath(folder), { highWaterMark: READ_BYTES }) as AsyncIterable<Buffer>;
  for await (const raw of linesOf(parts)) {
    const { previous, ...line } = parseLine(raw, place.n + 1);
    if (line.kind === 'folded' && place.bytes === 0) {
      if (table === undefined) throw broken(line.n, 'was folded');
      await readTable(folder, line.n - 1, line.table, table).catch(() => replayPast(folder, raw, apply));
      place = { head: previous, n: line.n - 1, bytes: 0, first: line.n };
    }
    const isNext = previous === place.head && line.n === place.n + 1 && (line.kind !== 'folded' || place.bytes === 0);
    if (!isNext) throw broken(place.n + 1, 'does not follow the one before it');
    apply(line);
    place = { ...place, head: hash('sha256', raw, 'hex'), n: line.n, bytes: place.bytes + raw.length + 1 };
  }
  return place;
}

interface Waiting {
  readonly lines: readonly Unnumbered[];
  readonly done: PromiseWithResolvers<readonly JournalLine[]>;
}

interface Room {
  readonly folder: string;
  readonly apply: Apply;
  readonly table: Table | undefined;
}

function appender(room: Room, opened: FileHandle, first: Place): Journal {
  let [file, place] = [opened, first];
  let waiting: Waiting[] = [];
  let folding: PromiseWithResolvers<void> | undefined;
  let writing: Promise<void> | undefined;
  let failure: Fault | undefined;

  /** Together: one write, one sync. */
  async function write(batch: readonly Waiting[]): Promise<void> {
    const { text, end, numbered } = lined(batch, place);
    await append(text);
    await file.sync();
    place = end;
    for (const [i, { done }] of batch.entries()) {
      const lines = numbered[i] ?? [];
      for (const line of lines) room.apply(line);
      done.resolve(lines);
    }
  }

  /** On a full disk nothing of it stays: the next line follows the newest that stands. */
  async function append(text: string): Promise<void> {
    try {
      await file.appendFile(text);
    } catch (cause) {
      if (!isFull(cause)) throw cause;
      await file.truncate(place.bytes);
      await file.sync();
      throw new Fault('storage-full', 'the disk of the vault is full, its journal included: give it room', {
        cause,
        retry: true,
      });
    }
  }

  async function foldNow(asked: PromiseWithResolvers<void>): Promise<void> {
    try {
      if (failure !== undefined) throw failure;
      const old = file;
      if (place.n >= place.first) {
        ({ file, place } = await folded(room, place));
        await old.close();
      }
      asked.resolve();
    } catch (cause) {
      if (cause instanceof Fault && cause.code === 'journal-failed') failure ??= cause;
      asked.reject(cause);
    }
  }

  async function drain(): Promise<void> {
    while (waiting.length > 0 || folding !== undefined) {
      const [batch, fold] = [waiting, folding];
      [waiting, folding] = [[], undefined];
      if (fold !== undefined) await foldNow(fold);
      if (batch.length === 0) continue;
      try {
        if (failure !== undefined) throw failure;
        await write(batch);
      } catch (cause) {
        const said = cause instanceof Fault && cause.code === 'storage-full' ? cause : (failure ??= failed(cause));
        for (const { done } of batch) done.reject(said);
      }
    }
    writing = undefined;
  }

  return {
    get head() {
      return place.head;
    },
    get bytes() {
      return place.bytes;
    },
    append(lines) {
      const done = Promise.withResolvers<readonly JournalLine[]>();
      waiting.push({ lines, done });
      writing ??= drain();
      return done.promise;
    },
    async headAt(n) {
      if (n === place.n) return place.head;
      if (n < 1 || n > place.n) return undefined;
      return previousOf(room.folder, n + 1, place.first);
    },
    fold() {
      folding ??= Promise.withResolvers<void>();
      const { promise } = folding;
      writing ??= drain();
      return promise;
    },
    async close() {
      await writing;
      await file.close();
    },
  };
}

/** The switch is one rename: before it the old journal counts, after it the new one, and both hold the same. */
async function folded({ folder, table, apply }: Room, { first, n, head, bytes }: Place) {
  if (table === undefined) throw new Fault('no-table', 'a journal without a table is not folded');
  const frame = table.frame();
  const path = journalPath(folder);
  const lines = createReadStream(path, { highWaterMark: READ_BYTES, end: bytes - 1 });
  const line = {
    kind: 'folded',
    at: frame.at,
    n: n + 1,
    table: await writePacked(tablePath(folder, n), tableText(table)),
    past: await writePacked(pastPath(folder, first, n), lines),
    pastFrom: first,
  } as const;
  const raw = JSON.stringify({ ...line, previous: head });
  const file = await open(`${path}.new`, 'w+', 0o600);
  try {
    await file.appendFile(`${raw}\n`);
    await file.sync();
    await switchTo(folder);
  } catch (cause) {
    await file.close();
    throw cause;
  }
  apply(line);
  await removeOldTables(folder, n).catch(() => undefined); // the next fold removes them
  return { file, place: { head: hash('sha256', raw, 'hex'), n: n + 1, bytes: raw.length + 1, first: n + 1 } };
}

/** Which of the two journals stands after a failure here nobody knows. */
async function switchTo(folder: string): Promise<void> {
  try {
    await rename(`${journalPath(folder)}.new`, journalPath(folder));
    await syncFolder(folder);
  } catch (cause) {
    throw failed(cause);
  }
}

/** The lines as text, numbered and chained on from `from`. */
function lined(batch: readonly Waiting[], from: Place) {
  let { head, n, bytes } = from;
  let text = '';
  const numbered = batch.map(({ lines }) =>
    lines.map((line) => {
      n += 1;
      const next = { ...line, n } as JournalLine; // the number was the only thing missing
      const raw = JSON.stringify({ ...next, previous: head });
      head = hash('sha256', raw, 'hex');
      text += `${raw}\n`;
      return next;
    }),
  );
  bytes += Buffer.byteLength(text);
  return { text, numbered, end: { ...from, head, n, bytes } };
}

/** After a failed sync what reached the disk is unknown: nothing is acknowledged any more until the vault is started again. */
function failed(cause: unknown): Fault {
  const says = 'the journal of the vault could not be written';
  return new Fault('journal-failed', says, { cause, retry: true });
}

/** Errors of Node's file functions have a code. */
export function isFull(cause: unknown): boolean {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  return code === 'ENOSPC' || code === 'EDQUOT';
}
