/** A clock that goes back: times of entries and checkpoints never do, the step is on record, and entries are proved all the same. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { createFacility, listed, owner } from '#engine/test-facility.ts';
import { openLocalEngine } from '#engine/local.ts';
import { entryFrom } from '#engine/stamp.ts';
import type { Clock } from '#ports/clock.ts';

const HOUR_MS = 3_600_000;

test('a step backwards is recorded once, times stay in order, and sealing goes on', async () => {
  let now = 1_800_000_000_000;
  const clock: Clock = { now: () => now, monotonic: () => performance.now(), atTime: () => () => undefined };
  const engine = await openLocalEngine({ clock });
  await engine.command(createFacility(now), { person: owner });
  const [first = 0] = await engine.record([listed('before')]);
  await engine.sealed(first);
  const signedAt = engine.sealer.view?.sealedAt ?? Infinity;
  assert.equal(signedAt, now);

  now -= HOUR_MS;
  for (let n = 0; n < 5; n += 1) {
    now += 1000;
    const [index = 0] = await engine.record([listed(`during-${n}`)]);
    assert.ok((await engine.sealed(index)).size > index, 'sealed while the clock stands back');
    assert.equal(engine.sealer.view?.sealedAt, signedAt, 'with the latest time that the ledger knows');
  }

  now += HOUR_MS;
  const [after = 0] = await engine.record([listed('after')]);
  await engine.sealed(after);
  assert.equal(engine.sealer.view?.sealedAt, now, 'and with the clock again when it has caught up');
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
