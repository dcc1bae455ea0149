import { test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectEngine } from '#host/engine-socket/client.ts';
import { lookUp, publish } from '#host/engine-socket/rendezvous.ts';
import { serveEngine } from '#host/engine-socket/server.ts';
import { createRandom } from '#host/random.ts';
import { createFacility, listed, owner } from '#engine/test-facility.ts';
import { openLocalEngine } from '#engine/local.ts';
import { createMemoryStore } from '#engine/memory-store.ts';

const random = createRandom();

function dataFolder(t: { after(run: () => void): void }): string {
  const data = mkdtempSync(join(tmpdir(), 'picturelock-socket-'));
  t.after(() => rmSync(data, { recursive: true, force: true }));
  return data;
}

test('a gate in another process sees, asks, records, searches and waits for the seal', async (t) => {
  const data = dataFolder(t);
  const engine = await openLocalEngine();
  const server = await serveEngine(engine, data, random);
  assert.equal(statSync(server.path).mode & 0o777, 0o600);
  const gate = await connectEngine(data);
  const heard: string[] = [];
  gate.subscribe((placed) => heard.push(...placed.map(({ entry }) => entry.kind)));
  const done = await gate.command(createFacility(), { person: owner });
  assert.equal(done.kind, 'ok');
  assert.equal(gate.state().facility?.name, 'Dailies', 'folded here before the answer');
  assert.equal(heard[0], 'facility.created');
  assert.equal((await gate.command(createFacility(), { person: owner })).kind, 'refused');
  const [index = -1] = await gate.record([listed('media/ä')]);
  assert.ok((await gate.sealed(index)).size > index);
  assert.deepEqual(
    (await gate.search({ path: 'MEDIA/Ä', limit: 5 })).entries.map((placed) => placed.index),
    [index],
  );
  assert.equal((await gate.stateAt({ size: 1 })).facility, undefined);
  assert.deepEqual((await gate.stateAt({ size: 1e9 })).people.toJS(), engine.state().people.toJS());
  await assert.rejects(gate.record([{ ...listed('x'), stream: 'prj_aaaaaaaaaaaaaaaaaaaa' as never }]), {
    code: 'no-such-stream',
  });
  await assert.rejects(gate.record([{ ...listed('x'), data: { gate: 'nowhere' } } as never]), { code: 'bad-request' });
  await gate.close();
  await server.close();
  await engine.close();
});

test('an engine that comes back is caught up with; what was open is lost and says so', async (t) => {
  const data = dataFolder(t);
  const first = await openLocalEngine();
  const server = await serveEngine(first, data, random);
  const gate = await connectEngine(data);
  await gate.command(createFacility(), { person: owner });
  const letGo = first.store.hold();
  const open = gate.record([listed('media')]);
  await assert.rejects(Promise.all([open, server.close()]), { code: 'engine-lost', retry: false });
  letGo();
  await assert.rejects(gate.record([listed('media')]), { code: 'engine-lost', retry: true });
  const missed = { kind: 'refuse-signin', person: owner, with: 'password', why: 'wrong', gate: 'portal' } as const;
  assert.equal((await first.command(missed, { service: 'gate-portal' })).kind, 'ok');
  await first.close();

  const heard: string[] = [];
  gate.subscribe((placed) => heard.push(...placed.map(({ entry }) => entry.kind)));
  const second = await openLocalEngine({ store: createMemoryStore(first.store.entries) });
  const again = await serveEngine(second, data, random);
  while (gate.state().people.get(owner)?.failures !== 1) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.ok(heard.includes('signin.refused'), 'every entry that was missed is published');
  assert.deepEqual(gate.state().people.toJS(), second.state().people.toJS());
  await gate.close();
  await again.close();
  await second.close();
});

test('a gate without the secret learns nothing', async (t) => {
  const data = dataFolder(t);
  const engine = await openLocalEngine();
  const server = await serveEngine(engine, data, random);
  const place = lookUp(data);
  assert.ok(place !== undefined);
  publish(data, { ...place, secret: 'guessed' });
  await assert.rejects(connectEngine(data, { timeoutMs: 300 }), { code: 'engine-lost' });
  await server.close();
  await engine.close();
});
