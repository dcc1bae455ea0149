import { test } from 'node:test';
import assert from 'node:assert/strict';
import { Secret } from 'otpauth';
import { totpStep, UsedSteps } from '#api/identity/totp.ts';

/** RFC 6238 appendix B, SHA-1, the last six digits; the secret is the ASCII text 12345678901234567890. */
const SECRET = Secret.fromUTF8('12345678901234567890').base32;
const VECTORS = [
  [59, '287082'],
  [1111111109, '081804'],
  [1111111111, '050471'],
  [1234567890, '005924'],
  [2000000000, '279037'],
  [20000000000, '353130'],
] as const;

test('the published vectors', () => {
  for (const [seconds, code] of VECTORS) assert.equal(totpStep(SECRET, code, seconds * 1000), Math.floor(seconds / 30));
});

test('one step either way, no more', () => {
  const at = 1111111111_000;
  assert.equal(totpStep(SECRET, '050471', at + 30_000), totpStep(SECRET, '050471', at));
  assert.equal(totpStep(SECRET, '050471', at - 30_000), totpStep(SECRET, '050471', at));
  assert.equal(totpStep(SECRET, '050471', at + 61_000), undefined);
  assert.equal(totpStep(SECRET, '050471', at - 61_000), undefined);
});

test('no step twice, none older than the newest, and after a restart none that can have been used', () => {
  const used = new UsedSteps(Infinity);
  assert.deepEqual(
    [
      used.use('A', 100, undefined),
      used.use('A', 100, undefined),
      used.use('A', 99, undefined),
      used.use('A', 101, undefined),
    ],
    [true, false, false, true],
  );
  assert.equal(used.use('B', 100, undefined), true);
  const restarted = new UsedSteps(Infinity);
  const lastUsedAt = 100 * 30_000;
  assert.deepEqual(
    [100, 101, 102].map((step) => restarted.use('A', step, lastUsedAt)),
    [false, false, true],
  );
});
