/** The lines of a journal that were folded away, from the first line ever: each has the hash of the one before it. */
import { hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { JournalLine } from '#vault/server/holdings.ts';
import { journalPath, packedLines, pastPath, unpackedLines } from '#vault/server/journal-files.ts';
import { broken, linesOf, parseLine } from '#vault/server/journal-lines.ts';

const FIRST = '0'.repeat(64);
/** One fold for each 64 MiB: far more than a vault lives through. */
const FOLDS_MAX = 100_000;

/** Follows a chain: gives each line to `apply` once it is known to follow the one before. */
export function followChain(apply: (line: JournalLine) => void) {
  const chain = { head: FIRST, n: 0 };
  return {
    chain,
    follow(raw: Buffer): void {
      const { previous, ...line } = parseLine(raw, chain.n + 1);
      if (previous !== chain.head || line.n !== chain.n + 1)
        throw broken(chain.n + 1, 'does not follow the one before it');
      apply(line);
      [chain.head, chain.n] = [hash('sha256', raw, 'hex'), line.n];
    },
  };
}

/** Every line before the fold that `newest` is. A Fault when one does not hold, or does not lead to it. */
export async function replayPast(folder: string, newest: Buffer, apply: (line: JournalLine) => void): Promise<void> {
  const { chain, follow } = followChain(apply);
  for (const { from, to, sha256 } of await pastBefore(folder, newest))
    for await (const raw of packedLines(pastPath(folder, from, to), sha256)) follow(raw);
  const { previous, n } = parseLine(newest, chain.n + 1);
  if (previous !== chain.head || n !== chain.n + 1) throw broken(n, 'does not follow the lines that were folded');
}

interface Past {
  readonly from: number;
  readonly to: number;
  readonly sha256: string;
}

/** Oldest first: each fold names the lines before it, and the first of those may be a fold again. */
export async function pastBefore(folder: string, newest: Buffer): Promise<readonly Past[]> {
  const found: Past[] = [];
  let raw: Buffer | undefined = newest;
  while (raw !== undefined && found.length < FOLDS_MAX) {
    const line = parseLine(raw, 1);
    if (line.kind !== 'folded') break;
    const past = { from: line.pastFrom, to: line.n - 1, sha256: line.past };
    found.unshift(past);
    raw = await firstOf(packedLines(pastPath(folder, past.from, past.to), past.sha256));
  }
  return found;
}

/** What line `n` says of the line before it. `first`: number of the first line that was not folded. */
export async function previousOf(folder: string, n: number, first: number): Promise<string | undefined> {
  const [lines, from] = n >= first ? [liveLines(folder), first] : await pastWith(folder, n);
  let at = from;
  for await (const raw of lines) {
    if (at === n) return parseLine(raw, n).previous;
    at += 1;
  }
  return undefined;
}

function liveLines(folder: string): AsyncGenerator<Buffer> {
  return linesOf(createReadStream(journalPath(folder), { highWaterMark: 1 << 20 }));
}

async function pastWith(folder: string, n: number): Promise<readonly [AsyncGenerator<Buffer>, number]> {
  for (const name of await readdir(folder)) {
    const [, from, to] = /^past-(\d+)-(\d+)\.jsonl\.zst$/.exec(name) ?? [];
    if (Number(from) <= n && n <= Number(to)) return [unpackedLines(join(folder, name)), Number(from)];
  }
  return [liveLines(folder), Infinity];
}

export async function firstOf(lines: AsyncGenerator<Buffer>): Promise<Buffer | undefined> {
  const { value, done } = await lines.next();
  await lines.return(undefined);
  return done === true ? undefined : value;
}
