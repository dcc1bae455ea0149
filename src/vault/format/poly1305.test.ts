import assert from 'node:assert/strict';
import { test } from 'node:test';
import { poly1305 } from '#vault/format/poly1305.ts';
import fc from 'fast-check';

/** The algorithm as its paper has it, in whole numbers. */
function plainly(key: Uint8Array, message: Uint8Array): Buffer {
  const number = (bytes: Uint8Array): bigint => bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  const prime = (1n << 130n) - 5n;
  const r = number(key.subarray(0, 16)) & 0x0ffffffc0ffffffc0ffffffc0fffffffn;
  let sum = 0n;
  for (let at = 0; at < message.length; at += 16) {
    const block = message.subarray(at, at + 16);
    sum = ((sum + number(block) + (1n << BigInt(8 * block.length))) * r) % prime;
  }
  const out = Buffer.alloc(16);
  let rest = (sum + number(key.subarray(16))) & ((1n << 128n) - 1n);
  for (let i = 0; i < 16; i += 1, rest >>= 8n) out[i] = Number(rest & 255n);
  return out;
}

test('the tag is the one of the plain algorithm, whatever the key and the length', () => {
  const keys = fc.uint8Array({ minLength: 32, maxLength: 32 });
  fc.assert(
    fc.property(keys, fc.uint8Array({ maxLength: 300 }), fc.boolean(), (key, message, isFull) => {
      if (isFull) message.fill(255);
      assert.deepEqual(poly1305(key, message), plainly(key, message));
    }),
    { numRuns: 2000 },
  );
});
