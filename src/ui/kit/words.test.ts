import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  absoluteText,
  bytesText,
  countText,
  DAY_MS,
  durationText,
  measuredText,
  hoursText,
  initials,
  millisText,
  relativeText,
} from './words.ts';

test('sizes keep three digits and the right unit', () => {
  const table: readonly (readonly [number, string])[] = [
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.00 kB'],
    [1536, '1.54 kB'],
    [999_999, '1.00 MB'],
    [12_345_678, '12.3 MB'],
    [2 ** 31, '2.15 GB'],
    [5e15, '5.00 PB'],
  ];
  for (const [size, text] of table) assert.equal(bytesText(size), text);
});

test('a size never reads as a thousand of a smaller unit', () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 1e15 }), (size) => Number.parseFloat(bytesText(size)) < 1000));
});

test('durations and instants', () => {
  assert.equal(durationText(59_999), '59 s');
  assert.equal(durationText(59 * 60_000), '59 min');
  assert.equal(durationText(60 * 60_000), '1 h');
  assert.equal(durationText(90 * 60_000), '1 h 30 min');
  assert.equal(durationText(30 * 3_600_000), '30 h');
  assert.equal(durationText(3.5 * DAY_MS), '3 days');
  assert.equal(durationText(-5), '0 s');
  const measured = [0, 1, 6200, 59_999, 61_000, 7_140_001, 10_740_000, 2.1 * DAY_MS];
  assert.deepEqual(measured.map(measuredText), ['0 s', '1 s', '7 s', '1 min', '2 min', '2 h', '3 h', '3 days']);
  assert.equal(relativeText(1000, 2000), 'now');
  assert.equal(relativeText(0, 8_000_000), '2 h ago');
  assert.equal(relativeText(7 * DAY_MS, 0), 'in 7 days');
  assert.equal(relativeText(12 * 3_600_000, 2000), 'in 12 h');
  assert.equal(relativeText(30 * DAY_MS, 60_000), 'in 30 days');
  assert.equal(relativeText(2 * DAY_MS, 2000), 'in 2 days');
  assert.equal(relativeText(3_600_000, 900), 'in 1 h');
  assert.equal(relativeText(2 * DAY_MS - 1, 4 * DAY_MS), '2 days ago');
  assert.equal(absoluteText(0, 'UTC'), '1 Jan 1970, 00:00:00 UTC');
  assert.equal(millisText(4.26), '4.3 ms');
  assert.equal(millisText(12_300), '12.3 s');
});

test('working hours fold runs of days', () => {
  assert.equal(hoursText({ days: [1, 2, 3, 4, 5], from: 540, until: 1080 }), 'Mon–Fri 09:00–18:00');
  assert.equal(hoursText({ days: [6, 0], from: 1320, until: 360 }), 'Sun, Sat 22:00–06:00');
  assert.equal(hoursText({ days: [1, 2], from: 0, until: 1440 }), 'Mon, Tue 00:00–24:00');
});

test('counts and initials', () => {
  assert.equal(countText(1, 'person', 'people'), '1 person');
  assert.equal(countText(0, 'session'), '0 sessions');
  assert.equal(initials('Maya van den Berg'), 'MB');
  assert.equal(initials(null), '?');
});
