import { test } from 'node:test';
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import * as fc from 'fast-check';
import { createHeadsTracker, verifyHead } from './heads.ts';

const SALT = Buffer.alloc(16, 7).toString('base64url');

function saltOf(index: number): string {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt32BE(index);
  return bytes.toString('base64url');
}

test('each stream has one provable head, and no other head passes in its place', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(9), { minLength: 1, maxLength: 80 }), (picks) => {
      const tracker = createHeadsTracker();
      const counts = [1];
      tracker.add(0, 'facility', 1, saltOf(0));
      picks.forEach((pick, i) => {
        const at = Math.min(pick, counts.length);
        counts[at] = (counts[at] ?? 0) + 1;
        tracker.add(i + 1, at === 0 ? 'facility' : `project${at}`, counts[at], saltOf(i + 1), at);
      });
      const data = tracker.data();
      const view = tracker.view();
      assert.equal(data.size, counts.length);
      for (const [position, n] of counts.entries()) {
        const stream = position === 0 ? 'facility' : `project${position}`;
        const head = tracker.head(stream) ?? assert.fail();
        assert.equal(head.n, n);
        verifyHead(head, position, view.proof(position), data);
        assert.throws(() => verifyHead({ ...head, n: n + 1 }, position, view.proof(position), data));
        assert.throws(() => verifyHead({ ...head, last: head.last + 1 }, position, view.proof(position), data));
        if (position > 0) assert.throws(() => verifyHead(head, position - 1, view.proof(position), data));
      }
    }),
    { numRuns: 50 },
  );
});

test('the ledger stream is not covered, and a view says whether anything is new', () => {
  const tracker = createHeadsTracker();
  tracker.add(0, 'facility', 1, SALT);
  assert.equal(tracker.changed, true);
  tracker.data();
  assert.equal(tracker.changed, false);
  tracker.add(1, 'ledger', 1, SALT);
  assert.equal(tracker.changed, false);
});

test('a gap in a stream or in the positions is a bug of the writer', () => {
  const tracker = createHeadsTracker();
  tracker.add(0, 'facility', 1, SALT);
  assert.throws(() => tracker.add(1, 'facility', 3, SALT), /jumps/);
  assert.throws(() => tracker.add(1, 'p', 1, SALT, 2), /position 1/);
});

test('a head salt does not give away the entry salt it comes from', () => {
  const tracker = createHeadsTracker();
  tracker.add(0, 'facility', 1, SALT);
  assert.notEqual(tracker.head('facility')?.salt, SALT);
});
