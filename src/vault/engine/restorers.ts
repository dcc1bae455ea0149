/** The threads of a restore or a check: each has one job at hand and one waiting. */
import { Worker } from 'node:worker_threads';
import type {
  CheckedPack,
  DamagedPiece,
  FromRestorer,
  RestorerSetting,
  ToRestorer,
} from '#vault/engine/restore-work.ts';
import { threadSetting } from '#vault/engine/thread-setting.ts';
import type { PackJob } from '#vault/engine/restore-plan.ts';
import { Fault } from '#std/refused.ts';

export interface Restorers {
  restore(job: PackJob, paths: readonly (readonly [number, Uint8Array])[]): Promise<void>;
  check(pack: string): Promise<void>;
  /** Resolves when everything handed over is done and every file is closed. */
  finish(): Promise<void>;
  close(): Promise<void>;
}

export interface RestorerEvents {
  done(bytes: number, damaged: readonly DamagedPiece[]): void;
  checked(pack: CheckedPack): void;
}

const AHEAD = 2;

export function startRestorers(count: number, setting: RestorerSetting, events: RestorerEvents): Restorers {
  let fail: (cause: unknown) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => (fail = reject));
  failed.catch(() => undefined);
  const hands = Array.from({ length: count }, () => hire());
  let wake: (() => void) | undefined;

  function hire() {
    const worker = new Worker(new URL('./restore-worker.ts', import.meta.url), threadSetting(setting));
    const hand = { worker, jobs: 0 };
    worker.on('message', (message: FromRestorer) => {
      if (message.kind === 'failed') return fail(new Fault(message.code, message.message, { retry: message.retry }));
      hand.jobs -= 1;
      if (message.kind === 'done') events.done(message.bytes, message.damaged);
      if (message.kind === 'checked') events.checked(message);
      wake?.();
    });
    worker.on('error', fail);
    return hand;
  }

  async function give(message: ToRestorer): Promise<void> {
    for (;;) {
      const idle = hands.reduce((least, hand) => (hand.jobs < least.jobs ? hand : least));
      if (idle.jobs < AHEAD) {
        idle.jobs += 1;
        idle.worker.postMessage(message);
        return;
      }
      await change();
    }
  }

  function change(): Promise<void> {
    return Promise.race([new Promise<void>((go) => (wake = go)), failed]);
  }

  async function settled(): Promise<void> {
    while (hands.some(({ jobs }) => jobs > 0)) await change();
  }

  return {
    restore: (job, paths) => give({ kind: 'pack', job, paths }),
    check: (pack) => give({ kind: 'check', pack }),
    async finish() {
      await settled();
      for (const hand of hands) {
        hand.jobs += 1;
        hand.worker.postMessage({ kind: 'close' } satisfies ToRestorer);
      }
      await settled();
    },
    async close() {
      await Promise.all(hands.map(({ worker }) => worker.terminate()));
    },
  };
}
