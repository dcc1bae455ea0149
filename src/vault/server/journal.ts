/**
 * The vault's journal: one line of JSON for each thing it did, each with the SHA-256 of the line before it, synced before anybody hears of it.
 * A torn last line is cut off; a broken chain stops the vault, because then somebody else wrote here.
 */
import { hash } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { JournalLine } from '#vault/server/holdings.ts';
import { journalLine } from '#vault/server/journal-shapes.ts';
import { Fault } from '#std/refused.ts';

const FIRST = '0'.repeat(64);

export interface Journal {
  /** Hash of the newest line. */
  readonly head: string;
  /** Resolves when the lines are durable; `n` counts on from the newest line. */
  append(lines: readonly Unnumbered[]): Promise<readonly JournalLine[]>;
  close(): Promise<void>;
}

type Unnumbered = { [K in JournalLine['kind']]: Omit<Extract<JournalLine, { kind: K }>, 'n'> }[JournalLine['kind']];

/** Reads everything through `apply`, in order, then stands ready to append. */
export async function openJournal(folder: string, apply: (line: JournalLine) => void): Promise<Journal> {
  const path = join(folder, 'journal.jsonl');
  const file = await open(path, 'a+', 0o600);
  const { head, n, goodBytes } = replay(await readFile(path, 'utf8'), apply);
  await file.truncate(goodBytes);
  await file.sync();
  return appender(file, head, n, apply);
}

function replay(text: string, apply: (line: JournalLine) => void) {
  let [head, n, goodBytes] = [FIRST, 0, 0];
  const lines = text.split('\n');
  for (const [i, raw] of lines.entries()) {
    if (i === lines.length - 1) break; // what follows the last line end is nothing, or torn
    const { previous, ...rest } = journalLine.parse(JSON.parse(raw));
    if (previous !== head || rest.n !== n + 1)
      throw new Fault('journal-broken', `line ${i + 1} of the vault's journal does not follow the one before it`);
    apply(rest);
    head = hash('sha256', raw, 'hex');
    n = rest.n;
    goodBytes += Buffer.byteLength(raw) + 1;
  }
  return { head, n, goodBytes };
}

function appender(file: FileHandle, first: string, count: number, apply: (line: JournalLine) => void): Journal {
  let [head, n] = [first, count];
  let turn: Promise<unknown> = Promise.resolve();
  let broken: Fault | undefined;

  async function write(lines: readonly Unnumbered[]): Promise<readonly JournalLine[]> {
    if (broken !== undefined) throw broken;
    const numbered: JournalLine[] = [];
    let text = '';
    for (const line of lines) {
      n += 1;
      const next = { ...line, n } as JournalLine; // the number was the only thing missing
      const raw = JSON.stringify({ ...next, previous: head });
      head = hash('sha256', raw, 'hex');
      text += `${raw}\n`;
      numbered.push(next);
    }
    try {
      await file.write(text);
      await file.sync();
    } catch (cause) {
      // What reached the disk is unknown: nothing is acknowledged any more until the vault is started again.
      broken = new Fault('journal-failed', 'the journal of the vault could not be written', { cause, retry: true });
      throw broken;
    }
    for (const line of numbered) apply(line);
    return numbered;
  }

  return {
    get head() {
      return head;
    },
    append(lines) {
      const done = turn.then(() => write(lines));
      turn = done.catch(() => undefined);
      return done;
    },
    async close() {
      await turn;
      await file.close();
    },
  };
}
