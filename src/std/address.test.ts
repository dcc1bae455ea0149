/** Addresses and networks have one canonical form, and arithmetic that agrees with node:net's. */
import assert from 'node:assert/strict';
import { BlockList, isIP } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalAddress, firstOf, isExactCidr, isInside, lastOf, overlaps } from '#std/address.ts';
import { parseAddress, parseCidr, renderAddress, renderCidr } from '#std/address.ts';

// The same cases in every run; a failure names the case that shrank from it.
fc.configureGlobal({ seed: 20260302 });

const address = fc.oneof(
  fc.record({ bits: fc.bigInt(0n, (1n << 32n) - 1n), width: fc.constant(32 as const) }),
  fc.record({ bits: fc.bigInt(1n << 64n, (1n << 128n) - 1n), width: fc.constant(128 as const) }),
  fc.record({
    bits: fc.bigInt(1n << 120n, 1n << 121n).map((n) => n & ~0xffff_ffff_ffffn),
    width: fc.constant(128 as const),
  }),
);

test('what is written is read back, and is what node:net takes for an address', () => {
  fc.assert(
    fc.property(address, (one) => {
      const text = renderAddress(one);
      assert.equal(isIP(text), one.width === 32 ? 4 : 6, text);
      assert.deepEqual(parseAddress(text), { ...one });
      assert.equal(canonicalAddress(text.toUpperCase()), text);
    }),
    { numRuns: 2000 },
  );
});

test('the canonical form is RFC 5952', () => {
  for (const [text, expected] of [
    ['2001:0DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['fe80::1%eth0', 'fe80::1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['::ffff:a00:1', '10.0.0.1'],
    ['10.0.0.1', '10.0.0.1'],
  ] as const) {
    assert.equal(canonicalAddress(text), expected);
  }
  for (const text of ['', '10.0.0', '10.0.0.256', '010.0.0.1', ':::', '1:2:3', 'g::', '10.0.0.1/24', 'edit-01'])
    assert.equal(canonicalAddress(text), undefined, text);
});

test('a network holds its first and its last address, and nothing beside them', () => {
  fc.assert(
    fc.property(address, fc.nat(128), (one, n) => {
      const cidr = parseCidr(`${renderAddress(one)}/${one.width === 32 ? n % 33 : n}`);
      assert.ok(cidr !== undefined);
      const [first, last, top] = [firstOf(cidr), lastOf(cidr), (1n << BigInt(cidr.width)) - 1n];
      for (const bits of [first, last, one.bits]) assert.ok(isInside(cidr, { bits, width: cidr.width }));
      if (first > 0n) assert.ok(!isInside(cidr, { bits: first - 1n, width: cidr.width }));
      if (last < top) assert.ok(!isInside(cidr, { bits: last + 1n, width: cidr.width }));
      if (cidr.prefix > 0 || cidr.width === 32) assert.ok(isExactCidr(renderCidr(cidr)));
    }),
    { numRuns: 1000 },
  );
});

test('two networks overlap when one holds an end of the other', () => {
  const small = fc.tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 24, max: 32 }));
  fc.assert(
    fc.property(small, small, ([a, p], [b, q]) => {
      const [one, other] = [parseCidr(`10.0.0.${a}/${p}`), parseCidr(`10.0.0.${b}/${q}`)];
      assert.ok(one !== undefined && other !== undefined);
      const list = new BlockList();
      list.addSubnet(`10.0.0.${a}`, p);
      const within = [...Array(256).keys()].filter((n) =>
        isInside(other, { bits: (10n << 24n) + BigInt(n), width: 32 }),
      );
      assert.equal(
        overlaps(one, other),
        within.some((n) => list.check(`10.0.0.${n}`)),
      );
      assert.equal(overlaps(one, other), overlaps(other, one));
    }),
    { numRuns: 300 },
  );
  assert.ok(!overlaps(parseCidr('0.0.0.0/0') ?? assert.fail(), parseCidr('::/0') ?? assert.fail()));
});

test('a network is named by its first address', () => {
  assert.ok(isExactCidr('10.20.0.0/24') && isExactCidr('fd00:20::/64') && isExactCidr('10.20.0.5'));
  for (const text of [
    '10.20.0.5/24',
    '10.20.0.0/33',
    '10.20.0.0/',
    '10.20.0.0/24/8',
    '10.20.0.0/024',
    'fd00::1/64',
    'x/8',
  ])
    assert.ok(!isExactCidr(text), text);
});
