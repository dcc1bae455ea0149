/**
 * Sealing, as restic's repository format v2 has it: 16 random bytes, AES-256-CTR with them as the first counter block, and the
 * Poly1305-AES tag of the ciphertext. 32 bytes more than what is sealed.
 */
import { createCipheriv, createDecipheriv, randomBytes, timingSafeEqual } from 'node:crypto';
import { giveBack } from '#vault/format/memory.ts';
import { poly1305 } from '#vault/format/poly1305.ts';
import { Bug } from '#std/assert.ts';
import { Fault } from '#std/refused.ts';

export const IV_BYTES = 16;
export const TAG_BYTES = 16;
export const SEAL_BYTES = IV_BYTES + TAG_BYTES;
/** Worked on at once: less costs more calls (4 per cent of what is sealed and checked at a quarter of it), more costs memory for nothing. */
const STEP_BYTES = 512 * 1024;

/** Random bytes are asked for by the page: to ask costs as much as sealing a few kilobytes. None is used twice. */
const RANDOM_BYTES = 4096;
let random = Buffer.alloc(0);

function nextIv(): Buffer {
  if (random.length === 0) random = randomBytes(RANDOM_BYTES);
  const iv = random.subarray(0, IV_BYTES);
  random = random.subarray(IV_BYTES);
  return iv;
}

/** 32 bytes for AES-256, and 16 + 16 bytes for Poly1305-AES. */
export interface SealingKey {
  readonly encrypt: Uint8Array;
  readonly macK: Uint8Array;
  readonly macR: Uint8Array;
}

export interface Sealer {
  /** Seals `plain` into `target` at `at`, which has room for `SEAL_BYTES` more; the number of bytes written. */
  sealInto(target: Buffer, at: number, plain: Uint8Array): number;
  /** Opens `sealed` into `target`; the number of plain bytes. A Fault `seal-broken` when it was changed. */
  openInto(target: Buffer, sealed: Uint8Array): number;
  /** Opens what was just sealed and compares: a Bug when it is not `plain`. */
  check(sealed: Uint8Array, plain: Buffer): void;
  seal(plain: Uint8Array): Buffer;
  open(sealed: Uint8Array): Buffer;
}

export function createSealer(key: SealingKey): Sealer {
  const pads = createCipheriv('aes-128-ecb', key.macK, null).setAutoPadding(false);
  /** Used again for each tag: a thread that opens millions of pieces would keep what it asks for anew until its whole heap is collected. */
  const oneTime = Buffer.allocUnsafeSlow(2 * TAG_BYTES);
  oneTime.set(key.macR);

  function tag(iv: Uint8Array, ciphertext: Uint8Array): Buffer {
    oneTime.set(pads.update(iv), TAG_BYTES);
    return poly1305(oneTime, ciphertext);
  }

  function sealInto(target: Buffer, at: number, plain: Uint8Array): number {
    const begin = at + IV_BYTES;
    nextIv().copy(target, at);
    const iv = target.subarray(at, begin);
    const cipher = createCipheriv('aes-256-ctr', key.encrypt, iv);
    for (let done = 0; done < plain.length; done += STEP_BYTES) {
      const step = cipher.update(plain.subarray(done, done + STEP_BYTES));
      target.set(step, begin + done);
      giveBack(step);
    }
    const end = begin + plain.length;
    target.set(tag(iv, target.subarray(begin, end)), end);
    return plain.length + SEAL_BYTES;
  }

  /** The ciphertext of what was sealed with this key and not changed since. */
  function authentic(sealed: Uint8Array): Uint8Array {
    if (sealed.length < SEAL_BYTES) throw broken('is too short');
    const ciphertext = sealed.subarray(IV_BYTES, -TAG_BYTES);
    const seen = tag(sealed.subarray(0, IV_BYTES), ciphertext);
    if (!timingSafeEqual(seen, sealed.subarray(-TAG_BYTES))) throw broken('was changed');
    return ciphertext;
  }

  /** The plain bytes step by step; each is gone when the next one comes. */
  function* opened(sealed: Uint8Array): Generator<readonly [at: number, step: Buffer]> {
    const ciphertext = authentic(sealed);
    const decipher = createDecipheriv('aes-256-ctr', key.encrypt, sealed.subarray(0, IV_BYTES));
    for (let done = 0; done < ciphertext.length; done += STEP_BYTES) {
      const step = decipher.update(ciphertext.subarray(done, done + STEP_BYTES));
      yield [done, step];
      giveBack(step);
    }
  }

  function openInto(target: Buffer, sealed: Uint8Array): number {
    for (const [at, step] of opened(sealed)) target.set(step, at);
    return sealed.length - SEAL_BYTES;
  }

  return {
    sealInto,
    openInto,
    check(sealed, plain) {
      for (const [at, step] of opened(sealed))
        if (plain.compare(step, 0, step.length, at, at + step.length) !== 0)
          throw new Bug('a sealed blob does not open to what went in');
    },
    seal(plain) {
      const target = Buffer.allocUnsafe(plain.length + SEAL_BYTES);
      sealInto(target, 0, plain);
      return target;
    },
    open(sealed) {
      const target = Buffer.allocUnsafe(Math.max(0, sealed.length - SEAL_BYTES));
      openInto(target, sealed);
      return target;
    },
  };
}

function broken(how: string): Fault {
  return new Fault('seal-broken', `a sealed object ${how}: it is not what was written, or the key is another one`);
}
