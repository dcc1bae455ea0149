/** Has everything that the vault holds read again once in so many days, at a pace that leaves the disk to its clients. */
import type { Vault } from '#vault/server/vault.ts';

const DAY_MS = 86_400_000;
/** In one round: what a slow disk reads beside its work, and what keeps a large vault in time. */
const ROUND_BYTES_MIN = 64 << 20;
const ROUND_BYTES_MAX = 1 << 30;

export interface KeptReading {
  round(): Promise<void>;
  /** Begins anew, and goes on without a pause until its end. */
  beginNow(): Promise<void>;
  /** Resolves when no reading that was asked for is under way. */
  settled(): Promise<void>;
  stop(): void;
}

export interface KeptReadingParts {
  readonly vault: Vault;
  readonly everyDays: number;
  onTrouble(what: string, cause: unknown): void;
}

export function keepReading({ vault, everyDays, onTrouble }: KeptReadingParts): KeptReading {
  let roundAt: number | undefined;
  let isStopped = false;
  let asked: Promise<void> | undefined;

  /** A pass takes half of its time at most, so that a vault that is away for a while is still in time. */
  function bytesFor(elapsedMs: number): number {
    const share = elapsedMs / ((everyDays * DAY_MS) / 2);
    return Math.min(ROUND_BYTES_MAX, Math.max(ROUND_BYTES_MIN, Math.ceil(vault.holdings.bytes * share)));
  }

  async function round(): Promise<void> {
    const { at } = await vault.now();
    const elapsedMs = at - (roundAt ?? at);
    roundAt = at;
    const { isUnderWay, begunAt } = vault.reread();
    if (!isUnderWay && (begunAt === 0 || at - begunAt >= everyDays * DAY_MS)) await vault.beginReread();
    await vault.continueReread(bytesFor(elapsedMs));
  }

  async function readAll(): Promise<void> {
    while (!isStopped && (await vault.continueReread(ROUND_BYTES_MIN)));
  }

  return {
    async round() {
      if (asked !== undefined) return;
      await round().catch((cause: unknown) => onTrouble('read everything again', cause));
    },
    async beginNow() {
      await vault.beginReread();
      asked ??= readAll()
        .catch((cause: unknown) => onTrouble('read everything again', cause))
        .finally(() => (asked = undefined));
    },
    async settled() {
      await asked;
    },
    stop: () => (isStopped = true),
  };
}
