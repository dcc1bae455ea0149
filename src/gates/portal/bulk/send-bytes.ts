/**
 * Bytes of an open file to a response: read off this thread into one buffer while the other is on its way to the client. Memory per
 * download is `BUFFERS * CHUNK_BYTES`, however large the file and however slow the client, and an eighth of it while there are many.
 */
import type { ServerResponse } from 'node:http';
import type { Clock } from '#ports/clock.ts';
import type { ReadHandle } from '#ports/files.ts';
import type { LiveSession } from '#ports/sessions.ts';
import { Fault } from '#std/refused.ts';
import type { BufferPool } from '#gates/portal/bulk/buffers.ts';
import { readBuffers, smallReadBuffers } from '#gates/portal/bulk/buffers.ts';
import { createTurns } from '#gates/portal/bulk/turns.ts';

const BUFFERS = 2;
/** More downloads than this take small pieces: less memory, and short turns of the event loop. */
export const FEW_DOWNLOADS_MAX = 64;
/** About ten milliseconds of handing over, in pieces of either size. */
export const PIECES_PER_TURN_MAX = 64;
/** A client that takes nothing for this long is gone. */
export const STALLED_MS = 120_000;

const turns = createTurns(PIECES_PER_TURN_MAX);
let running = 0;

/** Resolves when the last byte was handed over, or when the response ended early; the caller closes the file. */
export async function sendBytes(
  response: ServerResponse,
  file: ReadHandle,
  range: { readonly start: number; readonly end: number },
  session: LiveSession,
  clock: Clock,
): Promise<void> {
  const writing: Promise<void>[] = [];
  running += 1;
  try {
    for (let position = range.start; position < range.end;) {
      if (writing.length >= BUFFERS) await writing.shift();
      await turns.next();
      // A cut ends many at once; none of them may read on first.
      if (response.destroyed) return;
      const pool = running > FEW_DOWNLOADS_MAX ? smallReadBuffers : readBuffers;
      const buffer = pool.borrow();
      const count = await file
        .read(buffer.subarray(0, Math.min(buffer.byteLength, range.end - position)), position)
        .catch((error: unknown) => {
          pool.giveBack(buffer);
          throw error;
        });
      if (count === 0) throw new Fault('file-changed', 'The file became shorter while it was read.');
      position += count;
      writing.push(write(response, pool, buffer, count, session, clock));
    }
  } finally {
    running -= 1;
    await Promise.all(writing);
  }
}

const GONE = new Fault('connection-gone', 'The connection ended.');

/** The buffer goes back to the pool when the response has no more use of it. */
function write(
  response: ServerResponse,
  pool: BufferPool,
  buffer: Uint8Array,
  count: number,
  session: LiveSession,
  clock: Clock,
): Promise<void> {
  return new Promise((resolve) => {
    const done = (error?: Error | null): void => {
      // After an error the stream may still hold the buffer.
      if (error === undefined || error === null) {
        session.bytesOut += count;
        session.lastByteAt = clock.now();
        pool.giveBack(buffer);
      }
      response.off('close', gone);
      resolve();
    };
    // Closed before it was written: these bytes did not leave, and the stream may still hold the buffer.
    const gone = (): void => done(GONE);
    if (response.destroyed) return resolve();
    response.once('close', gone);
    response.write(buffer.subarray(0, count), done);
  });
}
