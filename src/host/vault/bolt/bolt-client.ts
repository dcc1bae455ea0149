/** The vault's end of the bolt's socket. */
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { join, relative } from 'node:path';
import { boltAnswer } from '#host/vault/bolt/bolt-request.ts';
import type { BoltAnswer, BoltRequest } from '#host/vault/bolt/bolt-request.ts';
import { lineSplitter } from '#host/vault/lines.ts';
import type { Immutable } from '#vault/server/vault.ts';
import { Fault } from '#std/refused.ts';

/** A thousand paths. */
const ANSWER_BYTES_MAX = 256 << 10;
const ANSWER_MS_MAX = 60_000;
type Asked = BoltRequest extends infer R ? (R extends unknown ? Omit<R, 'n'> : never) : never;

/** Connects when first needed, and again after the bolt was away. While it is away nothing is accepted. */
export function createBoltClient(path: string, vault: string): Immutable & { close(): void } {
  const waiting = new Map<number, PromiseWithResolvers<readonly string[]>>();
  let socket: Socket | undefined;
  let last = 0;

  function open(): Socket {
    const made = connect(path);
    const split = lineSplitter(ANSWER_BYTES_MAX);
    made.on('data', (chunk: Buffer) => {
      for (const line of split(chunk)) hear(boltAnswer.parse(JSON.parse(line)));
    });
    made.on('error', () => made.destroy());
    made.once('close', () => {
      socket = undefined;
      for (const { reject } of waiting.values()) reject(gone());
      waiting.clear();
    });
    made.unref();
    return made;
  }

  function hear({ n, unlocked = [], fault }: BoltAnswer): void {
    const one = waiting.get(n);
    waiting.delete(n);
    if (fault === undefined) one?.resolve(unlocked);
    else one?.reject(new Fault(fault.code, fault.says));
  }

  function ask(asked: Asked): Promise<readonly string[]> {
    socket ??= open();
    last += 1;
    const n = last;
    const answered = Promise.withResolvers<readonly string[]>();
    waiting.set(n, answered);
    const timer = setTimeout(() => answered.reject(gone()), ANSWER_MS_MAX);
    socket.write(`${JSON.stringify({ n, ...asked })}\n`);
    return answered.promise.finally(() => {
      clearTimeout(timer);
      waiting.delete(n);
    });
  }

  const inVault = (file: string): string => relative(vault, file);
  return {
    lock: async (file, forMs) => void (await ask({ verb: 'lock-until', path: inVault(file), forMs })),
    renew: async (except, forMs) => void (await ask({ verb: 'lock-until', except: except.map(inVault), forMs })),
    async hold(files, forMs) {
      const unlocked = await ask({ verb: 'lock-until', paths: files.map(inVault), forMs });
      return unlocked.map((path) => join(vault, path));
    },
    letGoDamaged: async (file) => void (await ask({ verb: 'let-go-damaged', path: inVault(file) })),
    close: () => socket?.destroy(),
  };
}

function gone(): Fault {
  return new Fault('bolt-gone', 'the process that makes files immutable does not answer: nothing is accepted', {
    retry: true,
  });
}
