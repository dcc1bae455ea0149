/**
 * The SFTP version 3 server as a state machine: bytes in, requests out; answers in, bytes out. It knows no socket, no
 * file and no clock.
 *
 *   receive(bytes) -> next() -> request -> ... -> answer(packet)
 *
 * - The greeting comes first and once; until then, and after a violation, nothing else is handed out.
 * - Requests are handed out one at a time, in order, and each is answered before the next is asked for. So a client
 *   sees the effects of its requests in the order it sent them, and what waits is bounded by `INPUT_BYTES_MAX`.
 * - Hostile input becomes a `violation` request, never an exception: the caller sends what `take()` gives and closes.
 */
import type { Buffer } from 'node:buffer';
import { assert } from '#std/assert.ts';
import { decodeRequest } from '#gates/sftp/decode.ts';
import { Frames } from '#gates/sftp/frames.ts';
import { encodeStatus, encodeVersion } from '#gates/sftp/replies.ts';
import type { Answerable, Request } from '#gates/sftp/requests.ts';
import { INPUT_BYTES_MAX, PACKET_BYTES_MAX, SFTP_VERSION } from '#gates/sftp/wire.ts';

export class SftpProtocol {
  readonly #frames = new Frames(PACKET_BYTES_MAX);
  #output: Buffer[] = [];
  #phase: 'greeting' | 'open' | 'broken' = 'greeting';
  /** The request that was handed out and not answered yet. */
  #owed: number | undefined;

  /** A place for the next bytes, for a transport that can read into it; what it puts there it then gives to `receive`. */
  room(): Buffer {
    return this.#frames.room();
  }

  receive(chunk: Buffer): void {
    if (this.#phase !== 'broken') this.#frames.receive(chunk);
  }

  /** The transport should stop reading until requests have been taken out. */
  get isFull(): boolean {
    return this.#frames.bufferedBytes >= INPUT_BYTES_MAX;
  }

  get isBroken(): boolean {
    return this.#phase === 'broken';
  }

  next(): Answerable | undefined {
    assert(this.#owed === undefined, 'a request is answered before the next is taken');
    if (this.#phase === 'broken') return undefined;
    const frame = this.#frames.next();
    if (frame === 'more') return undefined;
    if (frame === 'oversized') return this.#break(undefined, 'a packet larger than the limit');
    if (frame === 'empty') return this.#break(undefined, 'an empty packet');
    return this.#admit(decodeRequest(frame));
  }

  /** One whole packet that answers the request at hand. */
  answer(packet: Buffer): void {
    assert(this.#owed !== undefined, 'an answer without a request');
    this.#owed = undefined;
    this.#output.push(packet);
  }

  /** The request at hand is answered later, with `answerLate`; the next may be taken. */
  defer(): void {
    assert(this.#owed !== undefined, 'nothing to answer later');
    this.#owed = undefined;
  }

  answerLate(packet: Buffer): void {
    this.#output.push(packet);
  }

  /** Bytes to send, in order; empties the queue. */
  take(): readonly Buffer[] {
    const out = this.#output;
    if (out.length > 0) this.#output = [];
    return out;
  }

  #admit(request: Request): Answerable | undefined {
    if (request.kind === 'violation') return this.#break(request.id, request.why);
    if (request.kind === 'init') return this.#greet(request.version);
    if (this.#phase === 'greeting') return this.#break(undefined, 'a request before the greeting');
    this.#owed = request.id;
    return request;
  }

  #greet(version: number): Answerable | undefined {
    if (this.#phase === 'open') return this.#break(undefined, 'a second greeting');
    if (version < SFTP_VERSION) return this.#break(undefined, `protocol version ${version}; version 3 is needed`);
    this.#phase = 'open';
    this.#output.push(encodeVersion());
    return this.next();
  }

  #break(id: number | undefined, why: string): undefined {
    if (this.#phase === 'open' && id !== undefined) this.#output.push(encodeStatus(id, 'badMessage', why));
    this.#phase = 'broken';
    this.brokenBy = why;
    this.#frames.clear();
    return undefined;
  }

  /** Why the stream was given up, once it was. */
  brokenBy: string | undefined;
}
