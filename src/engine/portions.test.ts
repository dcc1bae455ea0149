/** However entries are divided into messages, nothing is lost and no command's entries are torn apart. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { openLocalEngine } from '#engine/local.ts';
import { createDeframer, frameMessage } from '#engine/framing.ts';
import { portions } from '#engine/portions.ts';
import { serveGate } from '#engine/served-gate.ts';
import { createFacility, newId, owner } from '#engine/test-facility.ts';
import type { Command } from '#model/commands.ts';
import type { By, Placed } from '#model/events.ts';
import type { RoleId } from '#std/ids.ts';
import { ENTRIES_PER_MESSAGE } from '#engine/wire.ts';

/** Entries of commands with so many entries each, one command a millisecond. */
function made(commands: readonly number[]): readonly Placed[] {
  let index = 0;
  return commands.flatMap((count, at) =>
    Array.from({ length: count }, () => ({ index: (index += 1), entry: { at } }) as unknown as Placed),
  ); // only place and time are looked at
}

test('portions hold every entry once and in order, and end where a command ends', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 2 * ENTRIES_PER_MESSAGE }), { maxLength: 12 }), (commands) => {
      const all = made(commands);
      const messages = [...portions(all)];
      assert.deepEqual(messages.flat(), all);
      messages.slice(0, -1).forEach((message, at) => {
        assert.ok(message.length >= ENTRIES_PER_MESSAGE);
        assert.notEqual(message.at(-1)?.entry.at, messages[at + 1]?.[0]?.entry.at);
      });
    }),
  );
});

const PEOPLE = ENTRIES_PER_MESSAGE + 100;
const SEALED = { subject: owner, salt: 'c2FsdA', box: 'Ym94' };

test('a gate hears the end of many engagements and the order to cut in one message, live and after catching up', async () => {
  const engine = await openLocalEngine();
  const [project, session, now] = [newId('project'), newId('session'), Date.now()];
  async function act(command: Command, by: By = { person: owner, session }): Promise<void> {
    const outcome = await engine.command(command, by);
    assert.equal(outcome.kind, 'ok', JSON.stringify(outcome));
  }
  await act(createFacility(), { service: 'gate-portal' });
  const until = now + 3_600_000;
  await act(
    { kind: 'open-session', session, person: owner, gate: 'shell', until, factorAt: now },
    { service: 'gate-shell' },
  );
  await act({ kind: 'create-project', project, alias: 'alpha', title: SEALED, level: 'standard', owner, folders: [] });
  for (let made = 0; made < PEOPLE; made += 1) {
    const person = newId('person');
    await act({ kind: 'add-person', person, nature: 'human', name: SEALED, roles: [] });
    const engagement = newId('engagement');
    await act({
      kind: 'give-engagement',
      engagement,
      person,
      project,
      role: 'editor' as RoleId, // a built-in role
      from: now,
      until,
    });
  }
  const before = engine.state().size;
  const live = listen(engine, 0);
  await act({ kind: 'wrap-project', project, cut: newId('cut') });
  const late = listen(engine, before);
  await new Promise(setImmediate);
  for (const heard of [live, late]) {
    const [torn, ...more] = heard.filter((kinds) => kinds.includes('engagement.ended'));
    assert.deepEqual(more, [], 'one message');
    assert.equal(torn?.filter((kind) => kind === 'engagement.ended').length, PEOPLE);
    assert.equal(torn?.at(-1), 'cut.ordered');
  }
  await engine.close();
});

/** The kinds of the entries in each message to a gate that has folded `cursor` entries. */
function listen(engine: Parameters<typeof serveGate>[0], cursor: number): readonly (readonly string[])[] {
  const messages: string[][] = [];
  const deframer = createDeframer(1e8);
  const gate = serveGate(engine, 'secret', {
    send(bytes) {
      for (const message of deframer.push(bytes) as readonly { readonly entries?: readonly Placed[] }[])
        // our own
        if (message.entries !== undefined) messages.push(message.entries.map(({ entry }) => entry.kind));
    },
    hangUp: () => undefined,
  });
  gate.receive(frameMessage({ kind: 'hello', version: 1, secret: 'secret', cursor }, 1e8));
  return messages;
}
