import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Holdings } from '#vault/server/holdings.ts';
import type { JournalLine } from '#vault/server/holdings.ts';
import { LockFloor } from '#vault/server/lock-floor.ts';

const name = (i: number): string => String(i).padStart(64, '0');
type Bare = { [K in JournalLine['kind']]: Omit<Extract<JournalLine, { kind: K }>, 'n' | 'at'> }[JournalLine['kind']];

const arrival = (i: number, until: number): Bare => ({
  kind: 'accepted',
  client: 'edit',
  type: 'data',
  object: name(i),
  bytes: 10,
  lockedUntil: until,
});

function folded(lines: readonly Bare[]): Holdings {
  const holdings = new Holdings();
  // Each line was one of its kind, without number and time.
  for (const [i, line] of lines.entries()) holdings.apply({ ...line, n: i + 1, at: (i + 1) * 10 } as JournalLine);
  return holdings;
}

test('a floor says of every arrival what the longest later renewal says', () => {
  const renewals = fc.array(fc.record({ gap: fc.integer({ min: 1, max: 5 }), until: fc.nat(1000) }), { maxLength: 30 });
  fc.assert(
    fc.property(renewals, fc.nat(120), (drawn, n) => {
      const floor = new LockFloor();
      let at = 0;
      const all = drawn.map(({ gap, until }) => ({ n: (at += gap), until }));
      for (const one of all) floor.add(one);
      assert.equal(floor.of(n), Math.max(0, ...all.filter((one) => one.n >= n).map(({ until }) => until)));
    }),
  );
});

test('a renewal locks what is there and not what comes later', () => {
  const holdings = folded([arrival(1, 100), { kind: 'renewed', until: 500 }, arrival(2, 100)]);
  assert.deepEqual(
    [...holdings.all()].map((held) => holdings.lockedUntil(held)),
    [500, 100],
  );
});

test('what is set aside is neither listed nor renewed, and comes back whole', () => {
  const marked: Bare = { kind: 'marked', prune: 'p', client: 'edit', objects: [`data/${name(1)}`], notBefore: 50 };
  const lines: readonly Bare[] = [arrival(1, 100), marked, { kind: 'renewed', until: 500 }];
  const aside = folded(lines);
  assert.deepEqual(aside.list('edit', 'data'), []);
  assert.equal(aside.sweepable(99, false).length, 0, 'locked');
  assert.equal(aside.sweepable(100, false).length, 1);
  assert.equal(aside.sweepable(100, true).length, 0, 'clock doubted');
  const back = folded([...lines, { kind: 'unmarked', prune: 'p' }]);
  assert.equal(back.list('edit', 'data').length, 1);
  assert.equal(back.sweepable(10_000, false).length, 0);
  const again = folded([...lines, arrival(1, 90)]);
  assert.equal(again.list('edit', 'data').length, 1, 'stored again: needed again');
  assert.equal(again.bytesOf('edit'), 10, 'and counted once');
});

const anyLine: fc.Arbitrary<Bare> = fc.oneof(
  fc.tuple(fc.integer({ min: 1, max: 6 }), fc.nat(600)).map(([i, until]) => arrival(i, until)),
  fc.nat(900).map((until): Bare => ({ kind: 'renewed', until })),
  fc.tuple(fc.integer({ min: 1, max: 6 }), fc.nat(900)).map(([i, notBefore]): Bare => {
    return { kind: 'marked', prune: 'p', client: 'edit', objects: [`data/${name(i)}`], notBefore };
  }),
  fc.constant<Bare>({ kind: 'unmarked', prune: 'p' }),
);

test('no line but a sweep removes anything, and no line shortens a lock', () => {
  fc.assert(
    fc.property(fc.array(anyLine, { maxLength: 40 }), (lines) => {
      let before = new Map<string, number>();
      for (let i = 1; i <= lines.length; i += 1) {
        const holdings = folded(lines.slice(0, i));
        const after = new Map([...holdings.all()].map((held) => [held.object, holdings.lockedUntil(held)]));
        for (const [object, until] of before) assert.ok((after.get(object) ?? -1) >= until);
        before = after;
      }
    }),
  );
});

test('the bytes of a day forget what is older', () => {
  const day = 86_400_000;
  const holdings = new Holdings();
  for (const [i, at] of [0, day, 2 * day].entries()) holdings.apply({ ...arrival(i, 0), n: i + 1, at } as JournalLine); // an arrival with its number and time
  assert.equal(holdings.bytesOfDay('edit', 2 * day), 10);
  assert.equal(holdings.bytesOf('edit'), 30);
});
