/**
 * Follows the journal from the first line ever to the newest, through every fold: each line has the hash of the one before, each fold's past lines and
 * table are what it committed to, and the table is what the lines make. Reads only; the vault may run meanwhile.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Holdings } from '#vault/server/holdings.ts';
import type { JournalLine } from '#vault/server/holdings.ts';
import { journalPath, packedLines, pastPath, tablePath, tableText } from '#vault/server/journal-files.ts';
import { broken, linesOf } from '#vault/server/journal-lines.ts';
import { firstOf, followChain, pastBefore } from '#vault/server/journal-past.ts';

export interface Audited {
  readonly lines: number;
  /** Hash of the newest line: what receipts and `vault status` name. */
  readonly head: string;
  readonly folds: number;
  readonly objects: number;
}

/** A Fault `journal-broken` names the first line or file that does not hold. */
export async function auditJournal(folder: string): Promise<Audited> {
  const { lines, head, folds, holdings } = await followed(folder);
  return { lines, head, folds, objects: holdings.size };
}

/** What the journal of this folder makes, followed line by line; for whoever has the vault's folder and no vault that runs. */
export async function auditedHoldings(folder: string): Promise<Holdings> {
  return (await followed(folder)).holdings;
}

async function followed(folder: string) {
  const holdings = new Holdings();
  let newestFold: Extract<JournalLine, { kind: 'folded' }> | undefined;
  let folds = 0;
  const { chain, follow } = followChain((line) => {
    if (line.kind === 'folded') {
      if (hashOfTable(holdings) !== line.table) throw broken(line.n, 'names a table that its lines do not make');
      [newestFold, folds] = [line, folds + 1];
    }
    holdings.apply(line);
  });
  const first = await firstOf(linesOf(createReadStream(journalPath(folder))));
  for (const { from, to, sha256 } of first === undefined ? [] : await pastBefore(folder, first))
    for await (const raw of packedLines(pastPath(folder, from, to), sha256)) follow(raw);
  for await (const raw of linesOf(createReadStream(journalPath(folder)))) follow(raw);
  if (newestFold !== undefined) await readThrough(packedLines(tablePath(folder, newestFold.n - 1), newestFold.table));
  return { lines: chain.n, head: chain.head, folds, holdings };
}

async function readThrough(lines: AsyncGenerator<Buffer>): Promise<void> {
  for await (const _ of lines); // its end says whether it is whole
}

function hashOfTable(holdings: Holdings): string {
  const digest = createHash('sha256');
  for (const text of tableText(holdings)) digest.update(text);
  return digest.digest('hex');
}
