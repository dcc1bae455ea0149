/**
 * The kernels of `kernel.as.ts` as this side sees them: one instance with its own memory for each thread. What is worked on lies in that
 * memory, so a file is read straight into it; `bytes` is renewed when the memory grows.
 */
import { readFileSync } from 'node:fs';
import { Fault } from '#std/refused.ts';

const PAGE_BYTES = 65_536;
/** The instance's own tables end here. */
export const KERNEL_FREE = 16_384;

interface Exports {
  setPolynomial(polynomial: bigint): void;
  findCut(begin: number, length: number, min: number, max: number, mask: bigint, isLast: number): number;
  chiSquare(at: number, length: number): number;
}

export interface Kernel extends Exports {
  /** The whole memory; offsets below `KERNEL_FREE` are the kernel's. */
  readonly bytes: Buffer;
}

const program = new WebAssembly.Module(readFileSync(new URL('./kernel.wasm', import.meta.url)));

/** A kernel with `sizeBytes` of memory for its caller behind `KERNEL_FREE`. */
export function createKernel(sizeBytes: number): Kernel {
  const pages = Math.ceil((KERNEL_FREE + sizeBytes) / PAGE_BYTES);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: 16_384 });
  const { exports } = new WebAssembly.Instance(program, { env: { memory, abort } });
  const kernel = exports as unknown as Exports; // built from kernel.as.ts, whose test compares the two
  return {
    bytes: Buffer.from(memory.buffer),
    setPolynomial: kernel.setPolynomial,
    findCut: kernel.findCut,
    chiSquare: kernel.chiSquare,
  };
}

function abort(): never {
  throw new Fault('kernel-fault', 'a kernel of the backup engine stopped');
}
