/** A file of many lines, compressed, of which little is in memory while it is written or read. */
import { createWriteStream } from 'node:fs';
import { Readable, pipeline as piped } from 'node:stream';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createZstdCompress, createZstdDecompress } from 'node:zlib';
import { isOutOfRoom } from '#vault/engine/room.ts';
import { Fault } from '#std/refused.ts';

const GATHERED_BYTES = 256 * 1024;

export interface ReadLines {
  /** Sees all of the text before its lines do. */
  onPart?(part: Buffer): void;
  readonly lineCharsMax?: number;
  readonly bytesMax?: number;
}

/** Its lines, without their ends, some at a time. A Fault `object-damaged` for bytes that are no such file; what reading them fails by stays what it is. */
export async function* readLines(
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { onPart, lineCharsMax = Infinity, bytesMax = Infinity }: ReadLines = {},
): AsyncIterable<readonly string[]> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  /** Of a line that goes on for megabytes the parts are put together once. */
  let rest: string[] = [];
  let [restChars, all] = [0, 0];
  let failure: unknown;
  async function* watched() {
    try {
      yield* bytes;
    } catch (cause) {
      failure = cause;
      throw cause;
    }
  }
  try {
    for await (const part of piped(Readable.from(watched()), createZstdDecompress(), () => undefined)) {
      const plain = part as Buffer; // what a decompressor gives
      onPart?.(plain);
      all += plain.length;
      const text = decoder.decode(plain, { stream: true });
      const end = text.lastIndexOf('\n');
      const lines = end < 0 ? [] : [...rest, text.slice(0, end)].join('').split('\n');
      if (end >= 0) [rest, restChars] = [[], 0];
      rest.push(text.slice(end + 1));
      restChars += text.length - end - 1;
      if (restChars > lineCharsMax || all > bytesMax)
        throw new Fault('object-damaged', 'it is longer than any of ours');
      if (lines.length > 0) yield lines;
    }
    rest.push(decoder.decode());
  } catch (cause) {
    throw failure ?? new Fault('object-damaged', 'a file of lines cannot be read', { cause });
  }
  const last = rest.join('');
  if (last !== '') yield [last];
}

/** The texts as they come, each used before the next is asked for; `onPart` sees all of them before they are compressed. A Fault `scratch-full`. */
export async function writeLines(
  file: string,
  texts: Iterable<Buffer>,
  onPart: (part: Buffer) => void = () => undefined,
): Promise<void> {
  const press = createZstdCompress();
  const written = pipeline(press, createWriteStream(file, { mode: 0o600 }));
  written.catch(() => undefined);
  for (const part of gathered(texts)) {
    onPart(part);
    if (!(await isTaken(press, part))) break;
  }
  press.end();
  await written.catch(withoutRoom);
}

function withoutRoom(cause: unknown): never {
  if (!isOutOfRoom(cause)) throw cause;
  const says = 'there is no room for the manifest where the job keeps what it works with: make room there';
  throw new Fault('scratch-full', says, { retry: true });
}

/** Few long parts of many short texts, each to be used before the next is asked for. */
function* gathered(texts: Iterable<Buffer>): Iterable<Buffer> {
  const part = Buffer.allocUnsafeSlow(GATHERED_BYTES);
  let length = 0;
  for (const text of texts)
    for (let at = 0; at < text.length;) {
      const copied = text.copy(part, length, at);
      [at, length] = [at + copied, length + copied];
      if (length < GATHERED_BYTES) continue;
      yield part;
      length = 0;
    }
  if (length > 0) yield part.subarray(0, length);
}

/** Resolves when the part may be used again; false when what it goes to has failed and says so itself. */
function isTaken(stream: Writable, part: Buffer): Promise<boolean> {
  return new Promise((done) => stream.write(part, (failure) => done(failure === null || failure === undefined)));
}
