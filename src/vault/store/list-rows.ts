/**
 * Reads a list in restic's REST format, version 2, as it arrives: an array of `{"name": …, "size": …}`, cut anywhere into parts. What is held is one part and
 * one row, however long the list is.
 */
import { isObjectId } from '#vault/format/blob.ts';
import type { StoredObject } from '#ports/object-store.ts';
import { Fault } from '#std/refused.ts';

export interface ListLimits {
  /** Of one row in its own format. */
  readonly rowBytes: number;
  readonly rows: number;
}

/** At 4 MiB a pack, 16 PiB. */
const LIMITS: ListLimits = { rowBytes: 4096, rows: 2 ** 32 };

const [OPEN, CLOSE, COMMA, ROW, ROW_END] = [...Buffer.from('[],{}')];
const SPACES = new Set(Buffer.from(' \t\r\n'));

/** Rejects with a Fault at what is no such list, or not all of one. What lies beside objects under a name that no object has is passed over. */
export async function* listRows(
  parts: AsyncIterable<Uint8Array>,
  limits: ListLimits = LIMITS,
): AsyncGenerator<StoredObject> {
  let [expected, rest, rows]: [Expected, Buffer, number] = ['list', Buffer.alloc(0), 0];
  for await (const part of parts) {
    const bytes = rest.length === 0 ? asBuffer(part) : Buffer.concat([rest, part]);
    let at = 0;
    for (;;) {
      at = behindSpaces(bytes, at);
      if (at === bytes.length) break;
      if (bytes[at] !== ROW || (expected !== 'first row' && expected !== 'row')) {
        expected = behindMark(expected, bytes[at]);
        at += 1;
        continue;
      }
      const row = rowAt(bytes, at, limits.rowBytes);
      if (row === undefined) break;
      if ((rows += 1) > limits.rows) throw new Fault('answer-too-long', 'the vault lists more than it may');
      at = row.end;
      expected = 'mark';
      if (row.object !== undefined) yield row.object;
    }
    rest = bytes.subarray(at);
  }
  if (expected !== 'end') throw new Fault('list-cut', 'the list of the vault ends too early', { retry: true });
}

type Expected = 'list' | 'first row' | 'row' | 'mark' | 'end';

function behindMark(expected: Expected, byte: number | undefined): Expected {
  if (expected === 'list' && byte === OPEN) return 'first row';
  if (expected === 'mark' && byte === COMMA) return 'row';
  if ((expected === 'mark' || expected === 'first row') && byte === CLOSE) return 'end';
  throw noList();
}

interface Row {
  readonly end: number;
  readonly object: StoredObject | undefined;
}

/** Undefined while its end did not arrive. A part of an object is never one itself: the first `}` behind which it can be read is its end. */
function rowAt(bytes: Buffer, at: number, rowBytes: number): Row | undefined {
  for (let end = at; ;) {
    const close = bytes.indexOf(ROW_END ?? 0, end);
    end = close + 1;
    if ((close === -1 ? bytes.length : end) - at > rowBytes)
      throw new Fault('answer-too-long', 'the vault lists an object with more than it may say');
    if (close === -1) return undefined;
    const row = parsed(bytes.toString('utf8', at, end));
    if (row !== undefined) return { end, object: objectOf(row) };
  }
}

function parsed(text: string): object | undefined {
  try {
    return JSON.parse(text) as object; // it begins with a brace
  } catch {
    return undefined;
  }
}

function objectOf(row: object): StoredObject | undefined {
  const { name, size } = row as { readonly name?: unknown; readonly size?: unknown };
  if (typeof name !== 'string' || !Number.isSafeInteger(size) || Number(size) < 0) throw noList();
  return isObjectId(name) ? { name, bytes: Number(size) } : undefined;
}

function behindSpaces(bytes: Buffer, from: number): number {
  let at = from;
  while (SPACES.has(bytes[at] ?? 0)) at += 1;
  return at;
}

function asBuffer({ buffer, byteOffset, length }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, length);
}

function noList(): Fault {
  return new Fault('vault-failed', 'the vault answers with something else than a list');
}
