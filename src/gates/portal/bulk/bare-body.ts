/**
 * The body of a request, read from its connection straight into memory that is given for it. Node's HTTP parser makes a copy of every
 * 16 KiB of a body, in fresh memory, as a stream's chunk; for a large upload that costs as much of the processor as TLS does. A socket's
 * `onread` does away with it, but is for sockets that one makes oneself; here the same is switched on for a connection that exists.
 *
 * - The parser hears nothing more of the connection: it ends with the response.
 * - Only for a body of known length; whatever the client sends beyond it goes into memory that nobody reads.
 * - Where a later Node has no such parts, the request is read as a stream, only slower.
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

export interface Taker {
  /** Where the next bytes go; never empty. */
  room(): Uint8Array;
  /** Bytes that lie where `room` said. False: no more for now. */
  filled(count: number): boolean;
}

export interface BareBody {
  /** After `filled` said no. */
  resume(): void;
  /** The taker's memory is its own again; what still comes is thrown away. Also when the last byte was taken. */
  leave(): void;
}

/** Takes what comes after the end. Written to by every connection, read by nobody. */
const sink = new Uint8Array(64 * 1024);

/** How a socket remembers `onread`: no part of the types. */
interface Fillable {
  next: () => Uint8Array;
  filled: (count: number) => boolean;
  use(buffer: Uint8Array): void;
}

/**
 * `left` bytes of the body are still to come: all that came before has been taken from `request`, later than in its event, for only then
 * has the parser handed on what came with the head. Undefined when it cannot be done.
 */
export function bareBody(request: IncomingMessage, left: number, taker: Taker): BareBody | undefined {
  const { socket } = request;
  const fillable = fillableOf(socket);
  if (fillable === undefined || left <= 0 || socket.destroyed) return undefined;
  let rest = left;
  let isOver = false;
  const leave = (): void => {
    if (isOver) return;
    isOver = true;
    if (!socket.destroyed) fillable.use(sink);
  };
  const unhear = (): void => undefined;
  socket.on('data', unhear).off('data', unhear); // a listener takes the connection away from the parser
  fillable.next = () => (isOver ? sink : taker.room());
  fillable.filled = (count) => {
    if (isOver) return true;
    const own = Math.min(count, rest);
    rest -= own;
    const goesOn = taker.filled(own);
    if (rest === 0) leave();
    return goesOn || isOver;
  };
  fillable.use(taker.room());
  socket.resume();
  return { resume: () => void socket.resume(), leave };
}

function fillableOf(socket: Socket): Fillable | undefined {
  const symbols = Object.getOwnPropertySymbols(socket);
  const [buffer, filled, next] = ['kBuffer', 'kBufferCb', 'kBufferGen'].map((name) =>
    symbols.find((symbol) => symbol.description === name),
  );
  // No part of the types: the handle of a socket, and what `onread` sets.
  const inside = socket as unknown as {
    _handle?: { useUserBuffer?: (buffer: Uint8Array) => void } | null;
    [part: symbol]: unknown;
  };
  const handle = inside._handle;
  if (buffer === undefined || filled === undefined || next === undefined) return undefined;
  if (typeof handle?.useUserBuffer !== 'function' || inside[buffer] !== null) return undefined;
  return {
    set next(make: () => Uint8Array) {
      inside[next] = make;
    },
    set filled(take: (count: number) => boolean) {
      inside[filled] = take;
    },
    use(memory: Uint8Array) {
      inside[buffer] = memory;
      handle.useUserBuffer?.(memory);
    },
  };
}
