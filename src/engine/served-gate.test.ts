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
import { createFacility, listed, newId, owner } from '#engine/test-facility.ts';
import type { Command } from '#model/commands.ts';
import type { By, Placed } from '#model/events.ts';
import { Fault } from '#std/refused.ts';

const SECRET = 'open sesame';
const hello = { kind: 'hello', version: 1, secret: SECRET, cursor: 0 };

interface Heard {
  readonly kind: string;
  readonly code?: string;
  readonly id?: number;
  readonly entries?: readonly Placed[];
  readonly value?: { readonly entries?: readonly Placed[] };
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

test('an order to cut reaches every gate alone, ahead of its entries; a gate that comes later finds it among them', async () => {
  const engine = await openLocalEngine();
  const [project, session, cut] = [newId('project'), newId('session'), newId('cut')];
  const name = { subject: project, salt: 'c2FsdA', box: 'Ym94' };
  const at = Date.now();
  const folders = ['media', 'project', 'incoming', 'deliveries', 'review'];
  const asOwner = { person: owner, session };
  const asGate = { service: 'gate-shell' };
  const commands: readonly (readonly [Command, By])[] = [
    [createFacility(at), { service: 'gate-portal' }],
    [{ kind: 'open-session', session, person: owner, gate: 'shell', until: at + 60_000, factorAt: at }, asGate],
    [{ kind: 'create-project', project, alias: 'alpha', title: name, level: 'standard', owner, folders }, asOwner],
  ];
  for (const [command, by] of commands) assert.equal((await engine.command(command, by)).kind, 'ok');
  const gates = [meet(engine), meet(engine)];
  for (const { say } of gates) say({ ...hello, cursor: engine.state().size });
  await new Promise(setImmediate);
  const [first] = gates;
  assert.equal(first?.heard.at(-1)?.kind, 'live');
  first?.say({ kind: 'command', id: 7, by: asOwner, command: { kind: 'wrap-project', project, cut } });
  while (first?.heard.at(-1)?.kind !== 'done') await new Promise(setImmediate);
  for (const { heard } of gates) {
    const told = heard.slice(heard.findIndex(({ kind }) => kind === 'live') + 1);
    assert.deepEqual(told.map(({ kind }) => kind).slice(0, 2), ['orders', 'entries']);
    const [orders, entries] = told;
    assert.deepEqual(
      orders?.entries?.map(({ entry }) => [entry.kind, entry.about.cut]),
      [['cut.ordered', cut]],
    );
    assert.deepEqual(
      entries?.entries?.filter(({ entry }) => entry.kind === 'cut.ordered'),
      orders?.entries,
    );
  }
  const [entries, done] = first?.heard.slice(-2) ?? [];
  assert.deepEqual([done?.id, done?.value?.entries], [7, entries?.entries]);
  const late = meet(engine);
  late.say({ ...hello, cursor: 1 });
  while (late.heard.at(-1)?.kind !== 'live') await new Promise(setImmediate);
  assert.deepEqual(
    late.heard.map(({ kind }) => kind),
    ['entries', 'live'],
  );
  await engine.close();
});
