/** The engine over a store that fails in both ways, is slow, or is asked for too much. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { IN_FLIGHT_ENTRIES_MAX } from '#engine/limits.ts';
import { openLocalEngine } from '#engine/local.ts';
import { createMemoryStore } from '#engine/memory-store.ts';
import { createFacility, listed, owner } from '#engine/test-facility.ts';
import { entryFrom } from '#engine/stamp.ts';

for (const how of ['not-done', 'done'] as const) {
  test(`an append that fails and was ${how}: nothing is promised, nothing more is accepted, the next start knows the truth`, async () => {
    const engine = await openLocalEngine();
    const lease: boolean[] = [];
    engine.onLease((held) => lease.push(held));
    engine.store.failNext(how);
    await assert.rejects(engine.command(createFacility(), { person: owner }), { code: 'engine-lost', retry: false });
    assert.equal(engine.state().facility, undefined, 'nobody saw what is not known to be durable');
    assert.deepEqual(lease, [false]);
    assert.equal(engine.lease(), 0);
    assert.ok((await engine.failed) instanceof Error);
    await assert.rejects(engine.record([listed('media')]), { code: 'engine-lost' });
    await assert.rejects(engine.command(createFacility(), { person: owner }), { code: 'engine-lost' });
    await assert.rejects(engine.sealed(0), { code: 'engine-lost' });
    await engine.close();
    const next = await openLocalEngine({ store: createMemoryStore(engine.store.entries) });
    assert.equal(next.state().facility !== undefined, how === 'done');
    await next.close();
  });
}

test('nobody hears of what is not durable: neither an answer, nor a state, nor a refusal that rests on it', async () => {
  const engine = await openLocalEngine();
  const letGo = engine.store.hold();
  const said: string[] = [];
  engine.subscribe(() => said.push('published'));
  const first = engine.command(createFacility(), { person: owner }).then((done) => said.push(done.kind));
  const second = engine.command(createFacility(), { person: owner }).then((done) => said.push(done.kind));
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(said, []);
  assert.equal(engine.state().facility, undefined);
  letGo();
  await Promise.all([first, second]);
  assert.deepEqual(said, ['published', 'ok', 'refused']);
  await engine.close();
});

test('what waits has a limit, and beyond it the answer is to try again', async () => {
  const engine = await openLocalEngine();
  await engine.command(createFacility(), { person: owner });
  const letGo = engine.store.hold();
  const drafts = Array.from({ length: 4096 }, (_, n) => listed(`media/${n}`));
  const waiting = Array.from({ length: IN_FLIGHT_ENTRIES_MAX / 4096 }, () => engine.record(drafts));
  await assert.rejects(engine.record([listed('one more')]), { code: 'engine-busy', retry: true });
  letGo();
  const indexes = (await Promise.all(waiting)).flat();
  assert.ok(
    indexes.every((index, n) => index === (indexes[0] ?? 0) + n),
    'in order, without gaps',
  );
  await engine.record([listed('now it fits')]);
  await engine.close();
});

test('a draft that cannot be an entry is refused before it is numbered', async () => {
  const engine = await openLocalEngine();
  await engine.command(createFacility(), { person: owner });
  const before = engine.store.size;
  await assert.rejects(engine.record([listed('fine'), listed('lone \ud800 surrogate')]), { code: 'not-text' });
  await assert.rejects(engine.record([listed('é'.repeat(40_000))]), { code: 'entry-too-large' });
  await assert.rejects(engine.record(Array.from({ length: 80 }, () => listed('x'.repeat(60_000)))), {
    code: 'batch-too-large',
  });
  await assert.rejects(engine.record([{ ...listed('x'), stream: 'prj_aaaaaaaaaaaaaaaaaaaa' as never }]), {
    code: 'no-such-stream',
  });
  await assert.rejects(
    engine.record([{ kind: 'person.unlocked', stream: 'facility', by: {}, about: { person: owner }, data: {} }]),
    { code: 'not-activity' },
  );
  const [index = 0] = await engine.record([listed('after')]);
  await engine.close();
  const entries = engine.store.entries.map(entryFrom);
  const facility = entries.filter(({ stream }) => stream === 'facility').map(({ n }) => n);
  assert.deepEqual(
    facility,
    facility.map((_, n) => n + 1),
  );
  assert.ok(index >= before);
});
