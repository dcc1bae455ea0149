/**
 * Sealing, as restic's repository format v2 has it: 16 random bytes, AES-256-CTR with them as the first counter block, and the
 * Poly1305-AES tag of the ciphertext. 32 bytes more than what is sealed.
 */
import { createCipheriv, createDecipheriv, randomBytes, timingSafeEqual } from 'node:crypto';
import { createKernel, KERNEL_FREE } from '#vault/format/kernel/kernel.ts';
import type { Kernel } from '#vault/format/kernel/kernel.ts';
import { Fault } from '#std/refused.ts';

export const IV_BYTES = 16;
export const TAG_BYTES = 16;
export const SEAL_BYTES = IV_BYTES + TAG_BYTES;

/** 32 bytes for AES-256, and 16 + 16 bytes for Poly1305-AES. */
export interface SealingKey {
  readonly encrypt: Uint8Array;
  readonly macK: Uint8Array;
  readonly macR: Uint8Array;
}

const R_AT = KERNEL_FREE;
const PAD_AT = KERNEL_FREE + 16;
const TAG_AT = KERNEL_FREE + 32;
/** Where a caller's own bytes may begin in the memory of the kernel of a `Sealer`. */
export const SEALER_FREE = KERNEL_FREE + 64;

export interface Sealer {
  readonly kernel: Kernel;
  /** Seals `plain` into the kernel's memory at `at`; the number of bytes written. `plain` may not overlap. */
  sealInto(at: number, plain: Uint8Array): number;
  /** Opens `length` sealed bytes that lie in the kernel's memory at `at`; a Fault `seal-broken` when they were changed. */
  openAt(at: number, length: number): Buffer;
  seal(plain: Uint8Array): Buffer;
  open(sealed: Uint8Array): Buffer;
}

/** Memory for one object at a time that is sealed or opened by value. */
const SCRATCH_BYTES = 1 << 20;

/** `sizeBytes`: memory for the caller behind `SEALER_FREE`. */
export function createSealer(key: SealingKey, sizeBytes = SCRATCH_BYTES): Sealer {
  const kernel = createKernel(sizeBytes + 64);
  const { bytes } = kernel;
  const pads = createCipheriv('aes-128-ecb', key.macK, null).setAutoPadding(false);
  const room = bytes.length - SEALER_FREE;

  function tag(iv: Uint8Array, at: number, length: number): Buffer {
    bytes.set(key.macR, R_AT);
    bytes.set(pads.update(iv), PAD_AT);
    kernel.macBegin(R_AT);
    kernel.macUpdate(at, length);
    kernel.macEnd(PAD_AT, TAG_AT);
    return bytes.subarray(TAG_AT, TAG_AT + TAG_BYTES);
  }

  function sealInto(at: number, plain: Uint8Array): number {
    const iv = randomBytes(IV_BYTES);
    bytes.set(iv, at);
    const begin = at + IV_BYTES;
    bytes.set(createCipheriv('aes-256-ctr', key.encrypt, iv).update(plain), begin);
    bytes.set(tag(iv, begin, plain.length), begin + plain.length);
    return plain.length + SEAL_BYTES;
  }

  function openAt(at: number, length: number): Buffer {
    if (length < SEAL_BYTES) throw broken('is too short');
    const iv = Buffer.from(bytes.subarray(at, at + IV_BYTES));
    const [begin, end] = [at + IV_BYTES, at + length - TAG_BYTES];
    const seen = tag(iv, begin, end - begin);
    if (!timingSafeEqual(seen, bytes.subarray(end, at + length))) throw broken('was changed');
    return createDecipheriv('aes-256-ctr', key.encrypt, iv).update(bytes.subarray(begin, end));
  }

  function seal(plain: Uint8Array): Buffer {
    if (plain.length + SEAL_BYTES > room) return big(plain.length).seal(plain);
    const length = sealInto(SEALER_FREE, plain);
    return Buffer.from(bytes.subarray(SEALER_FREE, SEALER_FREE + length));
  }

  function open(sealed: Uint8Array): Buffer {
    if (sealed.length > room) return big(sealed.length).open(sealed);
    bytes.set(sealed, SEALER_FREE);
    return openAt(SEALER_FREE, sealed.length);
  }

  /** Rare: something larger than the scratch memory gets a memory of its own. */
  function big(length: number): Sealer {
    return createSealer(key, length + SEAL_BYTES);
  }

  return { kernel, sealInto, openAt, seal, open };
}

function broken(how: string): Fault {
  return new Fault('seal-broken', `a sealed object ${how}: it is not what was written, or the key is another one`);
}
