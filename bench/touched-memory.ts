/** The machine's own memory, made ready: so that no side of a comparison pays for what a virtual machine's host does. */
import { open } from 'node:fs/promises';
import { rmSync } from 'node:fs';
import { join } from 'node:path';

const MIB = 2 ** 20;
const TOUCHES_MAX = 4;
const STEADY = 1.3;

/**
 * A virtual machine gets memory from its host at first touch and gives back what is free; that costs several times what an upload does, and
 * falls on whoever comes first. So before each upload, whosever, as much is written to `folder` and removed until it goes as fast as it can.
 */
export function memoryToucher(folder: string, sizeBytes: number): () => Promise<void> {
  let fastest = Infinity;
  return async () => {
    for (let touches = 0; touches < TOUCHES_MAX; touches += 1) {
      const started = performance.now();
      await writeZeros(join(folder, 'touched'), sizeBytes);
      const seconds = (performance.now() - started) / 1000;
      rmSync(join(folder, 'touched'));
      const isFast = seconds < STEADY * fastest && fastest < Infinity;
      fastest = Math.min(fastest, seconds);
      if (isFast) return;
    }
  };
}

async function writeZeros(path: string, sizeBytes: number): Promise<void> {
  const [file, block] = [await open(path, 'w'), Buffer.alloc(MIB)];
  for (let at = 0; at < sizeBytes; at += MIB) await file.write(block, 0, MIB, at);
  await file.close();
}
