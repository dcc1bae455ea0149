/**
 * The door for whoever stands at the vault's own machine: a socket in its folder that only its account can open. What changes what the vault
 * holds to (windows, trust in the clock, removals) is asked here and nowhere else: no network, no session, no role reaches it.
 */
import { chmodSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import { lineSplitter } from '#host/vault/lines.ts';
import { SIGNATURES_MAX } from '#vault/server/signed-removal.ts';
import { Fault } from '#std/refused.ts';

const BYTES_MAX = 128 << 20;
const ANSWER_MS_MAX = 10 * 60_000;
const CONNECTIONS_MAX = 8;
/** Windows are short: an hour at most. */
export const WINDOW_MINUTES_MAX = 60;

export const order = z.discriminatedUnion('verb', [
  z.strictObject({ verb: z.literal('status') }),
  z.strictObject({ verb: z.literal('window'), minutes: z.int().min(0).max(WINDOW_MINUTES_MAX) }),
  z.strictObject({ verb: z.literal('trust-clock') }),
  /** Reads everything that is held again, from now on without a pause. */
  z.strictObject({ verb: z.literal('reread') }),
  /** Pull from the first vaults now; `isFull`: compare everything. */
  z.strictObject({ verb: z.literal('pull'), isFull: z.boolean() }),
  z.strictObject({
    verb: z.literal('mark'),
    prune: z.string().max(40),
    client: z.string().max(40),
    objects: z.array(z.string().max(120)).min(1).max(1_000_000),
    upTo: z.int().min(0).optional(),
  }),
  z.strictObject({
    verb: z.literal('mark-signed'),
    /** The bytes that were signed, as base64. */
    file: z.base64().max(BYTES_MAX),
    signatures: z.array(z.string().max(20_000)).min(1).max(SIGNATURES_MAX),
  }),
  /** Another machine's clock, for what it is worth: it can raise a doubt. */
  z.strictObject({ verb: z.literal('heard-clock'), source: z.string().min(1).max(200), at: z.int().min(0) }),
  z.strictObject({ verb: z.literal('unmark'), prune: z.string().max(40) }),
]);
export type Order = z.infer<typeof order>;

const reply = z.union([
  z.strictObject({ done: z.unknown() }),
  z.strictObject({ fault: z.strictObject({ code: z.string(), says: z.string() }) }),
]);

export function controlPath(folder: string): string {
  return join(folder, 'control.sock');
}

export interface Control {
  close(): Promise<void>;
}

export async function serveControl(folder: string, act: (order: Order) => Promise<unknown>): Promise<Control> {
  const path = controlPath(folder);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    attend(socket, act);
  });
  server.maxConnections = CONNECTIONS_MAX;
  rmSync(path, { force: true }); // left by a process that was killed; the vault's lock says that it is gone
  const before = process.umask(0o177);
  try {
    await new Promise<void>((done, failed) => server.once('error', failed).listen(path, done));
  } finally {
    process.umask(before);
  }
  chmodSync(path, 0o600);
  return {
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
}

function attend(socket: Socket, act: (order: Order) => Promise<unknown>): void {
  const split = lineSplitter(BYTES_MAX);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    try {
      for (const line of split(chunk)) void perform(line, act).then((text) => socket.write(text));
    } catch {
      socket.destroy();
    }
  });
}

async function perform(line: string, act: (order: Order) => Promise<unknown>): Promise<string> {
  try {
    return `${JSON.stringify({ done: (await act(order.parse(JSON.parse(line)))) ?? null })}\n`;
  } catch (cause) {
    const code = cause instanceof Fault ? cause.code : 'bad-order';
    return `${JSON.stringify({ fault: { code, says: cause instanceof Error ? cause.message : String(cause) } })}\n`;
  }
}

/** Asks the vault that runs over this folder. */
export async function askVault(folder: string, asked: Order): Promise<unknown> {
  const socket = connect(controlPath(folder));
  const answered = Promise.withResolvers<unknown>();
  const split = lineSplitter(BYTES_MAX);
  socket.once('connect', () => socket.write(`${JSON.stringify(asked)}\n`));
  socket.on('data', (chunk: Buffer) => {
    for (const line of split(chunk)) answered.resolve(JSON.parse(line));
  });
  socket.setTimeout(ANSWER_MS_MAX, () => socket.destroy());
  socket.on('error', (cause) => answered.reject(gone(folder, cause)));
  socket.once('close', () => answered.reject(gone(folder)));
  try {
    const heard = reply.parse(await answered.promise);
    if ('fault' in heard) throw new Fault(heard.fault.code, heard.fault.says);
    return heard.done;
  } finally {
    socket.destroy();
  }
}

function gone(folder: string, cause?: unknown): Fault {
  return new Fault('vault-not-running', `No vault runs over ${folder}, or this account may not speak to it.`, {
    cause,
  });
}
