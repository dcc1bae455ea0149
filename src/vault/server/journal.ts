/**
 * The vault's journal: one line of JSON for each thing it did, each with the SHA-256 of the line before it, synced before anybody hears of it.
 * A torn last line is cut off; a broken chain stops the vault, because then somebody else wrote here. Lines that wait together are
 * synced together. A full disk is no end: what was written of them is cut off again, and the journal goes on when there is room.
 */
import { hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { JournalLine } from '#vault/server/holdings.ts';
import { journalLine } from '#vault/server/journal-shapes.ts';
import { Fault } from '#std/refused.ts';

const FIRST = '0'.repeat(64);
/** The longest line marks a million objects. */
const LINE_BYTES_MAX = 128 << 20;
const READ_BYTES = 1 << 20;
const NEWLINE = 0x0a;

export interface Journal {
  /** Hash of the newest line. */
  readonly head: string;
  /**
   * Resolves when the lines are durable and applied; `n` counts on from the newest line. `storage-full`: none of them stands, try again with
   * room. `journal-failed`: what stands is unknown, and nothing is taken any more.
   */
  append(lines: readonly Unnumbered[]): Promise<readonly JournalLine[]>;
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
}

/** Reads everything through `apply`, in order, then stands ready to append. */
export async function openJournal(folder: string, apply: Apply): Promise<Journal> {
  const path = join(folder, 'journal.jsonl');
  const file = await open(path, 'a+', 0o600);
  try {
    const place = await replay(path, apply);
    await file.truncate(place.bytes);
    await file.sync();
    return appender(file, place, apply);
  } catch (cause) {
    await file.close();
    throw cause;
  }
}

async function replay(path: string, apply: Apply): Promise<Place> {
  let [head, n, bytes] = [FIRST, 0, 0];
  for await (const raw of linesOf(path)) {
    const { previous, ...line } = parseLine(raw, n + 1);
    if (previous !== head || line.n !== n + 1) throw broken(n + 1, 'does not follow the one before it');
    apply(line);
    head = hash('sha256', raw, 'hex');
    n = line.n;
    bytes += raw.length + 1;
  }
  return { head, n, bytes };
}

function parseLine(raw: Buffer, number: number) {
  try {
    return journalLine.parse(JSON.parse(raw.toString('utf8')));
  } catch (cause) {
    throw broken(number, 'cannot be read', cause);
  }
}

function broken(number: number, how: string, cause?: unknown): Fault {
  return new Fault('journal-broken', `line ${number} of the vault's journal ${how}: somebody else wrote there`, {
    cause,
  });
}

/** Whole lines; what follows the last line end is nothing, or torn. */
async function* linesOf(path: string): AsyncGenerator<Buffer> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  for await (const part of createReadStream(path, { highWaterMark: READ_BYTES }) as AsyncIterable<Buffer>) {
    let from = 0;
    for (let end = part.indexOf(NEWLINE); end !== -1; end = part.indexOf(NEWLINE, from)) {
      const piece = part.subarray(from, end);
      yield rest.length === 0 ? piece : Buffer.concat([...rest, piece]);
      [rest, restBytes, from] = [[], 0, end + 1];
    }
    if (from < part.length) rest.push(part.subarray(from));
    restBytes += part.length - from;
    if (restBytes > LINE_BYTES_MAX)
      throw new Fault('journal-broken', 'a line of the vault\u2019s journal does not end');
  }
}

interface Waiting {
  readonly lines: readonly Unnumbered[];
  readonly done: PromiseWithResolvers<readonly JournalLine[]>;
}

function appender(file: FileHandle, first: Place, apply: Apply): Journal {
  let place = first;
  let waiting: Waiting[] = [];
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
      for (const line of lines) apply(line);
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

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
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
    append(lines) {
      const done = Promise.withResolvers<readonly JournalLine[]>();
      waiting.push({ lines, done });
      writing ??= drain();
      return done.promise;
    },
    async close() {
      await writing;
      await file.close();
    },
  };
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
  return { text, numbered, end: { head, n, bytes } };
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
