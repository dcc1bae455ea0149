/**
 * The body of a request into an upload: small network chunks are gathered into one storage call, at most one call is on its way, and
 * the client is held back while too much waits. Memory per upload is about twice `BATCH_BYTES`, however large the file.
 */
import type { Hash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '#ports/clock.ts';
import type { WriteHandle } from '#ports/files.ts';
import type { LiveSession } from '#ports/sessions.ts';
import { Fault } from '#std/refused.ts';
import { bareBody } from '#gates/portal/bulk/bare-body.ts';
import type { Taker } from '#gates/portal/bulk/bare-body.ts';
import { CHUNK_BYTES } from '#gates/portal/bulk/buffers.ts';
import { GatheredBytes, giveBack } from '#gates/portal/bulk/gathered-bytes.ts';

/**
 * A storage call has this much, but for the last one; while it is on its way, at most about as much more is taken in. Each call is an
 * order to another thread and its answer, which are dear, and yet it is little enough for the processor's cache to hold it.
 */
const BATCH_BYTES = 2 * CHUNK_BYTES;
/** A client that sends nothing for this long is gone; its upload is kept. */
export const SILENT_MS = 60_000;
/** From here on a body is worth its connection: it is read bare, and the connection ends with it. */
export const BARE_BYTES_MIN = 16 * 1024 * 1024;

export interface Received {
  readonly bytes: number;
  /** False when the connection ended before the body did. */
  readonly complete: boolean;
}

export interface Arrival {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly session: LiveSession;
  readonly clock: Clock;
  /** Of the body as the client sent it. */
  readonly hash: Hash | undefined;
}

/** Where the bytes come from: the request as a stream, or its bare connection. */
interface Source {
  hold(): void;
  resume(): void;
  leave(): void;
}

/** Resolves when the body ended or broke off and everything that came is written; rejects with the storage's Fault. */
export async function receiveBytes(
  arrival: Arrival,
  handle: WriteHandle,
  from: { readonly offset: number; readonly limit: number },
): Promise<Received> {
  const { request } = arrival;
  const { socket } = request;
  const receiving = new Receiving(arrival, handle, from);
  const silent = (): void => void request.destroy();
  const broken = (): void => receiving.end('broken');
  socket.setTimeout(SILENT_MS, silent);
  request.on('close', broken).on('error', broken);
  try {
    receiving.source = fromConnection(arrival, receiving) ?? fromStream(request, receiving);
    if (request.destroyed && !request.readableEnded) broken();
    return await receiving.received;
  } finally {
    request.off('close', broken).off('error', broken);
    socket.setTimeout(0).off('timeout', silent);
  }
}

function fromStream(request: IncomingMessage, receiving: Receiving): Source {
  const take = (chunk: Uint8Array): void => receiving.take(chunk);
  const end = (): void => receiving.end('ended');
  request.on('data', take).on('end', end);
  return {
    hold: () => void request.pause(),
    resume: () => void request.resume(),
    leave: () => void request.off('data', take).off('end', end),
  };
}

function fromConnection({ request, response }: Arrival, receiving: Receiving): Source | undefined {
  const sizeBytes = Number(request.headers['content-length'] ?? 0);
  if (!(sizeBytes >= BARE_BYTES_MIN) || request.complete || request.destroyed) return undefined;
  let left = sizeBytes;
  // What the parser has taken off the connection lies here, and nowhere else.
  for (let early = nextOf(request); early !== undefined; early = nextOf(request)) {
    left -= early.byteLength;
    receiving.take(early);
  }
  const taker: Taker = {
    room: () => receiving.room(),
    filled: (count) => {
      left -= count;
      receiving.filled(count);
      if (left === 0) receiving.end('ended');
      return !receiving.isHeld;
    },
  };
  const bare = bareBody(request, left, taker);
  if (bare === undefined) return undefined;
  response.setHeader('connection', 'close');
  return { hold: () => undefined, ...bare };
}

function nextOf(request: IncomingMessage): Uint8Array | undefined {
  const bytes: unknown = request.read();
  return bytes instanceof Uint8Array ? bytes : undefined;
}

class Receiving {
  source: Source | undefined;
  readonly #arrival: Arrival;
  readonly #handle: WriteHandle;
  readonly #from: { readonly offset: number; readonly limit: number };
  readonly #outcome = Promise.withResolvers<Received>();
  readonly #gathered = new GatheredBytes();
  #receivedBytes = 0;
  #writtenBytes = 0;
  #isWriting = false;
  #isHeld = false;
  #isSettled = false;
  #over: 'ended' | 'broken' | undefined;

  constructor(arrival: Arrival, handle: WriteHandle, from: { readonly offset: number; readonly limit: number }) {
    this.#arrival = arrival;
    this.#handle = handle;
    this.#from = from;
  }

  get received(): Promise<Received> {
    return this.#outcome.promise;
  }

  /** Too much waits; the source is told when it may go on. */
  get isHeld(): boolean {
    return this.#isHeld;
  }

  take(chunk: Uint8Array): void {
    this.#arrival.hash?.update(chunk);
    this.#gathered.add(chunk);
    this.#account(chunk.byteLength);
  }

  room(): Uint8Array {
    return this.#gathered.room();
  }

  /** Comes for every 16 KiB: no view of the bytes is made unless they are hashed. */
  filled(count: number): void {
    const { hash } = this.#arrival;
    if (hash !== undefined) hash.update(this.#gathered.room().subarray(0, count));
    this.#gathered.filled(count);
    this.#account(count);
  }

  end(how: 'ended' | 'broken'): void {
    if (this.#over !== undefined || this.#isSettled) return;
    this.#over = how;
    this.source?.leave();
    this.#flush();
  }

  #account(count: number): void {
    const { session, clock } = this.#arrival;
    this.#receivedBytes += count;
    session.bytesIn += count;
    session.lastByteAt = clock.now();
    if (this.#receivedBytes > this.#from.limit)
      return this.#settle(new Fault('too-large', 'More bytes than the upload announced.'));
    if (this.#gathered.sizeBytes < BATCH_BYTES) return undefined;
    this.#flush();
    if (this.#isWriting && !this.#isHeld && this.#gathered.sizeBytes >= BATCH_BYTES) {
      this.#isHeld = true;
      this.source?.hold();
    }
    return undefined;
  }

  #flush(): void {
    if (this.#isWriting || this.#isSettled) return;
    if (this.#over === undefined && this.#gathered.sizeBytes < BATCH_BYTES) return;
    const chunks = this.#gathered.take(this.#over !== undefined);
    if (chunks.length === 0) return this.#settle();
    this.#isWriting = true;
    if (this.#isHeld) {
      this.#isHeld = false;
      this.source?.resume();
    }
    void this.#write(chunks);
    return undefined;
  }

  async #write(chunks: readonly Uint8Array[]): Promise<void> {
    try {
      await writeAll(this.#handle, chunks, this.#from.offset + this.#writtenBytes);
      this.#writtenBytes += chunks.reduce((sum, { byteLength }) => sum + byteLength, 0);
    } catch (error) {
      return this.#settle(error);
    } finally {
      giveBack(chunks);
      this.#isWriting = false;
    }
    return this.#flush();
  }

  /** The source leaves first: only then may its memory go to others. */
  #settle(error?: unknown): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.source?.leave();
    giveBack(this.#gathered.take(true));
    if (error === undefined) this.#outcome.resolve({ bytes: this.#writtenBytes, complete: this.#over === 'ended' });
    else this.#outcome.reject(error);
  }
}

async function writeAll(handle: WriteHandle, chunks: readonly Uint8Array[], position: number): Promise<void> {
  if (handle.writeMany !== undefined) return handle.writeMany(chunks, position);
  let at = position;
  for (const chunk of chunks) {
    await handle.write(chunk, at);
    at += chunk.byteLength;
  }
}
