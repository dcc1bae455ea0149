/** A warden over a namespace, reached through its own socket, with folders of its own that go with it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Namespace } from './namespaces.ts';
import { createWardenClient } from '#host/warden/client.ts';
import type { RunningWarden } from '#host/warden/warden.ts';
import { startWarden } from '#host/warden/warden.ts';
import type { Warden } from '#ports/warden.ts';

export interface Guarded {
  readonly warden: Warden;
  readonly socket: string;
  readonly folder: string;
  readonly troubles: readonly string[];
  /** Ends the warden and starts another over the same folder. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export async function guard(namespace: Namespace, uid = 0): Promise<Guarded> {
  const folder = mkdtempSync(join(tmpdir(), 'picturelock-warden-'));
  const socket = join(folder, 'warden.sock');
  const troubles: string[] = [];
  const start = (): Promise<RunningWarden> =>
    startWarden({
      socket,
      uid,
      namespace: namespace.name,
      folder: join(folder, 'state'),
      onTrouble: (what, error) => troubles.push(`${what} ${error === undefined ? '' : String(error)}`),
    });
  let running = await start();
  const warden = createWardenClient(socket);
  return {
    warden,
    socket,
    folder,
    troubles,
    async restart() {
      await running.close();
      running = await start();
    },
    async close() {
      await warden.close();
      await running.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Resolves with the first call of a listener. */
export function next<T>(subscribe: (listener: (value: T) => void) => () => void): Promise<T> {
  return new Promise((resolve) => {
    const stop = subscribe((value) => {
      stop();
      resolve(value);
    });
  });
}
