/** A journal's lines out of pieces of bytes, and what each must be. */
import type { z } from 'zod';
import { journalLine } from '#vault/server/journal-shapes.ts';
import { Fault } from '#std/refused.ts';

/** The longest line marks a million objects. */
const LINE_BYTES_MAX = 128 << 20;
const NEWLINE = 0x0a;

/** Whole lines; what follows the last line end is nothing, or torn. */
export async function* linesOf(parts: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  for await (const part of parts) {
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

export function parseLine(raw: Buffer, number: number): z.infer<typeof journalLine> {
  try {
    return journalLine.parse(JSON.parse(raw.toString('utf8')));
  } catch (cause) {
    throw broken(number, 'cannot be read', cause);
  }
}

export function broken(number: number, how: string, cause?: unknown): Fault {
  const says = `line ${number} of the vault's journal ${how}: somebody else wrote there`;
  return new Fault('journal-broken', says, { cause });
}
