import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { addressGroup, RateLimit } from '#api/identity/rate.ts';

const LIMITS = { burst: 3, perTryMs: 1000, addressesMax: 5 };

test('a burst, then one per interval', () => {
  const rate = new RateLimit(LIMITS);
  assert.deepEqual(
    [0, 0, 0, 0].map((at) => rate.take('192.0.2.1', at)),
    [true, true, true, false],
  );
  assert.equal(rate.take('192.0.2.1', 999), false);
  assert.equal(rate.take('192.0.2.1', 1000), true);
  assert.equal(rate.take('192.0.2.2', 1000), true);
});

test('never more than burst + elapsed / interval, whatever the timing', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(3000), { minLength: 1, maxLength: 60 }), (gaps) => {
      const rate = new RateLimit(LIMITS);
      let [at, taken] = [0, 0];
      for (const gap of gaps) {
        at += gap;
        if (rate.take('192.0.2.1', at)) taken += 1;
      }
      assert.ok(taken <= LIMITS.burst + at / LIMITS.perTryMs + 1e-6);
    }),
  );
});

test('the table is bounded, and forgets whoever was away the longest', () => {
  const rate = new RateLimit(LIMITS);
  for (let host = 0; host < 50; host += 1) rate.take(`192.0.2.${host}`, host);
  assert.equal(rate.size, LIMITS.addressesMax);
});

test('a whole /64 is one address, a mapped IPv4 is that IPv4', () => {
  const cases = [
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2:ffff::1', true],
    ['2001:db8:1:2::1', '2001:db8:1:3::1', false],
    ['::ffff:192.0.2.1', '192.0.2.1', true],
    ['192.0.2.1', '192.0.2.2', false],
    ['::1', '::2', true],
    ['fe80::1', 'fe80:0:0:0:1::', true],
  ] as const;
  for (const [a, b, same] of cases) assert.equal(addressGroup(a) === addressGroup(b), same, `${a} ${b}`);
});
