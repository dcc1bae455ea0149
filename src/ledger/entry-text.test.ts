/** Any text becomes one that an entry holds, and of any list as much stays as fits. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { fitText, withMostThatFit } from './entry-text.ts';
import { canonical } from '#std/canonical.ts';

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc
    .array(fc.constantFrom('a', '\0', '"', '日', '😀', '\ud800', '\udc80'), { maxLength: 40 })
    .map((all) => all.join('')),
);
const bytesIn = (text: string): number => Buffer.byteLength(JSON.stringify(text)) - 2;

test('a text is well-formed, within its units and bytes, and cut at the end alone, between characters', () => {
  fc.assert(
    fc.property(anyText, fc.nat(45), fc.nat(200), (text, units, bytes) => {
      const fitting = fitText(text, units, bytes);
      assert.ok(fitting.isWellFormed() && fitting.length <= units && bytesIn(fitting) <= bytes);
      const whole = text.toWellFormed();
      assert.ok(whole.startsWith(fitting));
      const [next] = whole.slice(fitting.length);
      const isFull = next === undefined || fitting.length + next.length > units || bytesIn(fitting + next) > bytes;
      assert.ok(isFull, 'no more than has to go is cut off');
    }),
  );
});

test('of a list as many stay as fit, and none when even the rest is too much', () => {
  const item = '日'.repeat(10);
  const make = (count: number) => ({ rest: 'rest', items: Array.from({ length: count }, () => item) });
  const room = (count: number): number => Buffer.byteLength(canonical(make(count)));
  for (const count of [0, 1, 7, 20]) {
    assert.equal(withMostThatFit(20, make, room(count)).items.length, count);
    assert.equal(withMostThatFit(20, make, room(count) - 1).items.length, Math.max(0, count - 1));
  }
  assert.equal(withMostThatFit(20, make, Infinity).items.length, 20);
});
