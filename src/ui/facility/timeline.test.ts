import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { EngagementView } from '#api/endpoints/views.ts';
import { DAY_MS } from '../kit/words.ts';
import { endOf, fractionAt, rowsOf, ticksOf, windowOf } from './timeline.ts';

const NOW = Date.UTC(2026, 10, 21, 12);

function engagement(person: string, fromDay: number, untilDay: number, endedDay?: number): EngagementView {
  const ended = endedDay === undefined ? {} : { ended: { at: NOW + endedDay * DAY_MS, because: 'button' as const } };
  // Only what the layout reads; ids are plain words here.
  return {
    id: `${person}${fromDay}`,
    person: { id: person, name: person },
    project: { id: 'p', alias: 'p' },
    role: { id: 'editor', title: 'Editor' },
    from: NOW + fromDay * DAY_MS,
    until: NOW + untilDay * DAY_MS,
    givenAt: NOW,
    may: [],
    state: endedDay !== undefined ? 'ended' : untilDay < 0 ? 'over' : fromDay > 0 ? 'coming' : 'live',
    ...ended,
  } as unknown as EngagementView;
}

test('a bar stands where its days stand, and an early end cuts it short', () => {
  const all = [engagement('ada', -10, 10), engagement('bo', -10, 30, -2)];
  const span = { from: NOW - 20 * DAY_MS, until: NOW + 20 * DAY_MS };
  const rows = rowsOf(all, span);
  assert.deepEqual(
    rows.map((row) => row.person.name),
    ['ada', 'bo'],
  );
  assert.deepEqual(
    rows.map((row) => row.bars.map((bar) => [bar.left, bar.width])),
    [[[0.25, 0.5]], [[0.25, 0.2]]],
  );
});

test('overlapping engagements of one person take lanes of their own', () => {
  const span = { from: NOW - 100 * DAY_MS, until: NOW + 100 * DAY_MS };
  const [row] = rowsOf([engagement('ada', -10, 10), engagement('ada', 0, 20), engagement('ada', 12, 30)], span);
  assert.deepEqual(
    row?.bars.map((bar) => bar.lane),
    [0, 1, 0],
  );
  assert.equal(row?.lanes, 2);
});

const some = fc.array(
  fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: -900, max: 900 }), fc.integer({ min: 1, max: 400 })),
  { maxLength: 12 },
);

test('whatever the engagements, now is in view, bars stay inside, lanes do not collide, ticks are few and ordered', () => {
  fc.assert(
    fc.property(some, (given) => {
      const all = given.map(([who, from, length]) => engagement(who, from, from + length));
      const span = windowOf(all, NOW);
      assert.ok(span.from < NOW && NOW < span.until);
      for (const row of rowsOf(all, span)) {
        for (const bar of row.bars) assert.ok(bar.left >= 0 && bar.left + bar.width <= 1.0000001);
        for (const a of row.bars)
          for (const b of row.bars) {
            if (a === b || a.lane !== b.lane) continue;
            assert.ok(endOf(a.engagement) <= b.engagement.from || endOf(b.engagement) <= a.engagement.from);
          }
      }
      const ticks = ticksOf(span);
      assert.ok(ticks.length > 0 && ticks.length <= 12);
      assert.deepEqual(
        ticks.map((tick) => tick.at),
        ticks.map((tick) => tick.at).sort((a, b) => a - b),
      );
    }),
  );
});

test('fractions are clamped', () => {
  assert.equal(fractionAt(-5, { from: 0, until: 10 }), 0);
  assert.equal(fractionAt(50, { from: 0, until: 10 }), 1);
});
