import { test } from 'node:test';
import assert from 'node:assert/strict';
import type { LocalEngine } from '#engine/local.ts';
import { openLocalEngine } from '#engine/local.ts';
import { createMemoryStore } from '#engine/memory-store.ts';
import { modelRules } from '#engine/model-rules.ts';
import { entryFrom } from '#engine/stamp.ts';
import { stateFromJson, stateToJson } from '#engine/state-json.ts';
import { createFacility, listed, owner } from '#engine/test-facility.ts';
import type { Clock } from '#ports/clock.ts';
import type { Snapshot } from '#ports/snapshots.ts';
import type { State } from '#model/state.ts';

const signin = { kind: 'refuse-signin', person: owner, with: 'password', why: 'wrong', gate: 'portal' } as const;

test('the state at any size or time is the fold up to there, also after a restart from a snapshot', async () => {
  let now = 1_800_000_000_000;
  const clock: Clock = { now: () => now, monotonic: () => performance.now(), atTime: () => () => undefined };
  const first = await openLocalEngine({ clock });
  await first.command(createFacility(now), { person: owner });
  for (let n = 0; n < 30; n += 1) {
    now += 1000;
    if (n % 3 === 0) await first.command(signin, { service: 'gate-portal' });
    else await first.record([listed(`media/${n}`)]);
  }
  await first.close();
  now += 1000;
  const view = first.sealer.view;
  assert.ok(view !== undefined && view.size === first.state().size);
  const snapshot = {
    state: stateFromJson(JSON.parse(JSON.stringify(stateToJson(first.state()))), modelRules.empty),
    root: view.root,
  };
  const restart = (held: Snapshot): Promise<LocalEngine> =>
    openLocalEngine({
      clock,
      store: createMemoryStore(first.store.entries),
      snapshots: { load: async () => held, save: async () => undefined },
    });
  const second = await restart(snapshot);
  const lying = { state: { ...snapshot.state, people: snapshot.state.people.clear() }, root: new Uint8Array(32) };
  const third = await restart(lying);

  const folded: State[] = [modelRules.empty];
  first.store.entries.forEach((bytes, index) =>
    folded.push(modelRules.evolve(folded[index] ?? modelRules.empty, { index, entry: entryFrom(bytes) })),
  );
  for (const engine of [second, third]) {
    for (const want of folded) {
      assert.deepEqual(stateToJson(await engine.stateAt({ size: want.size })), stateToJson(want));
      const newestThen = folded.findLast((other) => other.at <= want.at) ?? want;
      assert.deepEqual(stateToJson(await engine.stateAt({ at: want.at })), stateToJson(newestThen));
    }
    await engine.close();
  }
  assert.notEqual(first.state().people.get(owner)?.failures, 0, 'the states do differ');
});
