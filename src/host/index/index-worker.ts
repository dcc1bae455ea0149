/** The thread that holds the index: SQLite is synchronous, and acks must not wait for it. */
import { rmSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { Followed } from './index-database.ts';
import { IndexDatabase } from './index-database.ts';
import { unpackEntries } from '#host/index/packed-entries.ts';
import { leafHash } from '#ledger/hash.ts';
import type { Entry } from '#model/events.ts';
import type { EntryQuery } from '#ports/engine.ts';
import { assert } from '#std/assert.ts';
import { toHex, toText } from '#std/bytes.ts';

export type ToWorker =
  | { readonly kind: 'take'; readonly packed: Uint8Array }
  | { readonly kind: 'find'; readonly id: number; readonly query: EntryQuery }
  | { readonly kind: 'restart' }
  | { readonly kind: 'close' };

export type FromWorker =
  | { readonly kind: 'followed'; readonly followed: Followed }
  | { readonly kind: 'found'; readonly id: number; readonly found: ReturnType<IndexDatabase['find']> }
  | { readonly kind: 'failed'; readonly id?: number; readonly message: string }
  | { readonly kind: 'closed' };

const port = parentPort;
assert(port !== null, 'the index runs in a worker');
const { path } = workerData as { readonly path: string }; // given by entry-index.ts

let database = open();
report();

port.on('message', (message: ToWorker) => {
  try {
    answer(message);
  } catch (cause) {
    const id = message.kind === 'find' ? { id: message.id } : {};
    send({ kind: 'failed', ...id, message: cause instanceof Error ? cause.message : 'the index failed' });
  }
});

function answer(message: ToWorker): void {
  switch (message.kind) {
    case 'take':
      return take(unpackEntries(message.packed));
    case 'find':
      return send({ kind: 'found', id: message.id, found: database.find(message.query) });
    case 'restart':
      database[Symbol.dispose]();
      remove();
      database = open();
      return report();
    case 'close':
      database[Symbol.dispose]();
      return send({ kind: 'closed' });
  }
}

function take(entries: readonly Uint8Array[]): void {
  const last = entries.at(-1);
  if (last === undefined) return report();
  const size = database.followed().size + entries.length;
  // Our own bytes, hashed when they were read.
  database.take(
    entries.map((bytes) => JSON.parse(toText(bytes)) as Entry),
    { size, leaf: toHex(leafHash(last)) },
  );
  report();
}

function report(): void {
  send({ kind: 'followed', followed: database.followed() });
}

function send(message: FromWorker): void {
  port?.postMessage(message);
}

/** A file that cannot be read as an index is worth nothing: it is built again. */
function open(): IndexDatabase {
  try {
    return new IndexDatabase(path);
  } catch {
    remove();
    return new IndexDatabase(path);
  }
}

function remove(): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
}
