/** Who may ask what: every command has a need, and every way round it is closed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { authorize, serviceKind } from '#access/authorize.ts';
import { COMMAND_NEEDS } from '#access/command-needs.ts';
import { isAction } from '#model/actions.ts';
import type { Command } from '#model/commands.ts';
import { COMMAND_KINDS, decide } from '#model/decide.ts';
import type { By } from '#model/events.ts';
import { addPerson, addProject, ask, drawWorld, engage, newId } from '#model/drawn-world.ts';
import type { DrawnWorld } from '#model/drawn-world.ts';
import { DAY_MS, FACTOR_AGE_MAX_MS, HOUR_MS } from '#model/limits.ts';
import { emptyState } from '#model/evolve.ts';
import type { EngagementId, PersonId, ProjectId, RoleId, SessionId } from '#std/ids.ts';

interface Cast {
  readonly world: DrawnWorld;
  readonly alpha: ProjectId;
  readonly beta: ProjectId;
  readonly hers: EngagementId;
  readonly by: { readonly [name in Name]: By };
  readonly who: { readonly [name in Name]: PersonId };
}
const NAMES = ['owner', 'engineer', 'security', 'assessor', 'producer', 'supervisor', 'editor', 'stranger'] as const;
type Name = (typeof NAMES)[number];

function signIn(world: DrawnWorld, person: PersonId): SessionId {
  const session = newId(world, 'session');
  ask(world, { kind: 'open-session', session, person, gate: 'portal', until: world.at + DAY_MS, factorAt: world.at });
  return session;
}

function cast(): Cast {
  const world = drawWorld();
  const alpha = addProject(world, 'alpha');
  const beta = addProject(world, 'beta');
  const who = {
    owner: world.owner,
    engineer: addPerson(world, ['engineer']),
    security: addPerson(world, ['security-lead']),
    assessor: addPerson(world, ['assessor']),
    producer: addPerson(world),
    supervisor: addPerson(world),
    editor: addPerson(world),
    stranger: addPerson(world),
  };
  engage(world, who.producer, alpha, 'producer');
  engage(world, who.supervisor, alpha, 'post-supervisor');
  const hers = engage(world, who.editor, alpha, 'editor');
  const by = Object.fromEntries(
    NAMES.map((name) => [name, { person: who[name], session: signIn(world, who[name]) }]),
  ) as unknown as Cast['by']; // one for each name
  return { world, alpha, beta, hers, who, by };
}

function verdict({ world }: Cast, command: Command, by: By): string {
  const outcome = authorize(world.state, command, by, world.at);
  return outcome.kind === 'ok' ? 'yes' : outcome.code;
}

const give = (c: Cast, project: ProjectId, role = 'editor'): Command => ({
  kind: 'give-engagement',
  engagement: newId(c.world, 'engagement'),
  person: c.who.stranger,
  project,
  role: role as RoleId,
  from: c.world.at,
  until: c.world.at + DAY_MS, // a role's id is its name
});
const end = (c: Cast): Command => ({
  kind: 'end-engagement',
  engagement: c.hers,
  because: 'button',
  cut: newId(c.world, 'cut'),
});
const invitee = (c: Cast, roles: readonly string[] = []): Command => ({
  kind: 'add-person',
  person: newId(c.world, 'person'),
  nature: 'human',
  name: { subject: 'facility', salt: '', box: '' },
  roles: roles.map((role) => ({ role: role as RoleId, until: c.world.at + DAY_MS })), // a role's id is its name
});

type Row = readonly [what: string, make: (c: Cast) => Command, allowed: readonly Name[]];
const TABLE: readonly Row[] = [
  ['give an editor on alpha', (c) => give(c, c.alpha), ['owner', 'producer', 'supervisor']],
  ['give an editor on beta', (c) => give(c, c.beta), ['owner']],
  ['give a producer on alpha', (c) => give(c, c.alpha, 'producer'), ['owner']],
  [
    'extend the editor',
    (c) => ({ kind: 'extend-engagement', engagement: c.hers, until: c.world.at + 200 * DAY_MS }),
    ['owner', 'producer', 'supervisor'],
  ],
  ['end the editor', end, ['owner', 'security', 'producer', 'supervisor', 'editor']],
  [
    'wrap alpha',
    (c) => ({ kind: 'wrap-project', project: c.alpha, cut: newId(c.world, 'cut') }),
    ['owner', 'producer'],
  ],
  [
    'lock alpha',
    (c) => ({ kind: 'lock-project', project: c.alpha, reason: 'leak', cut: newId(c.world, 'cut') }),
    ['owner', 'security', 'producer'],
  ],
  [
    'end all access',
    (c) => ({ kind: 'end-all-access', person: c.who.editor, cut: newId(c.world, 'cut') }),
    ['owner', 'security'],
  ],
  ['add a person', (c) => invitee(c), ['owner', 'engineer', 'producer', 'supervisor']],
  ['add an engineer', (c) => invitee(c, ['engineer']), ['owner']],
  ['change roles', (c) => ({ kind: 'change-roles', person: c.who.editor, roles: [] }), ['owner', 'security']],
  [
    'define a role',
    () => ({ kind: 'define-role', role: 'runner' as RoleId, title: 'Runner', scope: 'project', grants: [] }),
    ['owner', 'security'],
  ],
  [
    'edit zones',
    (c) => ({ kind: 'add-zone', zone: newId(c.world, 'zone'), name: 'z', trust: 1, networks: [] }),
    ['owner', 'engineer'],
  ],
  ['change settings', () => ({ kind: 'change-settings', settings: { binDays: 3 } }), ['owner', 'engineer']],
  [
    'rename the editor',
    (c) => ({ kind: 'rename-person', person: c.who.editor, name: { subject: 'facility', salt: '', box: '' } }),
    ['owner', 'engineer', 'security'],
  ],
  [
    'suspend the editor',
    (c) => ({ kind: 'suspend-person', person: c.who.editor, because: 'button', cut: newId(c.world, 'cut') }),
    ['owner', 'security'],
  ],
  [
    'ask access for the editor',
    (c) => ({
      kind: 'ask-access',
      request: newId(c.world, 'request'),
      ask: 'access',
      person: c.who.editor,
      project: c.beta,
      role: 'editor' as RoleId,
      until: c.world.at + DAY_MS,
      reason: 'pick-ups',
    }),
    ['editor'],
  ],
  [
    "end the editor's session",
    (c) => ({ kind: 'end-session', session: c.by.editor.session as SessionId, cut: newId(c.world, 'cut') }),
    ['owner', 'engineer', 'security', 'editor'],
  ],
  [
    'complete a review',
    (c) => ({ kind: 'complete-review', review: newId(c.world, 'review'), project: c.alpha, ended: [], cuts: [] }),
    ['owner', 'security', 'producer'],
  ],
  [
    'write a receipt',
    (c) => ({
      kind: 'record-receipt',
      cut: newId(c.world, 'cut'),
      receipt: {
        gate: 'sftp',
        sessions: [],
        sessionCount: 0,
        orderedAt: 0,
        ms: 0,
        probe: { bytesStopped: true, accessRefused: true, watchedMs: 0 },
      },
    }),
    [],
  ],
  ['warn of dormancy', (c) => ({ kind: 'warn-dormancy', person: c.who.editor, inDays: 7 }), []],
];

test('each command is for those whose work it is', async (t) => {
  for (const [what, make, allowed] of TABLE) {
    await t.test(what, () => {
      const c = cast();
      const may = NAMES.filter((name) => verdict(c, make(c), c.by[name]) === 'yes');
      assert.deepEqual(may, allowed);
    });
  }
});

test('every command has a need, and every need names known actions', () => {
  assert.deepEqual(Object.keys(COMMAND_NEEDS).sort(), [...COMMAND_KINDS].sort());
  for (const [kind, { actions, own, services }] of Object.entries(COMMAND_NEEDS)) {
    if (typeof actions === 'function') continue;
    for (const action of actions) assert.ok(isAction(action), kind);
    assert.ok(actions.length > 0 || own !== undefined || services !== undefined, `${kind} is for nobody`);
  }
});

test('without a session that showed a factor, nothing sensitive is asked', () => {
  const c = cast();
  assert.equal(verdict(c, give(c, c.alpha), { person: c.who.producer }), 'factor-too-old');
  const session = newId(c.world, 'session');
  ask(c.world, { kind: 'open-session', session, person: c.who.producer, gate: 'portal', until: c.world.at + DAY_MS });
  assert.equal(verdict(c, give(c, c.alpha), { person: c.who.producer, session }), 'factor-too-old');
  assert.equal(verdict(c, end(c), { person: c.who.producer, session }), 'yes', 'ending never waits');
  ask(c.world, { kind: 'step-up', session, with: 'totp' });
  assert.equal(verdict(c, give(c, c.alpha), { person: c.who.producer, session }), 'yes');
});

test("somebody else's session carries nobody, nor does an ended one", () => {
  const c = cast();
  assert.equal(verdict(c, end(c), { person: c.who.producer, session: c.by.owner.session }), 'session-ended');
  ask(c.world, { kind: 'end-session', session: c.by.producer.session as SessionId, cut: newId(c.world, 'cut') });
  assert.equal(verdict(c, end(c), c.by.producer), 'session-ended');
  assert.equal(
    verdict(c, end(c), { ...c.by.editor, session: c.by.producer.session as SessionId }),
    'session-ended',
    'not even for what is their own',
  );
});

test('a suspended person asks nothing, not even what is their own', () => {
  const c = cast();
  ask(c.world, { kind: 'suspend-person', person: c.who.editor, because: 'button', cut: newId(c.world, 'cut') });
  assert.equal(verdict(c, end(c), c.by.editor), 'person-not-active');
});

test('services ask what is theirs and nothing else', () => {
  const c = cast();
  const cut = newId(c.world, 'cut');
  const receipt: Command = {
    kind: 'record-receipt',
    cut,
    receipt: {
      gate: 'sftp',
      sessions: [],
      sessionCount: 0,
      orderedAt: 0,
      ms: 0,
      probe: { bytesStopped: true, accessRefused: true, watchedMs: 0 },
    },
  };
  assert.equal(verdict(c, receipt, { service: 'gate-sftp' }), 'yes');
  assert.equal(verdict(c, receipt, { service: 'gate-portal', person: c.who.editor }), 'yes');
  assert.equal(verdict(c, receipt, { service: 'clock' }), 'service-not-allowed');
  for (const service of ['gate-portal', 'clock', 'engine', 'console', 'gateway', '']) {
    assert.equal(verdict(c, give(c, c.alpha), { service }), 'service-not-allowed', service);
  }
  assert.equal(verdict(c, give(c, c.alpha), { service: 'gate-portal', person: c.who.stranger }), 'no-engagement');
  assert.equal(verdict(c, receipt, {}), 'service-not-allowed');
  assert.equal(serviceKind('gateway'), undefined);
});

test('nobody makes the ledger say that the clock did it', () => {
  const c = cast();
  const byClock: Command = { kind: 'end-engagement', engagement: c.hers, because: 'clock', cut: newId(c.world, 'cut') };
  assert.equal(verdict(c, byClock, c.by.owner), 'bad-because');
  assert.equal(verdict(c, byClock, { service: 'clock' }), 'yes');
  assert.equal(verdict(c, byClock, { service: 'clock', person: c.who.owner }), 'bad-because');
  assert.equal(verdict(c, { ...byClock, because: 'button' }, { service: 'clock' }), 'bad-because');
});

test('a facility is created once, by whoever is first', () => {
  const c = cast();
  const command: Command = {
    kind: 'create-facility',
    name: 'Post',
    timeZone: 'UTC',
    origin: 'x/y',
    owner: c.who.owner,
    ownerName: { subject: 'facility', salt: '', box: '' },
    ownerRolesUntil: c.world.at + DAY_MS,
    exception: newId(c.world, 'exception'),
  };
  assert.equal(authorize(emptyState, command, {}, c.world.at).kind, 'ok');
  assert.notEqual(verdict(c, command, c.by.owner), 'yes');
});

test('a granted request needs what the grant itself needs', () => {
  const c = cast();
  const request = newId(c.world, 'request');
  const until = c.world.at + 10 * DAY_MS;
  ask(c.world, {
    kind: 'ask-access',
    request,
    ask: 'access',
    person: c.who.stranger,
    project: c.alpha,
    role: 'producer' as RoleId,
    until,
    reason: 'to help',
  }); // a role's id is its name
  const grant: Command = { kind: 'decide-request', request, granted: true, engagement: newId(c.world, 'engagement') };
  assert.equal(verdict(c, grant, c.by.producer), 'role-lacks-action', 'a producer makes no producers');
  assert.equal(verdict(c, { ...grant, granted: false }, c.by.producer), 'yes');
  assert.equal(verdict(c, grant, c.by.owner), 'yes');
});

test('an invitation is no way into an account in use, or above one’s own', () => {
  const c = cast();
  const invite = (person: PersonId): Command => ({
    kind: 'invite',
    invitation: newId(c.world, 'invitation'),
    person,
    tokenHash: 'a'.repeat(64),
    expiresAt: c.world.at + DAY_MS,
    purpose: 'join',
  });
  assert.equal(verdict(c, invite(c.who.stranger), c.by.producer), 'yes');
  assert.equal(verdict(c, invite(c.who.owner), c.by.producer), 'no-engagement', 'no project role gives facility roles');
  assert.equal(verdict(c, invite(c.who.owner), c.by.engineer), 'role-lacks-action');
  const credential = newId(c.world, 'credential');
  const what = { type: 'ssh-key', algorithm: 'ssh-ed25519', publicKey: 'k', fingerprint: 'SHA256:k' } as const;
  const expiresAt = c.world.at + DAY_MS;
  ask(c.world, { kind: 'add-credential', credential, person: c.who.stranger, what, label: 'key', expiresAt });
  assert.equal(verdict(c, invite(c.who.stranger), c.by.producer), 'no-engagement', 'nor approves recoveries');
  const asked = { by: c.by.owner, at: c.world.at };
  const again = decide(c.world.state, invite(c.who.stranger), asked);
  assert.equal(again.kind === 'refused' && again.code, 'has-joined');
  ask(c.world, { kind: 'revoke-credential', credential, because: 'button', cut: newId(c.world, 'cut') });
  assert.equal(decide(c.world.state, invite(c.who.stranger), asked).kind, 'ok');
  assert.equal(verdict(c, invite(c.who.stranger), c.by.owner), 'yes');
});

test('a service token is revoked by whoever may end its engagement or issue its like, at once', () => {
  const c = cast();
  const farm = addPerson(c.world, [], 'service');
  const engagement = engage(c.world, farm, c.alpha, 'render-service');
  const credential = newId(c.world, 'credential');
  const what = { type: 'service-token', tokenHash: 'b'.repeat(64), engagement } as const;
  const expiresAt = c.world.at + HOUR_MS;
  ask(c.world, { kind: 'add-credential', credential, person: farm, what, label: 'farm', expiresAt });
  const revoke: Command = { kind: 'revoke-credential', credential, because: 'button', cut: newId(c.world, 'cut') };
  for (const name of ['producer', 'supervisor', 'security', 'engineer', 'owner'] as const)
    assert.equal(verdict(c, revoke, c.by[name]), 'yes', name);
  assert.notEqual(verdict(c, revoke, c.by.editor), 'yes', 'an artist ends no machine');
  const other = addPerson(c.world, []);
  engage(c.world, other, c.beta, 'producer');
  assert.notEqual(verdict(c, revoke, { person: other }), 'yes', 'nor does the producer of another title');
  const [key, person] = [newId(c.world, 'credential'), c.who.editor];
  const publicKey = { type: 'ssh-key', algorithm: 'ssh-ed25519', publicKey: 'k', fingerprint: 'SHA256:k' } as const;
  ask(c.world, { kind: 'add-credential', credential: key, person, what: publicKey, label: 'laptop', expiresAt });
  assert.notEqual(verdict(c, { ...revoke, credential: key }, c.by.producer), 'yes', 'a key of a person is no token');
  c.world.at += FACTOR_AGE_MAX_MS;
  assert.equal(verdict(c, revoke, c.by.producer), 'yes', 'stopping does not wait for a second factor');
});

test('a service token is issued by the producer of its project, keys are enrolled by their holder', () => {
  const c = cast();
  const farm = addPerson(c.world, [], 'service');
  const engagement = engage(c.world, farm, c.alpha, 'render-service');
  const what = { type: 'service-token', tokenHash: 'b'.repeat(64), engagement } as const;
  const token: Command = {
    kind: 'add-credential',
    credential: newId(c.world, 'credential'),
    person: farm,
    what,
    label: 'farm',
    expiresAt: c.world.at + HOUR_MS,
  };
  assert.equal(verdict(c, token, c.by.producer), 'yes');
  assert.equal(verdict(c, token, c.by.supervisor), 'role-lacks-action');
  assert.notEqual(verdict(c, token, { person: farm }), 'yes', 'a machine issues itself nothing');
  const key: Command = {
    ...token,
    person: c.who.editor,
    what: { type: 'ssh-key', algorithm: 'ssh-ed25519', publicKey: 'k', fingerprint: 'SHA256:k' },
  };
  assert.equal(verdict(c, key, c.by.editor), 'yes');
  assert.equal(verdict(c, key, { person: c.who.editor }), 'yes', 'an invitation leads here without a session');
  c.world.at += FACTOR_AGE_MAX_MS;
  assert.equal(verdict(c, key, c.by.editor), 'factor-too-old', 'a session left open enrols no key');
  c.world.at -= FACTOR_AGE_MAX_MS;
  for (const name of ['owner', 'engineer', 'security', 'producer'] as const) {
    assert.equal(verdict(c, key, c.by[name]), 'not-yours', 'nobody enrols a key for somebody else');
  }
});
