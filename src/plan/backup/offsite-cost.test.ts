import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { offsiteCost } from './offsite-cost.ts';
import type { OffsiteUse, PriceTable } from './offsite-cost.ts';

const TIB = 2 ** 40;
const prices: PriceTable = { perTibMonth: 600, perThousandPuts: 0.5, perThousandGets: 0.04, perTibOut: 900 };
const use: OffsiteUse = {
  bytes: 2 * TIB,
  objects: 131_072,
  newBytesPerMonth: TIB,
  newObjectsPerMonth: 65_536,
  keptDays: 90,
  lockDays: 30,
  backupsPerMonth: 180,
  readBytesPerMonth: TIB / 100,
};

test('what is kept, what is asked, what is read', () => {
  const cost = offsiteCost(use, prices);
  assert.equal(cost.keepCents, 1200);
  assert.equal(cost.readCents, 9);
  // 65,536 stored and 262,144 locks made longer; as many questions, and eight rounds over all locks; 188 lists of 132 pages.
  const puts = 65_536 + 131_072 * 2;
  const gets = 65_536 + 131_072 * 8 + 131_072 * 2 + 131.072 * 188;
  assert.ok(Math.abs(cost.requestCents - (puts / 1000) * 0.5 - (gets / 1000) * 0.04) < 1e-9);
  assert.equal(cost.monthCents, cost.keepCents + cost.requestCents + cost.readCents);
  assert.equal(cost.steadyBytes, 3 * TIB);
  assert.equal(cost.restoreCents, 1800 + 131.072 * 0.04);
});

test('a store that counts small objects as large ones, or short times as long ones', () => {
  assert.equal(offsiteCost(use, { ...prices, bytesMin: 32 << 20 }).keepCents, 2400);
  assert.equal(offsiteCost(use, { ...prices, daysMin: 180 }).steadyBytes, 6 * TIB);
});

test('more of anything never costs less', () => {
  const amount = fc.nat({ max: 1e9 });
  const grown = fc.record({
    bytes: amount,
    objects: amount,
    newBytesPerMonth: amount,
    newObjectsPerMonth: amount,
    readBytesPerMonth: amount,
  });
  fc.assert(
    fc.property(grown, (more) => {
      const sum = Object.fromEntries(
        Object.entries(more).map(([key, value]) => [key, use[key as keyof OffsiteUse] + value]),
      ); // its own keys
      const [before, after] = [offsiteCost(use, prices), offsiteCost({ ...use, ...sum }, prices)];
      for (const key of Object.keys(before) as (keyof typeof before)[]) assert.ok(after[key] >= before[key], key);
    }),
  );
});
