/** A thread that swaps a folder and a file for links to the outside and back, as fast as it can. */
import { renameSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';

const { base, outside } = workerData as { readonly base: string; readonly outside: string }; // given by the test
let swaps = 0;
let stopped = false;
parentPort?.once('message', () => (stopped = true));

function swap(name: string, target: string): void {
  renameSync(join(base, name), join(base, `${name}.away`));
  symlinkSync(target, join(base, name));
  unlinkSync(join(base, name));
  renameSync(join(base, `${name}.away`), join(base, name));
}

function turn(): void {
  for (let i = 0; i < 200; i += 1) {
    swap('folder', outside);
    swap('file.mov', join(outside, 'secret.mov'));
    swaps += 2;
  }
  if (!stopped) setImmediate(turn);
  else {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    parentPort?.postMessage(swaps);
    parentPort?.close();
  }
}
turn();
