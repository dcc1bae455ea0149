import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { moved, parseViewBox, renderViewBox, zoomed } from './view-box.ts';

const WHOLE = { x: 0, y: 0, width: 1000, height: 500 };

test('what a drawing says of itself', () => {
  assert.deepEqual(parseViewBox('0 0 1000 500'), WHOLE);
  for (const text of [null, '', '0 0 10', '0 0 0 10', 'a b c d']) assert.equal(parseViewBox(text), undefined);
  assert.equal(renderViewBox({ x: 1 / 3, y: 0, width: 10, height: 2.005 }), '0.33 0 10 2.01');
});

test('the point under the pointer stays where it is', () => {
  const near = zoomed(WHOLE, WHOLE, 2, [0.25, 0.5]);
  assert.deepEqual(near, { x: 125, y: 125, width: 500, height: 250 });
  assert.deepEqual(zoomed(near, WHOLE, 0.5, [0.25, 0.5]), WHOLE);
});

test('whatever is done, part of the drawing is in view, in its own proportions', () => {
  const act = fc.oneof(
    fc.record({ zoom: fc.double({ min: 0.1, max: 10, noNaN: true }), at: fc.double({ min: 0, max: 1, noNaN: true }) }),
    fc.record({ dx: fc.double({ min: -5, max: 5, noNaN: true }), dy: fc.double({ min: -5, max: 5, noNaN: true }) }),
  );
  fc.assert(
    fc.property(fc.array(act, { maxLength: 20 }), (acts) => {
      let box = WHOLE;
      for (const one of acts)
        box = 'zoom' in one ? zoomed(box, WHOLE, one.zoom, [one.at, one.at]) : moved(box, WHOLE, one.dx, one.dy);
      assert.ok(box.x < WHOLE.width && box.x + box.width > 0, `${box.x} ${box.width}`);
      assert.ok(box.y < WHOLE.height && box.y + box.height > 0, `${box.y} ${box.height}`);
      assert.ok(Math.abs(box.width / box.height - 2) < 1e-6);
      assert.ok(box.width <= WHOLE.width && box.width >= WHOLE.width / 12.001);
    }),
  );
});
