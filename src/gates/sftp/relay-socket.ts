/**
 * The gate's end of a relay, read into memory that is given for it. A socket that Node accepts is read 64 KiB at a time into fresh
 * memory, and for uploads that costs more than all the rest; `onread` does away with it, but is for sockets that one makes
 * oneself. So the accepted socket's handle goes to a new one. Where a later Node has no such handle, the accepted socket itself
 * serves, only slower: its bytes come as `data` events.
 */
import { Socket, type SocketConstructorOpts } from 'node:net';

/** Who gets the bytes, and where they are to be put. */
export interface Listener {
  room(): Uint8Array;
  receive(chunk: Buffer): void;
}

export interface RelaySocket {
  readonly socket: Socket;
  /** From now on bytes go here. The socket stays as it was, paused or not. */
  listenWith(listener: Listener): void;
}

/** `accepted` must not have been read from yet: its server is made with `pauseOnConnect`. */
export function takeOver(accepted: Socket, first: Listener): RelaySocket {
  let listener = first;
  const listenWith = (next: Listener): void => {
    listener = next;
  };
  // No part of the types: the handle of a socket, and the option to make one around it.
  const holder = accepted as unknown as { _handle?: object | null };
  const handle = holder._handle;
  if (handle === undefined || handle === null) {
    accepted.on('data', (chunk: Buffer) => listener.receive(chunk));
    return { socket: accepted, listenWith };
  }
  holder._handle = null;
  accepted.destroy(); // its server counts it no longer; the handle lives on
  const options = {
    handle,
    manualStart: true,
    onread: {
      buffer: () => listener.room(),
      callback: (count: number, bytes: Uint8Array) => {
        listener.receive(Buffer.from(bytes.buffer, bytes.byteOffset, count));
        return true;
      },
    },
  };
  return { socket: new Socket(options as unknown as SocketConstructorOpts), listenWith };
}
