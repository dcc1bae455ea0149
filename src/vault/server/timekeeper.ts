/** The vault's clock, kept: saved often enough that a crash costs less than a reboot may credit, and each doubt written in the journal. */
import { randomUUID } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import type { Journal } from '#vault/server/journal.ts';
import { resumeClock, tick, trusted } from '#vault/server/vault-clock.ts';
import type { ClockReading, VaultClockState } from '#vault/server/vault-clock.ts';

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
  let savedAt = clock.at;
  let saving: Promise<void> = Promise.resolve();
  if (clock.doubt !== undefined && saved?.doubt === undefined) await noteDoubt(clock.doubt);
  await save();

  function save(): Promise<void> {
    savedAt = clock.at;
    const text = JSON.stringify(clock);
    saving = saving.catch(() => undefined).then(() => writeWhole(path, text));
    return saving;
  }

  async function noteDoubt(says: string): Promise<void> {
    await journal.append([{ kind: 'doubted', at: clock.at, says }]);
  }

  return {
    async now() {
      const before = clock;
      clock = tick(clock, read());
      const { doubt } = clock;
      const isNew = doubt !== undefined && before.doubt === undefined;
      if (isNew || clock.at - savedAt > SAVE_EVERY_MS || clock.boot !== before.boot) await save();
      if (isNew) await noteDoubt(doubt);
      return clock;
    },
    async trust() {
      clock = trusted(tick(clock, read()));
      await save();
      await journal.append([{ kind: 'trusted', at: clock.at }]);
    },
    async close() {
      await save();
    },
  };
}

async function writeWhole(path: string, text: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  await writeFile(aside, text, { mode: 0o600, flush: true });
  await rename(aside, path);
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
