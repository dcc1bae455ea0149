/** Local time against Intl itself, and the promise of `nextChange`, over zones with every kind of offset. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isWithin, localTime, nextChange } from '#access/hours.ts';
import { segmentAt } from '#access/time-zone.ts';
import { MINUTE_MS } from '#model/limits.ts';

// The same cases in every run; a failure names the case that shrank from it.
fc.configureGlobal({ seed: 20260302 });

const ZONES = [
  'UTC',
  'Europe/London',
  'America/Los_Angeles',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'America/St_Johns',
  'Asia/Kathmandu',
];
const zone = fc.constantFrom(...ZONES);
const instant = fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2040, 0, 1) });
const hours = fc
  .record({
    days: fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 1 }),
    from: fc.integer({ min: 0, max: 1439 }),
    until: fc.integer({ min: 1, max: 1440 }),
  })
  .filter(({ from, until }) => from !== until);

function byIntl(timeZone: string, at: number): string {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(at);
  return parts
    .filter(({ type }) => type !== 'literal')
    .map(({ value }) => value)
    .join(' ');
}

test('local time is what Intl says', () => {
  const names = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
  fc.assert(
    fc.property(zone, instant, (timeZone, at) => {
      const { weekday, minute } = localTime(timeZone, at);
      const text = `${names[weekday]} ${String(Math.floor(minute / 60)).padStart(2, '0')} ${String(minute % 60).padStart(2, '0')}`;
      assert.equal(text, byIntl(timeZone, at));
    }),
    { numRuns: 500 },
  );
});

test('a segment holds one offset, and ends where the clocks change', () => {
  const spring = Date.UTC(2026, 2, 29, 1);
  assert.equal(segmentAt('Europe/London', spring - 1).until, spring);
  assert.equal(segmentAt('Europe/London', spring).from, spring);
  assert.equal(segmentAt('Europe/London', spring).until, Date.UTC(2026, 9, 25, 1));
});

test('nothing changes before nextChange, and nextChange is always later', () => {
  fc.assert(
    fc.property(
      zone,
      instant,
      hours,
      fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { maxLength: 8 }),
      (timeZone, at, window, points) => {
        const until = nextChange(window, timeZone, at);
        assert.ok(until > at);
        const now = isWithin(window, timeZone, at);
        for (const point of [
          ...points.map((share) => Math.min(until - 1, Math.floor(at + share * (until - at)))),
          until - 1,
        ]) {
          assert.equal(isWithin(window, timeZone, point), now, new Date(point).toISOString());
        }
      },
    ),
    { numRuns: 1500 },
  );
});

test('nextChange is not merely soon: in zones without daylight saving it is the change itself', () => {
  fc.assert(
    fc.property(fc.constantFrom('UTC', 'Asia/Kolkata', 'Asia/Kathmandu'), instant, hours, (timeZone, at, window) => {
      const until = nextChange(window, timeZone, at);
      if (until === segmentAt(timeZone, at).until) return; // the end of what was looked up, which is merely safe
      const changes = isWithin(window, timeZone, until) !== isWithin(window, timeZone, until - 1);
      // Whole days go on from one into the next without a gap.
      assert.ok(changes || (window.from === 0 && window.until === 1440), new Date(until).toISOString());
      assert.ok(until % MINUTE_MS === 0);
    }),
    { numRuns: 500 },
  );
});
