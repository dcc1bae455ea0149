/**
 * The vault's clock, kept: saved often enough that a crash costs less than a reboot may credit, and each doubt written in the journal. A full disk
 * keeps nobody from the time, and so from reading: what could not be written is written at the next look.
 */
import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { isFull } from '#vault/server/journal.ts';
import type { Journal } from '#vault/server/journal.ts';
import { resumeClock, tick, trusted } from '#vault/server/vault-clock.ts';
import type { ClockReading, VaultClockState } from '#vault/server/vault-clock.ts';
import { Fault } from '#std/refused.ts';

const SAVE_EVERY_MS = 60_000;

export interface Timekeeper {
  /** Vault time, after looking at the clocks. */
  now(): Promise<VaultClockState>;
  /** A person has looked at the clocks of this machine. */
  trust(): Promise<void>;
  close(): Promise<void>;
}

const clockFile = z.strictObject({
  at: z.number(),
  wall: z.number(),
  monotonic: z.number(),
  boot: z.string().max(100),
  creditMs: z.number().min(0),
  doubt: z.string().max(300).optional(),
});

/** `lastAt`: newest vault time in the journal. */
export async function openTimekeeper(
  path: string,
  lastAt: number,
  read: () => ClockReading,
  journal: Pick<Journal, 'append'>,
): Promise<Timekeeper> {
  const saved = await readSaved(path);
  let clock = resumeClock(saved, lastAt, read());
  let [savedAt, savedBoot] = [-Infinity, ''];
  let saving: Promise<void> = Promise.resolve();
  let isTold = clock.doubt === undefined || saved?.doubt !== undefined;
  await persist();

  function save(): Promise<void> {
    [savedAt, savedBoot] = [clock.at, clock.boot];
    const text = JSON.stringify(clock);
    saving = saving
      .catch(() => undefined)
      .then(() => writeWhole(path, text))
      .catch((cause: unknown) => {
        savedAt = -Infinity;
        throw cause;
      });
    return saving;
  }

  async function persist(): Promise<void> {
    const { at, boot, doubt } = clock;
    try {
      if (!isTold || at - savedAt > SAVE_EVERY_MS || boot !== savedBoot) await save();
      if (isTold || doubt === undefined) return;
      isTold = true; // whoever looks meanwhile does not tell it again
      await journal.append([{ kind: 'doubted', at, says: doubt }]).catch((cause: unknown) => {
        isTold = false;
        throw cause;
      });
    } catch (cause) {
      if (!isOutOfRoom(cause)) throw cause;
    }
  }

  return {
    async now() {
      const wasDoubted = clock.doubt !== undefined;
      clock = tick(clock, read());
      if (!wasDoubted && clock.doubt !== undefined) isTold = false;
      await persist();
      return clock;
    },
    async trust() {
      clock = trusted(tick(clock, read()));
      isTold = true;
      await save();
      await journal.append([{ kind: 'trusted', at: clock.at }]);
    },
    async close() {
      await save().catch((cause: unknown) => {
        if (!isOutOfRoom(cause)) throw cause;
      });
    },
  };
}

function isOutOfRoom(cause: unknown): boolean {
  return isFull(cause) || (cause instanceof Fault && cause.code === 'storage-full');
}

async function writeWhole(path: string, text: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await writeFile(aside, text, { mode: 0o600, flush: true });
    await rename(aside, path);
  } catch (cause) {
    await rm(aside, { force: true });
    throw cause;
  }
}

async function readSaved(path: string): Promise<VaultClockState | undefined> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined; // an error of Node's file functions
    throw cause;
  });
  if (text === undefined) return undefined;
  const { doubt, ...rest } = clockFile.parse(JSON.parse(text));
  return doubt === undefined ? rest : { ...rest, doubt };
}
