/**
 * One copy of the facility at a time, whoever makes it: the service and a command use the same staging folder, and two that made a vault's repository at
 * the same moment would leave a key there that opens nothing. The kernel lets go of the lock when its holder ends, however it ends.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lockLedger } from '#host/ledger/ledger-lock.ts';
import type { LedgerLock } from '#host/ledger/ledger-lock.ts';
import { Fault } from '#std/refused.ts';

const LOOK_AGAIN_MS = 250;
/** A copy to a far vault may take hours the first time. */
const WAIT_MS_MAX = 6 * 60 * 60_000;

/** Waits for its turn; a Fault `facility-copy-running` when that takes hours. */
export async function facilityTurn(data: string, signal?: AbortSignal, waitMs = WAIT_MS_MAX): Promise<LedgerLock> {
  mkdirSync(join(data, 'run'), { recursive: true, mode: 0o700 });
  for (let left = Math.ceil(waitMs / LOOK_AGAIN_MS); left > 0; left -= 1) {
    const lock = tryLock(join(data, 'run', 'facility-copy.lock'));
    if (lock !== undefined) return lock;
    await sleep(LOOK_AGAIN_MS, undefined, signal === undefined ? {} : { signal });
  }
  throw new Fault(
    'facility-copy-running',
    'a copy of the facility is under way and takes long: ask again when it is done',
  );
}

function tryLock(path: string): LedgerLock | undefined {
  try {
    return lockLedger(path);
  } catch (cause) {
    if (cause instanceof Fault && cause.code === 'ledger-in-use') return undefined;
    throw cause;
  }
}
