/**
 * One SFTP conversation over one byte stream, whatever transport it came by: shovels bytes into the protocol, answers reads
 * and writes at once, awaits the rest, and keeps the limits.
 *
 * - Bytes that were written and not yet taken by the transport stay under `IN_FLIGHT_BYTES_MAX`; beyond it no request
 *   is looked at, and when requests pile up the stream is paused. So one conversation holds a bounded amount of memory.
 * - `lost()` may come at any time, from a cut or from the network. From then on nothing is written, open uploads are
 *   kept for a later try, and `over` resolves when all is settled.
 */
import { Buffer } from 'node:buffer';
import type { Duplex } from 'node:stream';
import { Bug } from '#std/assert.ts';
import type { PaceLimits } from '#std/pace.ts';
import { Pace } from '#std/pace.ts';
import type { LiveSession } from '#ports/sessions.ts';
import { BufferPool } from '#gates/sftp/buffer-pool.ts';
import { abandonHandles } from '#gates/sftp/closing.ts';
import { Handles, type OpenRead, type OpenWrite } from '#gates/sftp/handles.ts';
import { perform, type Slow } from '#gates/sftp/perform.ts';
import type { Speaker } from '#gates/sftp/speaker.ts';
import { SftpProtocol } from '#gates/sftp/protocol.ts';
import { encodeFault, faultText } from '#gates/sftp/refusals.ts';
import { DATA_HEADER_BYTES, encodeStatus, writeDataHeader } from '#gates/sftp/replies.ts';
import type { Answerable } from '#gates/sftp/requests.ts';
import { PACKET_BYTES_MAX, READ_BYTES_MAX } from '#gates/sftp/wire.ts';

/** More would only come in bursts, which swell the buffers of whoever receives them and cost both sides time. */
const IN_FLIGHT_BYTES_MAX = 2 * PACKET_BYTES_MAX;
/** Small replies are sent together up to this size. */
const BATCH_BYTES_MAX = 16 * 1024;
const SMALL_BYTES_MAX = 1024;

/** One pool for the whole process: what one conversation lets go of, the next can use. */
const pool = new BufferPool();

export interface ConversationOptions {
  readonly stream: Duplex;
  readonly speaker: Speaker;
  readonly session: LiveSession;
  /** The client's bytes are given to `receive`; the stream is only written to. */
  readonly isFed?: boolean;
  /** How fast requests go that take more than a read or a write. */
  readonly pace: PaceLimits;
  /** The transport below has too much queued; asked before each answer. */
  readonly isCongested?: () => boolean;
  /** Called once when a client broke the protocol. */
  readonly onViolation?: (why: string) => void;
}

type Read = Extract<Answerable, { kind: 'read' }>;
type Write = Extract<Answerable, { kind: 'write' }>;

export class Conversation {
  /** Resolves, never rejects, when the stream is over and every open file is settled; holds what failed while settling. */
  readonly over: Promise<readonly unknown[]>;
  readonly #protocol = new SftpProtocol();
  readonly #handles: Handles;
  readonly #options: ConversationOptions;
  readonly #pace: Pace;
  #inFlightBytes = 0;
  #isBusy = false;
  #isEnding = false;
  #isLost = false;
  #isPaused = false;
  #settle: (failures: readonly unknown[]) => void = () => {};

  constructor(options: ConversationOptions) {
    this.#options = options;
    this.#pace = new Pace(options.pace);
    this.#handles = new Handles();
    this.over = new Promise((resolve) => (this.#settle = resolve));
    const { stream } = options;
    if (options.isFed !== true) stream.on('data', (chunk: Buffer) => this.receive(chunk));
    stream.once('end', () => this.#end());
    stream.once('close', () => this.lost());
    stream.on('error', () => this.lost());
    stream.resume(); // the door may have paused it
  }

  /** Requests are being worked on or bytes are on their way: not idle. */
  get isActive(): boolean {
    return this.#isBusy || this.#inFlightBytes > 0;
  }

  get openFiles(): number {
    return this.#handles.size;
  }

  /** The transport below has room again. */
  drained(): void {
    this.#pump();
  }

  lost(): void {
    if (this.#isLost) return;
    this.#isLost = true;
    if (!this.#isBusy) this.#abandon();
  }

  #abandon(): void {
    void abandonHandles(this.#handles).then(this.#settle);
  }

  /** A place for the next bytes; see `receive`. */
  room(): Buffer {
    return this.#protocol.room();
  }

  /** Bytes from the client. The stream's own come by themselves; a transport that reads into `room()` gives them here. */
  receive(chunk: Buffer): void {
    if (this.#isLost) return;
    this.#count('bytesIn', chunk.length);
    this.#protocol.receive(chunk);
    this.#pump();
  }

  #end(): void {
    this.#isEnding = true;
    this.#pump();
  }

  /** Takes requests until there are none, one needs time, or the transport has enough to do. */
  #pump(): void {
    if (this.#isBusy || this.#isLost) return;
    let request: Answerable | undefined;
    while (!this.#isBusy && !this.#isHeldUp()) {
      request = this.#protocol.next();
      if (request === undefined) break;
      this.#options.session.operations += 1;
      if (request.kind === 'read') this.#protocol.answer(this.#read(request));
      else if (request.kind === 'write') this.#write(request);
      else this.#start(request);
    }
    this.#flush();
    this.#steer();
    if (this.#protocol.brokenBy !== undefined) this.#giveUp(this.#protocol.brokenBy);
    else if (this.#isEnding && !this.#isBusy && request === undefined && !this.#isHeldUp()) this.#options.stream.end();
  }

  #isHeldUp(): boolean {
    return this.#inFlightBytes + this.#pendingBytes >= IN_FLIGHT_BYTES_MAX || (this.#options.isCongested?.() ?? false);
  }

  /** Answered in this round and not flushed yet. */
  #pendingBytes = 0;

  #start(request: Slow): void {
    this.#isBusy = true;
    this.#flush();
    const waitMs = this.#pace.step(this.#options.speaker.clock.monotonic());
    if (waitMs > 0) setTimeout(() => (this.#isLost ? this.#abandon() : this.#perform(request)), waitMs);
    else this.#perform(request);
  }

  #perform(request: Slow): void {
    perform(request, this.#options.speaker, this.#handles)
      .catch((error: unknown) => {
        if (error instanceof Bug) throw error;
        return encodeFault(request.id, error);
      })
      .then((packet) => this.#finished(packet));
  }

  #finished(packet: Buffer): void {
    this.#isBusy = false;
    this.#protocol.answer(packet);
    if (this.#isLost) this.#abandon();
    else this.#pump();
  }

  #read(request: Read): Buffer {
    const open = this.#handles.get(request.handle);
    if (open?.kind !== 'read') return encodeStatus(request.id, 'failure', 'no such handle to read from');
    const buffer = pool.take();
    try {
      return this.#fill(request, open, buffer);
    } catch (error) {
      pool.giveBack(buffer);
      if (error instanceof Bug) throw error;
      return encodeFault(request.id, error);
    }
  }

  #fill(request: Read, open: OpenRead, buffer: Buffer): Buffer {
    const length = Math.min(request.length, READ_BYTES_MAX);
    const count = open.file.readSync(buffer.subarray(DATA_HEADER_BYTES, DATA_HEADER_BYTES + length), request.offset);
    if (count === 0 && length > 0) {
      pool.giveBack(buffer);
      return encodeStatus(request.id, 'eof');
    }
    writeDataHeader(buffer, request.id, count);
    this.#pendingBytes += count;
    return buffer.subarray(0, DATA_HEADER_BYTES + count);
  }

  #write(request: Write): void {
    const open = this.#handles.get(request.handle);
    if (open?.kind !== 'write')
      this.#protocol.answer(encodeStatus(request.id, 'failure', 'no such handle to write to'));
    else if (open.failed !== undefined) this.#protocol.answer(encodeStatus(request.id, 'failure', open.failed));
    else this.#put(request, open);
  }

  #put(request: Write, open: OpenWrite): void {
    try {
      const accepted = open.order.accept(request.id, open.appends ? open.order.frontier : request.offset, request.data);
      if (accepted.kind === 'gap')
        return this.#protocol.answer(encodeStatus(request.id, 'failure', 'the bytes before these are missing'));
      this.#protocol.defer();
      if (accepted.kind === 'written') for (const id of accepted.ids) this.#protocol.answerLate(encodeStatus(id, 'ok'));
    } catch (error) {
      if (error instanceof Bug) throw error;
      this.#fail(request.id, open, error);
    }
    return undefined;
  }

  /** The storage refused bytes: nothing after them is written, and the file is kept for another try. */
  #fail(id: number, open: OpenWrite, error: unknown): void {
    open.failed = faultText(error);
    this.#protocol.answer(encodeFault(id, error));
    for (const early of open.order.abandon()) this.#protocol.answerLate(encodeFault(early, error));
  }

  #flush(): void {
    const packets = this.#protocol.take();
    this.#pendingBytes = 0;
    if (packets.length === 0 || this.#isLost) {
      for (const packet of packets) pool.giveBack(packet);
      return;
    }
    for (const batch of batches(packets)) this.#send(batch);
  }

  #send(bytes: Buffer): void {
    this.#inFlightBytes += bytes.length;
    this.#options.stream.write(bytes, (error) => {
      pool.giveBack(bytes);
      const wasHeldUp = this.#isHeldUp();
      this.#inFlightBytes -= bytes.length;
      // What the end of the connection swallowed was not sent, and must not look like bytes that went on after a cut.
      if (this.#isLost || error) return;
      this.#count('bytesOut', bytes.length);
      if (wasHeldUp || this.#isEnding || this.#isPaused) this.#pump();
    });
  }

  #count(which: 'bytesIn' | 'bytesOut', bytes: number): void {
    const { session, speaker } = this.#options;
    session[which] += bytes;
    session.lastByteAt = speaker.clock.now();
  }

  #steer(): void {
    const { stream } = this.#options;
    if (this.#protocol.isFull === this.#isPaused) return;
    this.#isPaused = this.#protocol.isFull;
    if (this.#isPaused) stream.pause();
    else stream.resume();
  }

  #giveUp(why: string): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#options.onViolation?.(why);
    this.#options.stream.end();
  }
}

/** Small replies that follow one another go out as one piece; order is kept. */
function* batches(packets: readonly Buffer[]): Generator<Buffer> {
  let small: Buffer[] = [];
  let bytes = 0;
  for (const packet of packets) {
    const isSmall = packet.length <= SMALL_BYTES_MAX;
    if (small.length > 0 && (!isSmall || bytes + packet.length > BATCH_BYTES_MAX)) {
      yield joined(small, bytes);
      small = [];
      bytes = 0;
    }
    if (!isSmall) yield packet;
    else {
      small.push(packet);
      bytes += packet.length;
    }
  }
  if (small.length > 0) yield joined(small, bytes);
}

function joined(packets: readonly Buffer[], bytes: number): Buffer {
  const [only] = packets;
  return packets.length === 1 && only !== undefined ? only : Buffer.concat(packets, bytes);
}
