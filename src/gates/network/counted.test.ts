/** What the rules count and the log does not tell is counted once, and nothing that was told is counted twice. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createCounted } from './counted.ts';

const at = (refused: number, quarantined = 0, spoofed = 0) => ({ refused, quarantined, spoofed });

test('what was counted and never told of is missing one reading later, once', () => {
  const counted = createCounted();
  assert.deepEqual(counted.untold(at(1000), true), { denied: 0, seen: 0 }, 'before our time');
  for (let i = 0; i < 20; i += 1) counted.tell('denied');
  assert.deepEqual(counted.untold(at(1300, 7, 3), true), { denied: 0, seen: 0 });
  assert.deepEqual(counted.untold(at(1300, 7, 3), true), { denied: 290, seen: 0 });
  assert.deepEqual(counted.untold(at(1300, 7, 3), true), { denied: 0, seen: 0 });
});

test('what is told of after it was counted is not missing, and where nothing refuses it would have been refused', () => {
  const counted = createCounted();
  counted.untold(at(0), false);
  counted.untold(at(50), false);
  for (let i = 0; i < 30; i += 1) counted.tell('seen');
  assert.deepEqual(counted.untold(at(50), false), { denied: 0, seen: 20 });
});

test('rules that were loaded anew count from the beginning', () => {
  const counted = createCounted();
  counted.untold(at(500), true);
  counted.untold(at(510), true);
  assert.deepEqual(counted.untold(at(4), true), { denied: 10, seen: 0 });
  assert.deepEqual(counted.untold(undefined, true), { denied: 4, seen: 0 });
});

test('whatever is told when, all packets come out once', () => {
  const step = fc.record({ packets: fc.nat(50), late: fc.nat(50), untold: fc.nat(20) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      const counted = createCounted();
      counted.untold(at(0), true);
      let [sum, late, out, lost] = [0, 0, 0, 0];
      const tell = (n: number): void => {
        for (let i = 0; i < n; i += 1) counted.tell('denied');
      };
      for (const one of steps) {
        tell(late); // of before the last reading, at the latest by now
        late = Math.min(one.late, one.packets);
        sum += one.packets + one.untold;
        lost += one.untold;
        tell(one.packets - late);
        out += counted.untold(at(sum), true).denied;
      }
      tell(late);
      out += counted.untold(at(sum), true).denied;
      out += counted.untold(at(sum), true).denied;
      assert.equal(out, lost);
    }),
  );
});
