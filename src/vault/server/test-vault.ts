/** A vault in a temporary folder whose clocks a test turns. */
import { hash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { objectLines } from '#model/removal-list.ts';
import type { Client } from '#vault/server/admission.ts';
import type { Approval } from '#vault/server/removals.ts';
import { openVault } from '#vault/server/vault.ts';
import type { Vault, VaultParts } from '#vault/server/vault.ts';
import type { ClockReading } from '#vault/server/vault-clock.ts';

export const DAY_MS = 86_400_000;
export const START = Date.UTC(2026, 0, 5);

export const edit: Client = { name: 'edit', quotaBytes: 1 << 20, lockDays: 30, reads: true };

export interface TurnedClock {
  reading: ClockReading;
  /** Time passes, and both clocks know it. */
  pass(ms: number): void;
}

export function turnedClock(): TurnedClock {
  const clock: TurnedClock = {
    reading: { wall: START, monotonic: 1000, boot: 'boot-1' },
    pass(ms) {
      const { wall, monotonic } = clock.reading;
      clock.reading = { ...clock.reading, wall: wall + ms, monotonic: monotonic + ms };
    },
  };
  return clock;
}

export interface TestVault {
  readonly folder: string;
  readonly clock: TurnedClock;
  readonly vault: Vault;
  /** As after a crash: closed without a word, opened again. */
  again(parts?: Partial<VaultParts>): Promise<TestVault>;
  remove(): Promise<void>;
}

export async function openTestVault(
  parts: Partial<VaultParts> = {},
  folder = mkdtempSync(join(tmpdir(), 'picturelock-vault-')),
  clock = turnedClock(),
): Promise<TestVault> {
  const vault = await openVault({ folder, read: () => clock.reading, freeBytesMin: 0, ...parts });
  return {
    folder,
    clock,
    vault,
    async again(more = {}) {
      await vault.close();
      return openTestVault({ ...parts, ...more }, folder, clock);
    },
    async remove() {
      await vault.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function nameOf(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'hex');
}

export async function* inPieces(bytes: Uint8Array, size = 7): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** Stores these bytes under their own name. */
export async function store(vault: Vault, type: 'data' | 'index' | 'keys' | 'snapshots', text: string, client = edit) {
  const bytes = Buffer.from(text);
  const name = nameOf(bytes);
  const done = await vault.accept(client, type, name, inPieces(bytes), bytes.length);
  return { name, done, object: `${type}/${name}`, bytes: bytes.length };
}

/** Sets aside what two people approved: this list, of this client, made now. */
export async function markApproved(
  { mark, holdings }: Pick<Vault, 'mark' | 'holdings'>,
  approval: Pick<Approval, 'prune' | 'snapshots' | 'bytes'>,
  objects: readonly string[],
  waitMs = DAY_MS,
): Promise<void> {
  const list = { client: edit.name, objectsSha256: nameOf(Buffer.from(objectLines(objects))), beside: [] };
  await mark({ ...approval, list, upTo: holdings.n }, edit.name, objects, waitMs);
}
