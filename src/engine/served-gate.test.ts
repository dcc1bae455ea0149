/** Hostile and broken gates: a clear goodbye, never a crash, and nothing learned without the secret. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createDeframer, frameMessage } from '#engine/framing.ts';
import type { LocalEngine } from '#engine/local.ts';
import { openLocalEngine } from '#engine/local.ts';
import { createRemoteClient } from '#engine/remote-client.ts';
import { modelRules } from '#engine/model-rules.ts';
import type { ServedGate } from '#engine/served-gate.ts';
import { serveGate } from '#engine/served-gate.ts';
import { createFacility, listed, owner } from '#engine/test-facility.ts';
import { Fault } from '#std/refused.ts';

const SECRET = 'open sesame';
const hello = { kind: 'hello', version: 1, secret: SECRET, cursor: 0 };

interface Heard {
  readonly kind: string;
  readonly code?: string;
}

function meet(engine: LocalEngine): {
  readonly gate: ServedGate;
  readonly heard: Heard[];
  readonly hungUp: () => boolean;
  say(message: unknown): void;
} {
  const heard: Heard[] = [];
  const deframer = createDeframer(1e8);
  let hungUp = false;
  const gate = serveGate(engine, SECRET, {
    send: (bytes) => void heard.push(...(deframer.push(bytes) as Heard[])), // our own messages
    hangUp: () => {
      hungUp = true;
    },
  });
  return { gate, heard, hungUp: () => hungUp, say: (message) => gate.receive(frameMessage(message, 1e8)) };
}

const WRONG: readonly (readonly [string, readonly unknown[], string])[] = [
  ['nothing before hello', [{ kind: 'beat', sentAt: 1 }], 'not-greeted'],
  ['no command before hello', [{ kind: 'search', id: 1, query: { limit: 1 } }], 'not-greeted'],
  ['another secret', [{ ...hello, secret: 'guess' }], 'wrong-secret'],
  ['another version', [{ ...hello, version: 2 }], 'bad-message'],
  ['a second hello', [hello, hello], 'bad-message'],
  ['a cursor from the future', [{ ...hello, cursor: 1e9 }], 'cursor-ahead'],
  ['an unknown kind', [hello, { kind: 'shutdown' }], 'bad-message'],
  ['a member too many', [hello, { kind: 'beat', sentAt: 1, admin: true }], 'bad-message'],
  ['an unknown command', [hello, { kind: 'command', id: 1, by: {}, command: { kind: 'grant-all' } }], 'bad-message'],
  ['a search without end', [hello, { kind: 'search', id: 1, query: { limit: 1e9 } }], 'bad-message'],
];

for (const [what, messages, code] of WRONG) {
  test(`${what}: ${code}`, async () => {
    const engine = await openLocalEngine();
    const { say, heard, hungUp } = meet(engine);
    for (const message of messages) say(message);
    assert.equal(heard.at(-1)?.code, code);
    assert.ok(hungUp());
    const count = heard.length;
    say(hello);
    await engine.command(createFacility(), { person: owner });
    assert.equal(heard.length, count, 'nothing is said after goodbye');
    await engine.close();
  });
}

test('messages at random never crash the engine', async () => {
  const engine = await openLocalEngine();
  const kinds = fc.constantFrom('hello', 'beat', 'command', 'record', 'search', 'sealed', 'state-at', 'x');
  const message = fc.record(
    {
      kind: kinds,
      id: fc.option(fc.integer()),
      cursor: fc.integer(),
      drafts: fc.array(fc.jsonValue(), { maxLength: 3 }),
      command: fc.jsonValue(),
      index: fc.nat(3),
    },
    { requiredKeys: ['kind'] },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(message, { maxLength: 5 }), async (messages) => {
      const { say } = meet(engine);
      say(hello);
      for (const one of messages) say(one);
    }),
  );
  assert.equal((await engine.command(createFacility(), { person: owner })).kind, 'ok');
  await engine.close();
});

test('the lease counts from when the beat was sent, outlives the connection until it runs out, and says so once', async () => {
  const engine = await openLocalEngine();
  await engine.command(createFacility(), { person: owner });
  let now = 1000;
  const remote = createRemoteClient({ rules: modelRules, monotonic: () => now, close: async () => undefined });
  const said: boolean[] = [];
  remote.client.onLease((held) => said.push(held));
  const connect = (): ServedGate => {
    const gate = serveGate(engine, SECRET, {
      send: (bytes) => queueMicrotask(() => remote.receive(bytes)),
      hangUp: () => remote.disconnected(),
    });
    remote.connected((bytes) => gate.receive(bytes), SECRET);
    return gate;
  };
  assert.throws(() => remote.client.state(), Fault);
  const gate = connect();
  await new Promise(setImmediate);
  assert.deepEqual([said, remote.client.lease()], [[true], 6000]);
  gate.end();
  remote.disconnected();
  now = 5999;
  remote.tick();
  assert.deepEqual(said, [true], 'still held');
  now = 6000;
  remote.tick();
  assert.deepEqual(said, [true, false]);
  await assert.rejects(remote.client.record([listed('x')]), { code: 'engine-lost', retry: true });
  connect();
  await new Promise(setImmediate);
  assert.deepEqual([said, remote.client.lease()], [[true, false, true], 11_000]);
  await engine.close();
});
