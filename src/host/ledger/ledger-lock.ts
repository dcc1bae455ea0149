/**
 * One writer: an exclusive SQLite lock on a file beside the segments. The kernel lets go of it when the process ends, however it
 * ends, so there is nothing stale to judge by process numbers.
 */
import { DatabaseSync } from 'node:sqlite';
import { Fault } from '#std/refused.ts';

export interface LedgerLock {
  release(): void;
}

/** Throws when another writer, in this process or another, has the ledger open. */
export function lockLedger(path: string): LedgerLock {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE;');
  } catch (cause) {
    database.close();
    throw new Fault('ledger-in-use', 'another process has this ledger open for writing', { cause });
  }
  return { release: () => database.close() };
}
