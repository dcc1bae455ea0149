import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createKernel, KERNEL_FREE } from '#vault/format/kernel/kernel.ts';

const kernel = createKernel(4 << 20);

const POLYNOMIAL = 0x3da3358b4dc173n;

/** The chunker as its paper has it: a window of 64 bytes, one byte at a time, in plain numbers. */
function slowCuts(bytes: Uint8Array, min: number, max: number, mask: bigint): readonly number[] {
  const top = BigInt(POLYNOMIAL.toString(2).length - 1);
  const reduce = (value: bigint): bigint => {
    let rest = value;
    while (rest.toString(2).length - 1 >= Number(top))
      rest ^= POLYNOMIAL << BigInt(rest.toString(2).length - 1 - Number(top));
    return rest;
  };
  const cuts: number[] = [];
  let start = 0;
  while (start < bytes.length) {
    let end = Math.min(bytes.length, start + max);
    for (let at = start + min; at < end; at += 1) {
      const digest = bytes.subarray(at - 64, at).reduce((sum, byte) => reduce((sum << 8n) | BigInt(byte)), 0n);
      if ((digest & mask) === 0n) end = at;
    }
    cuts.push(end - start);
    start = end;
  }
  return cuts;
}

test('chunks are cut where the plain algorithm cuts them', () => {
  kernel.setPolynomial(POLYNOMIAL);
  const bytes = randomBytes(20_000);
  const mask = (1n << 10n) - 1n;
  assert.deepEqual(fastCuts(bytes, 256, 4000, mask), slowCuts(bytes, 256, 4000, mask));
});

function fastCuts(bytes: Uint8Array, min: number, max: number, mask: bigint): readonly number[] {
  kernel.bytes.set(bytes, KERNEL_FREE);
  const cuts: number[] = [];
  for (let at = 0; at < bytes.length; at += cuts.at(-1) ?? 0)
    cuts.push(kernel.findCut(KERNEL_FREE + at, bytes.length - at, min, max, mask, 1));
  return cuts;
}

test('four lanes and one lane agree on long chunks', () => {
  kernel.setPolynomial(POLYNOMIAL);
  const bytes = randomBytes(3 << 20);
  const mask = (1n << 18n) - 1n;
  const whole = fastCuts(bytes, 512, 8 << 20, mask);
  // Offered 20,000 bytes at a time, a chunk is never long enough for the lanes.
  const parts: number[] = [];
  for (let at = 0; at < bytes.length; at += parts.at(-1) ?? 0) parts.push(oneLane(bytes, at, mask));
  assert.deepEqual(whole, parts);
});

const STEP = 20_000;

function oneLane(bytes: Uint8Array, begin: number, mask: bigint): number {
  kernel.bytes.set(bytes, KERNEL_FREE);
  for (let min = 512; ; min += STEP) {
    const length = Math.min(bytes.length - begin, min + STEP);
    const cut = kernel.findCut(KERNEL_FREE + begin, length, min, 8 << 20, mask, 0);
    if (cut !== 0) return cut;
    if (begin + length === bytes.length) return length;
  }
}

test('the first of several cuts in sight is taken, whichever lane sees it', () => {
  kernel.setPolynomial(POLYNOMIAL);
  const bytes = randomBytes(300_000);
  // So many cuts that every lane of every turn sees some.
  const mask = (1n << 11n) - 1n;
  for (const min of [64, 9000, 32_768]) {
    const whole = fastCuts(bytes, min, 200_000, mask);
    const alone: number[] = [];
    for (let at = 0; at < bytes.length; at += alone.at(-1) ?? 0) alone.push(stepwise(bytes, at, min, 200_000, mask));
    assert.deepEqual(whole, alone);
  }
});

/** Place by place: each call has one place to look at. */
function stepwise(bytes: Uint8Array, begin: number, min: number, max: number, mask: bigint): number {
  kernel.bytes.set(bytes, KERNEL_FREE);
  const left = bytes.length - begin;
  for (let length = min; length <= Math.min(left, max); length += 1) {
    const cut = kernel.findCut(KERNEL_FREE + begin, length, length, max, mask, 0);
    if (cut !== 0) return cut;
  }
  return Math.min(left, max);
}

test('a polynomial of another degree is cut by as well', () => {
  const other = 0x80000000000000000n >> 12n; // x^55
  kernel.setPolynomial(other | 0b1101n);
  const bytes = randomBytes(200_000);
  const mask = (1n << 12n) - 1n;
  const whole = fastCuts(bytes, 512, 100_000, mask);
  const alone: number[] = [];
  for (let at = 0; at < bytes.length; at += alone.at(-1) ?? 0) alone.push(stepwise(bytes, at, 512, 100_000, mask));
  assert.deepEqual(whole, alone);
  assert.ok(whole.length > 10);
});

test('an even spread has a small chi-square, text and zeros have not', () => {
  kernel.bytes.set(randomBytes(65_536), KERNEL_FREE);
  const even = kernel.chiSquare(KERNEL_FREE, 65_536);
  assert.ok(even > 150 && even < 400, `${even}`);
  kernel.bytes.fill(0, KERNEL_FREE, KERNEL_FREE + 65_536);
  assert.equal(kernel.chiSquare(KERNEL_FREE, 65_536), 65_536 * 255);
});

test('the kept WASM is what its source compiles to', () => {
  const folder = mkdtempSync(join(tmpdir(), 'picturelock-kernel-'));
  try {
    const out = join(folder, 'kernel.wasm');
    const tool = new URL('../../../../tool/kernel.mjs', import.meta.url).pathname;
    const { status, stderr } = spawnSync(process.execPath, [tool, out], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    assert.deepEqual(readFileSync(out), readFileSync(new URL('./kernel.wasm', import.meta.url)));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
