/** The machine's own memory, made ready: so that no side of a comparison pays for what a virtual machine's host does. */
import { open } from 'node:fs/promises';
import { closeSync, ftruncateSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
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

async function writeZeros(path: string, sizeBytes: number, from = 0): Promise<void> {
  const [file, block] = [await open(path, from === 0 ? 'w' : 'r+'), Buffer.alloc(MIB)];
  for (let at = from; at < sizeBytes; at += MIB) await file.write(block, 0, MIB, at);
  await file.close();
}

/** What lies free of what was held, while it is let go. */
const FREE_BYTES = 512 * MIB;
const LEND_MS = 10;
/** Let go at a time: a moment's work. */
const LENT_BYTES_MAX = 64 * MIB;

export interface HeldMemory {
  /** Holds so much. */
  fill(sizeBytes: number): Promise<void>;
  /** Lets go of it as fast as others use memory, until the answer is called. */
  lend(): () => void;
  free(): void;
}

/**
 * For work that writes more than a host leaves alone: of what is free it takes back all but a gigabyte within a second or two, so that touching more than
 * that beforehand helps nobody. So it is held in a file of `folder`, which must be in memory, and given up as it is needed. What was freed last is used first.
 */
export function holdMemory(folder: string): HeldMemory {
  const path = join(folder, 'held');
  let bytes = 0;

  function letGo(leastFree: number): void {
    const wanted = Math.min(leastFree - freeBytes(), bytes, LENT_BYTES_MAX);
    if (wanted < MIB) return;
    bytes -= wanted;
    const fd = openSync(path, 'r+');
    ftruncateSync(fd, bytes);
    closeSync(fd);
  }

  return {
    async fill(sizeBytes) {
      await writeZeros(path, sizeBytes, bytes);
      bytes = statSync(path).size;
    },
    lend() {
      const leastFree = freeBytes() + FREE_BYTES;
      for (let before = -1; before !== bytes;) {
        before = bytes;
        letGo(leastFree);
      }
      const timer = setInterval(() => letGo(leastFree), LEND_MS);
      return () => clearInterval(timer);
    },
    free: () => rmSync(path, { force: true }),
  };
}

function freeBytes(): number {
  return Number(/MemFree:\s+(\d+)/.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1] ?? 0) * 1024;
}
