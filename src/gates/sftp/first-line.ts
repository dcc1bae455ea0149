/** The line that a relay begins with. No more than it may be long is read until it is there. */
import { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import type { Listener } from '#gates/sftp/relay-socket.ts';

const BYTES_MAX = 300;
const NEWLINE = 0x0a;

export class FirstLine implements Listener {
  #held = Buffer.alloc(0);
  readonly #room = Buffer.alloc(BYTES_MAX + 1);
  readonly #line = Promise.withResolvers<string | undefined>();
  #end = -1;

  /** What came after the line. */
  get rest(): Buffer {
    return this.#held.subarray(this.#end + 1);
  }

  room(): Uint8Array {
    return this.#room;
  }

  receive(chunk: Buffer): void {
    this.#held = Buffer.concat([this.#held, chunk]);
    if (this.#end >= 0) return;
    this.#end = this.#held.indexOf(NEWLINE);
    if (this.#end > BYTES_MAX || (this.#end < 0 && this.#held.length > BYTES_MAX)) this.#line.resolve(undefined);
    else if (this.#end >= 0) this.#line.resolve(this.#held.toString('latin1', 0, this.#end));
  }

  /** Undefined when none came in time, or one too long. The socket is left paused. */
  async from(socket: Socket, withinMs: number): Promise<string | undefined> {
    const giveUp = (): void => this.#line.resolve(undefined);
    const timer = setTimeout(giveUp, withinMs);
    socket.once('close', giveUp);
    socket.resume();
    const line = await this.#line.promise;
    clearTimeout(timer);
    socket.removeListener('close', giveUp);
    socket.pause();
    return line;
  }
}
