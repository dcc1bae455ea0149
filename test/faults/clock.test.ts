/** A clock that goes back: entry times never do, the step is on record, and nothing is signed into the past. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { createFacility, listed, owner } from '#engine/test-facility.ts';
import { openLocalEngine } from '#engine/local.ts';
import { entryFrom } from '#engine/stamp.ts';
import type { Clock } from '#ports/clock.ts';

const HOUR_MS = 3_600_000;

test('a step backwards is recorded once, times stay in order, and sealing waits until time has caught up', async () => {
  let now = 1_800_000_000_000;
  const clock: Clock = { now: () => now, monotonic: () => performance.now(), atTime: () => () => undefined };
  const engine = await openLocalEngine({ clock });
  await engine.command(createFacility(now), { person: owner });
  const [first = 0] = await engine.record([listed('before')]);
  await engine.sealed(first);
  const signed = engine.sealer.view;

  now -= HOUR_MS;
  const indexes: number[] = [];
  for (let n = 0; n < 5; n += 1) {
    now += 1000;
    indexes.push(...(await engine.record([listed(`during-${n}`)])));
  }
  const late = engine.sealed(indexes.at(-1) ?? 0);
  const won = await Promise.race([
    late.then(() => 'sealed'),
    new Promise((resolve) => setTimeout(() => resolve('waiting'), 300)),
  ]);
  assert.equal(won, 'waiting', 'nothing is signed while the clock stands before the last checkpoint');
  assert.equal(engine.sealer.view, signed);

  now += HOUR_MS;
  assert.ok((await late).size > (indexes.at(-1) ?? 0));
  await engine.close();
  const entries = engine.store.entries.map(entryFrom);
  assert.ok(
    entries.every((entry, n) => n === 0 || entry.at >= (entries[n - 1]?.at ?? 0)),
    'times never fall',
  );
  const steps = entries.filter((entry) => entry.kind === 'engine.clock-stepped');
  assert.deepEqual(
    steps.map((entry) => entry.data),
    [{ backMs: HOUR_MS - 1000 }],
  );
});
