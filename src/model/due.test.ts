/** What time alone brings about, on a clock that the test moves. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Command } from '#model/commands.ts';
import { decide } from '#model/decide.ts';
import { addPerson, addProject, ask, drawWorld, engage, newId } from '#model/drawn-world.ts';
import type { DrawnWorld } from '#model/drawn-world.ts';
import { due, nextDue } from '#model/due.ts';
import { DAY_MS, DUE_MAX, HOUR_MS, TIME_MAX } from '#model/limits.ts';
import type { PersonId, RoleId } from '#std/ids.ts';

function falls(world: DrawnWorld): readonly Command[] {
  return due(world.state, world.at, (kind) => newId(world, kind));
}

/** Goes from one due time to the next until `end`, as the clock does, and tells what happened on which day. */
function run(world: DrawnWorld, days: number): readonly string[] {
  const began = world.at;
  const end = began + days * DAY_MS;
  const told: string[] = [];
  for (let i = 0; i < 1000; i += 1) {
    const next = nextDue(world.state);
    if (next > end) break;
    world.at = Math.max(world.at, next);
    const commands = falls(world);
    assert.ok(commands.length > 0, 'nextDue promises something to do');
    for (const command of commands) {
      told.push(`${Math.floor((world.at - began) / DAY_MS)} ${command.kind}`);
      ask(world, command, { service: 'clock' });
    }
  }
  assert.ok(nextDue(world.state) > end, 'everything due is done');
  world.at = end;
  return told;
}

function see(world: DrawnWorld, person: PersonId): void {
  const session = newId(world, 'session');
  ask(world, { kind: 'open-session', session, person, gate: 'sftp', until: world.at + HOUR_MS });
  ask(world, { kind: 'close-session', session, because: 'signed-out', bytesIn: 0, bytesOut: 0, operations: 0 });
}

test('an engagement is warned of 7 days and 1 day before its end, then ended and cut', () => {
  const world = drawWorld();
  ask(world, { kind: 'change-settings', settings: { dormantAfterDays: 365 } });
  engage(world, addPerson(world), addProject(world, 'alpha'), 'editor', { until: world.at + 20 * DAY_MS });
  assert.deepEqual(run(world, 30), ['13 warn-engagement', '19 warn-engagement', '20 end-engagement']);
  const cut = [...world.state.cuts.values()][0];
  assert.deepEqual([cut?.because, cut?.scope.kind], ['clock', 'engagement']);
});

test('a short engagement is warned of once, a shorter one not at all, an extended one again', () => {
  const world = drawWorld();
  ask(world, { kind: 'change-settings', settings: { dormantAfterDays: 365 } });
  const [person, project] = [addPerson(world), addProject(world, 'alpha')];
  const engagement = engage(world, person, project, 'editor', { until: world.at + 3 * DAY_MS });
  engage(world, addPerson(world), project, 'editor', { until: world.at + DAY_MS / 2 });
  assert.deepEqual(run(world, 2), ['0 end-engagement', '2 warn-engagement']);
  ask(world, { kind: 'extend-engagement', engagement, until: world.at + 10 * DAY_MS });
  assert.deepEqual(run(world, 20), ['3 warn-engagement', '9 warn-engagement', '10 end-engagement']);
});

test('idle people are warned on the 23rd day and suspended on the 30th; whoever came back is not', () => {
  const world = drawWorld();
  const idle = addPerson(world);
  const busy = addPerson(world);
  const told = [...run(world, 25)];
  see(world, busy);
  see(world, world.owner);
  told.push(...run(world, 6));
  assert.deepEqual(told, ['23 warn-dormancy', '23 warn-dormancy', '23 warn-dormancy', '5 suspend-person']);
  assert.deepEqual(
    [idle, busy, world.owner].map((id) => world.state.people.get(id)?.standing),
    ['dormant', 'active', 'active'],
  );
});

test('the only owner is warned and stays', () => {
  const world = drawWorld();
  assert.deepEqual(run(world, 300), ['23 warn-dormancy']);
  assert.equal(world.state.people.get(world.owner)?.standing, 'active');
});

test('nobody is suspended unwarned, however late the clock', () => {
  const world = drawWorld();
  const idle = addPerson(world);
  world.at += 100 * DAY_MS;
  const first = falls(world).filter((command) => 'person' in command && command.person === idle);
  assert.deepEqual(
    first.map(({ kind }) => kind),
    ['warn-dormancy'],
  );
});

test('a shorter dormancy setting counts at once', () => {
  const world = drawWorld();
  const before = nextDue(world.state);
  ask(world, { kind: 'change-settings', settings: { dormantAfterDays: 10 } });
  assert.equal(before - nextDue(world.state), 20 * DAY_MS);
});

test('credentials, invitations, requests and lost sessions end by the clock', () => {
  const world = drawWorld();
  ask(world, { kind: 'change-settings', settings: { dormantAfterDays: 365 } });
  const [person, project] = [addPerson(world), addProject(world, 'alpha')];
  const what = { type: 'ssh-key', algorithm: 'ssh-ed25519', publicKey: 'k', fingerprint: 'SHA256:k' } as const;
  ask(world, {
    kind: 'add-credential',
    credential: newId(world, 'credential'),
    person,
    what,
    label: 'key',
    expiresAt: world.at + 5 * DAY_MS,
  });
  ask(world, {
    kind: 'invite',
    invitation: newId(world, 'invitation'),
    person: addPerson(world),
    tokenHash: 'a'.repeat(64),
    expiresAt: world.at + 2 * DAY_MS,
    purpose: 'join',
  });
  ask(world, {
    kind: 'ask-access',
    request: newId(world, 'request'),
    ask: 'access',
    person,
    project,
    role: 'editor' as RoleId,
    until: world.at + 50 * DAY_MS,
    reason: 'x', // a role's id is its name
  });
  ask(world, {
    kind: 'open-session',
    session: newId(world, 'session'),
    person,
    gate: 'sftp',
    until: world.at + DAY_MS,
  });
  assert.deepEqual(run(world, 60), [
    '1 close-session',
    '2 withdraw-invitation',
    '5 revoke-credential',
    '14 withdraw-request',
  ]);
  assert.equal(world.state.sessions.size, 0);
});

function changeRoles(world: DrawnWorld, person: PersonId, roles: Readonly<Record<string, number>>): void {
  const held = Object.entries(roles).map(([role, days]) => ({ role: role as RoleId, until: world.at + days * DAY_MS })); // a role's id is its name
  ask(world, { kind: 'change-roles', person, roles: held });
}

test('a facility role is warned of 7 days and 1 day before its end, each once; an extended one again', () => {
  const world = drawWorld();
  ask(world, { kind: 'change-settings', settings: { dormantAfterDays: 365 } });
  const lead = addPerson(world);
  changeRoles(world, lead, { 'security-lead': 20, assessor: 5 });
  assert.deepEqual(run(world, 14), ['4 warn-role', '13 warn-role']);
  changeRoles(world, lead, { 'security-lead': 6 });
  assert.deepEqual(run(world, 3), [], 'the same end as before: what was warned of stays so');
  changeRoles(world, lead, { 'security-lead': 30 });
  assert.deepEqual(run(world, 40), ['23 warn-role', '29 warn-role']);
});

test('a role that ended while nobody could be told is told of once, as over', () => {
  const world = drawWorld();
  ask(world, { kind: 'change-settings', settings: { dormantAfterDays: 365 } });
  const lead = addPerson(world);
  changeRoles(world, lead, { 'security-lead': 20 });
  world.at += 25 * DAY_MS;
  assert.deepEqual(run(world, 1), ['0 warn-role']);
  assert.equal(world.state.people.get(lead)?.roles[0]?.warnedDaysLeft, 0);
  changeRoles(world, lead, { 'security-lead': 3 });
  ask(world, { kind: 'suspend-person', person: lead, because: 'button', cut: newId(world, 'cut') });
  assert.deepEqual(run(world, 5), [], 'nobody is warned of what a suspended person holds');
});

function enrol(world: DrawnWorld, person: PersonId, type: 'passkey' | 'password' | 'totp' | 'ssh-key'): void {
  const sealed = { subject: 'facility', salt: '', box: '' } as const;
  const credential = newId(world, 'credential');
  const what = {
    passkey: { type: 'passkey', webauthnId: credential, publicKey: 'k', transports: [], backedUp: false },
    password: { type: 'password', verifier: sealed },
    totp: { type: 'totp', secret: sealed },
    'ssh-key': { type: 'ssh-key', algorithm: 'ssh-ed25519', publicKey: 'k', fingerprint: credential },
  } as const;
  const expiresAt = world.at + 300 * DAY_MS;
  ask(world, { kind: 'add-credential', credential, person, what: what[type], label: type, expiresAt } as Command); // the type chose its own row
}

const ended = (world: DrawnWorld): readonly string[] => run(world, 1).filter((told) => told.endsWith('end-exception'));

for (const role of ['owner', 'engineer', 'security-lead'])
  test(`the exception of a facility of one ends when a second ${role} can sign in`, () => {
    const world = drawWorld();
    enrol(world, world.owner, 'passkey');
    enrol(world, addPerson(world, ['assessor']), 'passkey');
    const second = addPerson(world, [role]);
    enrol(world, second, 'ssh-key');
    enrol(world, second, 'password');
    assert.deepEqual(ended(world), [], 'a password alone is not enough to sign in');
    const { size } = world.state.exceptions;
    enrol(world, second, 'totp');
    assert.deepEqual(ended(world), ['0 end-exception']);
    assert.equal(world.state.exceptions.size, size - 1);
    const again = { kind: 'record-exception', rule: 'facility-of-one', reason: 'x', person: world.owner } as const;
    const until = world.at + DAY_MS;
    const command: Command = { ...again, exception: newId(world, 'exception'), until };
    const outcome = decide(world.state, command, { by: { person: second }, at: world.at });
    assert.equal(outcome.kind === 'refused' && outcome.code, 'not-alone');
    ask(world, { kind: 'suspend-person', person: second, because: 'button', cut: newId(world, 'cut') });
    ask(world, command);
    assert.deepEqual(ended(world), [], 'alone again, and recorded at the console');
  });

test('a newer release records how it describes the built-in roles', () => {
  const world = drawWorld();
  const editor = world.state.roles.get('editor' as RoleId); // a role's id is its name
  assert.ok(editor !== undefined);
  assert.ok(nextDue(world.state) > world.at);
  world.state = {
    ...world.state,
    roles: world.state.roles.set(editor.id, { ...editor, grants: editor.grants.slice(1) }),
  };
  assert.deepEqual(run(world, 1), ['0 define-role']);
  assert.deepEqual(world.state.roles.get(editor.id)?.grants, editor.grants);
});

test('nothing is due in a facility that does not exist, and a pass is bounded', () => {
  const world = drawWorld();
  for (let i = 0; i < DUE_MAX + 50; i += 1) addPerson(world);
  world.at += 24 * DAY_MS;
  assert.equal(falls(world).length, DUE_MAX);
  assert.equal(nextDue({ ...world.state, facility: undefined }), TIME_MAX);
});

test('what due proposes is never refused, and never proposed twice', () => {
  const world = drawWorld();
  const project = addProject(world, 'alpha');
  for (let i = 0; i < 20; i += 1)
    engage(world, addPerson(world), project, 'editor', { until: world.at + (i + 1) * 2 * DAY_MS });
  for (let day = 0; day < 60; day += 1) {
    world.at += DAY_MS;
    for (const command of falls(world))
      assert.equal(decide(world.state, command, { by: { service: 'clock' }, at: world.at }).kind, 'ok');
    for (let pass = 0; pass < 5; pass += 1)
      for (const command of falls(world)) ask(world, command, { service: 'clock' });
    assert.deepEqual(falls(world), []);
  }
});
