/** The main story, by hand: a facility, a project, a freelancer who works until she is off it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { authorize } from '#access/authorize.ts';
import { permits } from '#access/permits.ts';
import type { Command } from '#model/commands.ts';
import { decide } from '#model/decide.ts';
import type { By, Sealed } from '#model/events.ts';
import { emptyState, evolve } from '#model/evolve.ts';
import { DAY_MS } from '#model/limits.ts';
import type { State } from '#model/state.ts';
import type { Id, IdKind, RoleId } from '#std/ids.ts';
import { makeId } from '#std/ids.ts';
import { isRefused } from '#std/refused.ts';

let count = 0;
function newId<K extends IdKind>(kind: K): Id<K> {
  count += 1;
  const bytes = new Uint8Array(20);
  for (let i = 0, rest = count; rest > 0; i += 1, rest >>= 5) bytes[19 - i] = rest & 31;
  return makeId(kind, bytes);
}
const name: Sealed = { subject: 'facility', salt: '', box: '' };
const T0 = Date.UTC(2026, 2, 2, 9);

function ask(state: State, command: Command, by: By, at: number): State {
  const allowed = authorize(state, command, by, at);
  assert.ok(!isRefused(allowed), JSON.stringify(allowed));
  const outcome = decide(state, command, { by, at });
  assert.ok(!isRefused(outcome), JSON.stringify(outcome));
  return outcome.value.reduce(
    (next, draft) =>
      evolve(next, { index: next.size, entry: { ...draft, v: 1, id: 'entry-id', at, n: 1, salt: 'x'.repeat(22) } }),
    state,
  );
}

test('a freelancer reads until the producer ends her engagement', () => {
  const owner = newId('person');
  const producer = newId('person');
  const freelancer = newId('person');
  const project = newId('project');
  const engagement = newId('engagement');
  const session = newId('session');
  const hers = newId('session');
  const cut = newId('cut');
  const until = T0 + 30 * DAY_MS;
  const editor = 'editor' as RoleId;
  let state = ask(
    emptyState,
    {
      kind: 'create-facility',
      name: 'Post',
      timeZone: 'Europe/London',
      origin: 'post.example/log',
      owner,
      ownerName: name,
      ownerRolesUntil: until,
      exception: newId('exception'),
    },
    { service: 'gate-portal' },
    T0,
  );
  state = ask(
    state,
    { kind: 'open-session', session, person: owner, gate: 'portal', until: T0 + DAY_MS, factorAt: T0 },
    { person: owner },
    T0,
  );
  assert.equal(state.sessions.size, 1);
  const asOwner: By = { person: owner, session };
  for (const person of [producer, freelancer])
    state = ask(state, { kind: 'add-person', person, nature: 'human', name, roles: [] }, asOwner, T0);
  state = ask(
    state,
    { kind: 'create-project', project, alias: 'alpha', title: name, level: 'standard', owner: producer, folders: [] },
    asOwner,
    T0,
  );
  state = ask(
    state,
    {
      kind: 'give-engagement',
      engagement: newId('engagement'),
      person: producer,
      project,
      role: 'producer' as RoleId,
      from: T0,
      until,
    },
    asOwner,
    T0,
  );
  state = ask(
    state,
    { kind: 'open-session', session: hers, person: producer, gate: 'portal', until: T0 + DAY_MS, factorAt: T0 },
    { service: 'gate-portal' },
    T0,
  );
  const asProducer: By = { person: producer, session: hers };
  state = ask(
    state,
    { kind: 'give-engagement', engagement, person: freelancer, project, role: editor, from: T0, until },
    asProducer,
    T0,
  );
  const question = { who: freelancer, action: 'file.read', on: { project, path: 'media/a.mov' }, context: {} } as const;
  const before = permits(state, question, T0 + 1);
  assert.deepEqual([before.allow, before.until, before.engagement], [true, until, engagement]);
  state = ask(state, { kind: 'end-engagement', engagement, because: 'button', cut }, asProducer, T0 + 2);
  const after = permits(state, question, T0 + 3);
  assert.deepEqual([after.allow, after.because[0]?.id], [false, 'engagement-ended']);
  assert.equal(state.cuts.get(cut)?.stream, project);
});
