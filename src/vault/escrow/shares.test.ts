/** Shares: every quorum gives the secret back, fewer give nothing, a mistyped or foreign share is told. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { joinShares, makeShares } from '#vault/escrow/shares.ts';
import { Fault } from '#std/refused.ts';
import fc from 'fast-check';

const code = (expected: string) => (cause: unknown) => cause instanceof Fault && cause.code === expected;

test('any quorum in any order gives the secret back', () => {
  const secretAndPlan = fc.tuple(
    fc.uint8Array({ minLength: 1, maxLength: 80 }),
    fc.integer({ min: 2, max: 6 }),
    fc.integer({ min: 0, max: 4 }),
    fc.integer(),
  );
  fc.assert(
    fc.property(secretAndPlan, ([secret, need, spare, order]) => {
      const shares = makeShares(secret, { need, shares: need + spare }, randomBytes);
      const rank = (text: string): string => createHash('sha256').update(`${order}${text}`).digest('hex');
      const chosen = shares.toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1)).slice(0, need);
      assert.deepEqual(joinShares(chosen), Buffer.from(secret));
    }),
    { numRuns: 60 },
  );
});

test('one share fewer is refused, and is even: every byte of the secret is as likely as any other', () => {
  const shares = makeShares(Buffer.from('secret'), { shares: 3, need: 3 }, randomBytes);
  assert.throws(() => joinShares(shares.slice(0, 2)), code('shares-missing'));
  const seen = new Set<string>();
  for (let n = 0; n < 4000; n += 1)
    seen.add(makeShares(Buffer.of(7), { shares: 2, need: 2 }, randomBytes)[0]?.slice(17, 19) ?? '');
  assert.equal(seen.size, 256, 'a share of the same byte takes every value');
});

test('mistyped, doubled and foreign shares are told', () => {
  const [a = '', b = ''] = makeShares(Buffer.from('one'), { shares: 2, need: 2 }, randomBytes);
  const [, foreign = ''] = makeShares(Buffer.from('two'), { shares: 2, need: 2 }, randomBytes);
  assert.throws(
    () => joinShares([a, b.replace(/.(?=.{10}$)/, (digit) => (digit === '0' ? '1' : '0'))]),
    code('share-broken'),
  );
  assert.throws(() => joinShares([a, a]), code('shares-missing'));
  assert.throws(() => joinShares([a, foreign]), code('shares-mixed'));
  assert.throws(() => makeShares(Buffer.from('x'), { shares: 1, need: 1 }, randomBytes), code('bad-quorum'));
});
