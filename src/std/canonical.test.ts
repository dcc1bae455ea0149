import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Json } from '#std/canonical.ts';
import { canonical } from '#std/canonical.ts';

test('members are sorted by UTF-16 code units (RFC 8785 section 3.2.3)', () => {
  const input = {
    '\u20ac': 'Euro Sign',
    '\r': 'Carriage Return',
    '\ufb33': 'Hebrew',
    '1': 'One',
    '\ud83d\ude00': 'Emoji',
    '\u0080': 'Control',
    '\u00f6': 'Latin',
  };
  const order = [...canonical(input).matchAll(/:"([A-Z])/g)].map((match) => match[1]).join('');
  assert.equal(order, 'COCLEEH');
});

test('numbers are written as ECMAScript writes them (RFC 8785 appendix B)', () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, '0'],
    [-0, '0'],
    [5e-324, '5e-324'],
    [1.7976931348623157e308, '1.7976931348623157e+308'],
    [9007199254740992, '9007199254740992'],
    [295147905179352830000, '295147905179352830000'],
    [1e21, '1e+21'],
    [1e-7, '1e-7'],
  ];
  for (const [value, text] of cases) assert.equal(canonical(value), text);
});

test('what JSON cannot hold is a bug of the caller', () => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, '\ud800'])
    assert.throws(() => canonical(value), { name: 'Bug' });
});

test('the order of members never shows, and the text reads back as the value', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const clean = JSON.parse(JSON.stringify(value)) as Json; // JSON by construction
      const text = canonical(clean);
      assert.deepEqual(JSON.parse(text), clean);
      assert.equal(canonical(reversed(clean)), text);
    }),
  );
});

function reversed(value: Json): Json {
  if (Array.isArray(value)) return value.map((item: Json) => reversed(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, reversed(member as Json)]),
  );
}
