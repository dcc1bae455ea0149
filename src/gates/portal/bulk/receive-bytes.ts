/**
 * The body of a request into an upload: small network chunks are gathered into one storage call, at most one call is on its way, and
 * the client is held back while too much waits. Memory per upload is about twice `WAITING_BYTES_MAX`, however large the file.
 */
import type { Hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Clock } from '#ports/clock.ts';
import type { WriteHandle } from '#ports/files.ts';
import type { LiveSession } from '#ports/sessions.ts';
import { Fault } from '#std/refused.ts';
import { GatheredBytes, giveBack } from '#gates/portal/bulk/gathered-bytes.ts';

/** While one call is on its way, at most about this much more is taken in. Little enough for the processor's cache to hold it. */
const WAITING_BYTES_MAX = 1024 * 1024;
/** A client that sends nothing for this long is gone; its upload is kept. */
export const SILENT_MS = 60_000;

export interface Received {
  readonly bytes: number;
  /** False when the connection ended before the body did. */
  readonly complete: boolean;
}

/** Resolves when the body ended or broke off and everything that came is written; rejects with the storage's Fault. */
export function receiveBytes(
  request: IncomingMessage,
  handle: WriteHandle,
  from: { readonly offset: number; readonly limit: number },
  session: LiveSession,
  clock: Clock,
  hash: Hash | undefined,
): Promise<Received> {
  return new Promise((resolve, reject) => {
    const gathered = new GatheredBytes();
    let received = 0;
    let position = from.offset;
    let writing = false;
    let over: 'ended' | 'broken' | undefined;

    const silent = (): void => void request.destroy();
    const settle = (error?: unknown): void => {
      request.off('data', take).off('end', end).off('close', broken).off('error', broken);
      request.socket.setTimeout(0).off('timeout', silent);
      giveBack(gathered.take(true));
      if (error === undefined) resolve({ bytes: position - from.offset, complete: over === 'ended' });
      else reject(error);
    };
    const flush = (): void => {
      if (writing) return;
      const chunks = gathered.take(over !== undefined);
      if (chunks.length === 0) {
        if (over !== undefined) settle();
        return;
      }
      writing = true;
      const bytes = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
      if (request.isPaused()) request.resume();
      writeAll(handle, chunks, position)
        .finally(() => giveBack(chunks))
        .then(() => {
          writing = false;
          position += bytes;
          flush();
        }, settle);
    };
    const take = (chunk: Uint8Array): void => {
      received += chunk.byteLength;
      gathered.add(chunk);
      hash?.update(chunk);
      session.bytesIn += chunk.byteLength;
      session.lastByteAt = clock.now();
      if (received > from.limit) return settle(new Fault('too-large', 'More bytes than the upload announced.'));
      if (gathered.sizeBytes >= WAITING_BYTES_MAX) request.pause();
      flush();
    };
    const end = (): void => {
      over ??= 'ended';
      flush();
    };
    const broken = (): void => {
      over ??= 'broken';
      flush();
    };
    request.socket.setTimeout(SILENT_MS, silent);
    request.on('data', take).on('end', end).on('close', broken).on('error', broken);
    if (request.destroyed && !request.readableEnded) broken();
  });
}

async function writeAll(handle: WriteHandle, chunks: readonly Uint8Array[], position: number): Promise<void> {
  if (handle.writeMany !== undefined) return handle.writeMany(chunks, position);
  let at = position;
  for (const chunk of chunks) {
    await handle.write(chunk, at);
    at += chunk.byteLength;
  }
}
