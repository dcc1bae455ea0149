/** What the commands of backups share: asking for work and waiting until the ledger says that it is done. */
import { randomBytes } from 'node:crypto';
import type { Cli } from '../cli.ts';
import type { Console } from '../console.ts';
import { Failure } from '../failure.ts';
import type { BackupDeskParts } from '#host/backup/runbook-now.ts';
import { createClock } from '#host/clock.ts';
import { DAY_MS } from '#model/limits.ts';
import type { State } from '#model/state.ts';
import type { Id, IdKind } from '#std/ids.ts';
import { ID_RANDOM_BYTES, makeId } from '#std/ids.ts';

const WAIT_MS_MAX = DAY_MS;

export function waitUntil<T>(console: Console, found: (state: State) => T | undefined): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const stop = console.engine.subscribe((_, state) => look(state));
  const timer = setTimeout(() => reject(new Failure('slow', 'It is still running; look at it later.')), WAIT_MS_MAX);
  function look(state: State): void {
    const value = found(state);
    if (value === undefined) return;
    clearTimeout(timer);
    stop();
    resolve(value);
  }
  look(console.state());
  return promise;
}

export function deskParts({ engine, keys }: Console, cli: Cli): BackupDeskParts {
  return { data: cli.data(), engine, keys, clock: createClock() };
}

export function newId<Kind extends IdKind>(kind: Kind): Id<Kind> {
  return makeId(kind, randomBytes(ID_RANDOM_BYTES));
}
