/** The model's rules, noun by noun: what is refused, with which code, and what a batch holds. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Command, CommandOf } from '#model/commands.ts';
import { decide } from '#model/decide.ts';
import type { By, Draft, Sealed } from '#model/events.ts';
import { emptyState } from '#model/evolve.ts';
import { addPerson, addProject, ask, drawWorld, engage, newId } from '#model/drawn-world.ts';
import type { DrawnWorld } from '#model/drawn-world.ts';
import { DAY_MS, ENGAGEMENT_DAYS_MAX, HOUR_MS, LOCKOUT_FAILURES } from '#model/limits.ts';
import type { CutId, EngagementId, PersonId, ProjectId, RoleId } from '#std/ids.ts';

const BLANK: Sealed = { subject: 'facility', salt: '', box: '' };
const CONSOLE: By = { service: 'console' };

function verdict(world: DrawnWorld, command: Command, by: By = CONSOLE): string {
  const outcome = decide(world.state, command, { by, at: world.at });
  return outcome.kind === 'ok' ? 'yes' : outcome.code;
}

function drafts(world: DrawnWorld, command: Command, by: By = CONSOLE): readonly Draft[] {
  const outcome = decide(world.state, command, { by, at: world.at });
  assert.ok(outcome.kind === 'ok', JSON.stringify(outcome));
  return outcome.value;
}

/** Each draft as `stream kind`, with names for the streams. */
function shape(all: readonly Draft[], names: { readonly [stream: string]: string }): readonly string[] {
  return all.map(({ stream, kind }) => `${names[stream] ?? stream} ${kind}`);
}

function role(name: string): RoleId {
  return name as RoleId; // a role's id is its name
}

function giving(
  world: DrawnWorld,
  person: PersonId,
  project: ProjectId,
  rest: Partial<CommandOf<'give-engagement'>> = {},
): CommandOf<'give-engagement'> {
  return {
    kind: 'give-engagement',
    engagement: newId(world, 'engagement'),
    person,
    project,
    role: role('editor'),
    from: world.at,
    until: world.at + 30 * DAY_MS,
    ...rest,
  };
}

function cutOf(world: DrawnWorld): CutId {
  return newId(world, 'cut');
}

test('a facility begins once, with an owner and a recorded exception', () => {
  const world = drawWorld();
  const command: Command = {
    kind: 'create-facility',
    name: 'Post',
    timeZone: 'Europe/London',
    origin: 'post.example/l',
    owner: world.owner,
    ownerName: BLANK,
    ownerRolesUntil: world.at + DAY_MS,
    exception: newId(world, 'exception'),
  };
  assert.equal(verdict(world, command), 'already-done');
  const fresh = { ...world, state: emptyState };
  assert.equal(verdict(fresh, { ...command, timeZone: 'Mars/Olympus' }), 'unknown-time-zone');
  assert.equal(verdict(fresh, { ...command, ownerRolesUntil: world.at }), 'bad-time');
  assert.equal(verdict(fresh, { kind: 'change-settings', settings: {} }), 'no-facility');
  const kinds = drafts(fresh, command).map(({ kind }) => kind);
  assert.equal(kinds[0], 'facility.created');
  assert.ok(kinds.includes('exception.recorded') && kinds.includes('person.added') && kinds.includes('role.defined'));
});

test('an engagement ends, has a length, a live project, a project role and an active person', () => {
  const world = drawWorld();
  const project = addProject(world, 'alpha');
  const person = addPerson(world);
  const give = (rest: Partial<CommandOf<'give-engagement'>>) => verdict(world, giving(world, person, project, rest));
  assert.equal(give({}), 'yes');
  assert.equal(give({ until: world.at }), 'bad-time');
  assert.equal(give({ from: world.at + 2 * DAY_MS, until: world.at + DAY_MS }), 'bad-time');
  assert.equal(give({ until: world.at + ENGAGEMENT_DAYS_MAX * DAY_MS }), 'yes');
  assert.equal(give({ until: world.at + ENGAGEMENT_DAYS_MAX * DAY_MS + 1 }), 'too-long');
  assert.equal(give({ role: role('engineer') }), 'role-scope');
  assert.equal(give({ role: role('best-boy') }), 'unknown-role');
  assert.equal(give({ person: newId(world, 'person') }), 'unknown-person');
  assert.equal(give({ project: newId(world, 'project') }), 'unknown-project');
  assert.equal(give({ hours: { days: [1], from: 60, until: 60 } }), 'bad-time');
  assert.equal(give({ zones: [] }), 'no-zones');
  assert.equal(give({ zones: [newId(world, 'zone')] }), 'unknown-zone');
  ask(world, { kind: 'change-settings', settings: { maxEngagementDays: 10 } });
  assert.equal(give({}), 'too-long');
  assert.equal(give({ until: world.at + 10 * DAY_MS }), 'yes');
  ask(world, { kind: 'lock-project', project, reason: 'leak', cut: cutOf(world) });
  assert.equal(give({ until: world.at + DAY_MS }), 'project-not-live');
});

test('an engagement never begins before it was given', () => {
  const world = drawWorld();
  const given = drafts(world, giving(world, addPerson(world), addProject(world, 'alpha'), { from: 5 }))[0];
  assert.ok(given?.kind === 'engagement.given');
  assert.equal(given.data.from, world.at);
});

test('a retired role is given no more, and a built-in one does not change', () => {
  const world = drawWorld();
  const project = addProject(world, 'alpha');
  const define = (rest: Partial<CommandOf<'define-role'>>): Command => ({
    kind: 'define-role',
    role: role('runner'),
    title: 'Runner',
    scope: 'project',
    grants: [{ action: 'file.read', folders: ['media'] }],
    ...rest,
  });
  ask(world, define({}));
  assert.equal(verdict(world, giving(world, addPerson(world), project, { role: role('runner') })), 'yes');
  ask(world, { kind: 'retire-role', role: role('runner') });
  assert.equal(verdict(world, { kind: 'retire-role', role: role('runner') }), 'already-done');
  assert.equal(verdict(world, giving(world, addPerson(world), project, { role: role('runner') })), 'unknown-role');
  assert.equal(verdict(world, define({ role: role('editor') })), 'built-in-role');
  assert.equal(verdict(world, { kind: 'retire-role', role: role('editor') }), 'built-in-role');
  assert.equal(verdict(world, define({ scope: 'facility' })), 'scope-fixed');
  const grants = (...list: CommandOf<'define-role'>['grants']) =>
    verdict(world, define({ role: role('other'), grants: list }));
  assert.equal(grants({ action: 'file.steal' }), 'unknown-action');
  assert.equal(grants({ action: 'file.read' }, { action: 'file.read', folders: ['media'] }), 'action-twice');
  assert.equal(grants({ action: 'desktop.open', folders: ['media'] }), 'folders-on-wrong-action');
  assert.equal(grants({ action: 'role.define' }), 'facility-action');
  assert.equal(verdict(world, define({ role: role('other'), scope: 'facility' })), 'files-need-project');
});

test('a data wrangler holds no production role on the same project, either way round', () => {
  for (const [first, second] of [
    ['data-wrangler', 'editor'],
    ['editor', 'data-wrangler'],
    ['colourist', 'data-wrangler'],
  ] as const) {
    const world = drawWorld();
    const alpha = addProject(world, 'alpha');
    const beta = addProject(world, 'beta');
    const person = addPerson(world);
    const held = engage(world, person, alpha, first, { until: world.at + 10 * DAY_MS });
    assert.equal(verdict(world, giving(world, person, alpha, { role: role(second) })), 'separation-of-duties');
    assert.equal(
      verdict(world, giving(world, person, beta, { role: role(second) })),
      'yes',
      'another project is another matter',
    );
    const later = giving(world, person, alpha, { role: role(second), from: world.at + 10 * DAY_MS });
    assert.equal(verdict(world, later), 'yes', 'one after the other');
    ask(world, later);
    assert.equal(
      verdict(world, { kind: 'extend-engagement', engagement: held, until: world.at + 11 * DAY_MS }),
      'separation-of-duties',
    );
    ask(world, { kind: 'end-engagement', engagement: later.engagement, because: 'button', cut: cutOf(world) });
    assert.equal(verdict(world, { kind: 'extend-engagement', engagement: held, until: world.at + 11 * DAY_MS }), 'yes');
    const exception = newId(world, 'exception');
    ask(world, {
      kind: 'record-exception',
      exception,
      rule: 'wrangler-and-production',
      reason: 'one-man show',
      until: world.at + DAY_MS,
      person,
    });
    assert.equal(verdict(world, giving(world, person, alpha, { role: role(second) })), 'yes');
    world.at += DAY_MS;
    assert.equal(
      verdict(world, giving(world, person, alpha, { role: role(second) })),
      'separation-of-duties',
      'an exception ends',
    );
  }
});

test('nobody gives themselves access, unless the facility is recorded as of one', () => {
  const world = drawWorld();
  const project = addProject(world, 'alpha');
  const other = addPerson(world, ['owner']);
  assert.equal(verdict(world, giving(world, other, project), { person: other }), 'self-grant');
  assert.equal(
    verdict(world, giving(world, world.owner, project), { person: world.owner }),
    'yes',
    'the exception of the first owner',
  );
  world.at += 364 * DAY_MS;
  assert.equal(verdict(world, giving(world, world.owner, project), { person: world.owner }), 'yes');
  world.at += DAY_MS;
  assert.equal(verdict(world, giving(world, world.owner, project), { person: world.owner }), 'self-grant');
  const engagement = engage(world, other, project, 'editor');
  const extend: Command = { kind: 'extend-engagement', engagement, until: world.at + 200 * DAY_MS };
  assert.equal(verdict(world, extend, { person: other }), 'self-grant');
  assert.equal(verdict(world, extend, { person: world.owner }), 'yes');
});

test('the engineer and the security lead are different people', () => {
  const world = drawWorld();
  const person = addPerson(world, ['engineer']);
  const until = world.at + DAY_MS;
  const both: Command = {
    kind: 'change-roles',
    person,
    roles: [
      { role: role('engineer'), until },
      { role: role('security-lead'), until },
    ],
  };
  assert.equal(verdict(world, both), 'separation-of-duties');
  ask(world, {
    kind: 'record-exception',
    exception: newId(world, 'exception'),
    rule: 'engineer-and-security-lead',
    reason: 'small',
    until,
    person,
  });
  assert.equal(verdict(world, both), 'yes');
  assert.equal(
    verdict(world, { kind: 'change-roles', person, roles: [{ role: role('owner'), until }] }, { person }),
    'own-affair',
  );
  assert.equal(
    verdict(world, { kind: 'change-roles', person, roles: [{ role: role('editor'), until }] }),
    'role-scope',
  );
  assert.equal(verdict(world, { kind: 'change-roles', person: world.owner, roles: [] }), 'last-owner');
});

test('the last owner cannot be suspended, ended or erased', () => {
  const world = drawWorld();
  const person = world.owner;
  assert.equal(verdict(world, { kind: 'suspend-person', person, because: 'button', cut: cutOf(world) }), 'last-owner');
  assert.equal(verdict(world, { kind: 'end-all-access', person, cut: cutOf(world) }), 'last-owner');
  assert.equal(verdict(world, { kind: 'erase-person', person, reason: 'asked', cut: cutOf(world) }), 'last-owner');
  addPerson(world, ['owner']);
  assert.equal(verdict(world, { kind: 'end-all-access', person, cut: cutOf(world) }), 'yes');
});

interface Busy {
  readonly world: DrawnWorld;
  readonly she: PersonId;
  readonly alpha: ProjectId;
  readonly beta: ProjectId;
  readonly engagement: EngagementId;
  readonly names: { readonly [stream: string]: string };
}

/** Somebody on two projects, with a key. */
function busy(): Busy {
  const world = drawWorld();
  const she = addPerson(world);
  const alpha = addProject(world, 'alpha');
  const beta = addProject(world, 'beta');
  const engagement = engage(world, she, alpha, 'editor');
  engage(world, she, beta, 'colourist');
  const what = { type: 'ssh-key', algorithm: 'ssh-ed25519', publicKey: 'k', fingerprint: 'SHA256:k' } as const;
  ask(world, {
    kind: 'add-credential',
    credential: newId(world, 'credential'),
    person: she,
    what,
    label: 'laptop',
    expiresAt: world.at + DAY_MS,
  });
  return { world, she, alpha, beta, engagement, names: { [alpha]: 'alpha', [beta]: 'beta' } };
}

test('every end of access orders its cut in the same batch, in the right stream', () => {
  const { world, she, alpha, engagement, names } = busy();
  const credential = [...world.state.credentials.keys()][0];
  assert.ok(credential !== undefined);
  const cut = cutOf(world);
  const rows: readonly (readonly [Command, readonly string[]])[] = [
    [{ kind: 'end-engagement', engagement, because: 'button', cut }, ['alpha engagement.ended', 'alpha cut.ordered']],
    [
      { kind: 'suspend-person', person: she, because: 'button', cut },
      ['facility person.suspended', 'alpha engagement.held', 'beta engagement.held', 'facility cut.ordered'],
    ],
    [
      { kind: 'end-all-access', person: she, cut },
      [
        'alpha engagement.ended',
        'beta engagement.ended',
        'facility credential.revoked',
        'facility person.suspended',
        'facility cut.ordered',
      ],
    ],
    [
      { kind: 'erase-person', person: she, reason: 'asked', cut },
      [
        'alpha engagement.ended',
        'beta engagement.ended',
        'facility credential.revoked',
        'facility person.erased',
        'facility cut.ordered',
      ],
    ],
    [
      { kind: 'wrap-project', project: alpha, cut },
      ['alpha project.wrapped', 'alpha engagement.ended', 'alpha cut.ordered'],
    ],
    [{ kind: 'lock-project', project: alpha, reason: 'leak', cut }, ['alpha project.locked', 'alpha cut.ordered']],
    [
      { kind: 'revoke-credential', credential, because: 'stolen-key', cut },
      ['facility credential.revoked', 'facility cut.ordered'],
    ],
  ];
  for (const [command, expected] of rows) {
    const all = drafts(world, command);
    assert.deepEqual([...shape(all, names)].sort(), [...expected].sort(), command.kind);
    assert.equal(all.at(-1)?.kind, 'cut.ordered', 'the order comes last, when all that it follows from is folded in');
  }
});

test('asked again, nothing is done again', () => {
  const { world, she, alpha, engagement } = busy();
  const again = (command: Command) => {
    ask(world, command);
    assert.equal(verdict(world, command), 'already-done', command.kind);
  };
  const person = newId(world, 'person');
  again({ kind: 'add-person', person, nature: 'human', name: BLANK, roles: [] });
  again({
    kind: 'create-project',
    project: newId(world, 'project'),
    alias: 'gamma',
    title: BLANK,
    level: 'standard',
    owner: she,
    folders: [],
  });
  again(giving(world, person, alpha));
  again({ kind: 'open-session', session: newId(world, 'session'), person, gate: 'sftp', until: world.at + HOUR_MS });
  again({ kind: 'end-engagement', engagement, because: 'button', cut: cutOf(world) });
  again({ kind: 'suspend-person', person: she, because: 'button', cut: cutOf(world) });
  again({ kind: 'end-all-access', person: she, cut: cutOf(world) });
  again({ kind: 'lock-project', project: alpha, reason: 'leak', cut: cutOf(world) });
  again({ kind: 'reopen-project', project: alpha, reason: 'found' });
  again({ kind: 'wrap-project', project: alpha, cut: cutOf(world) });
});

test('a cut id orders one cut', () => {
  const { world, she, alpha } = busy();
  const cut = cutOf(world);
  ask(world, { kind: 'suspend-person', person: she, because: 'button', cut });
  assert.equal(verdict(world, { kind: 'lock-project', project: alpha, reason: 'leak', cut }), 'already-done');
});

test('suspending holds engagements, restoring releases those that still run', () => {
  const { world, she, engagement, names } = busy();
  ask(world, { kind: 'suspend-person', person: she, because: 'button', cut: cutOf(world) });
  assert.equal(world.state.engagements.get(engagement)?.held, true);
  ask(world, { kind: 'end-engagement', engagement, because: 'button', cut: cutOf(world) });
  const restored = drafts(world, { kind: 'restore-person', person: she, reason: 'cleared' });
  assert.deepEqual(shape(restored, names), ['facility person.restored', 'beta engagement.released']);
});

test('ending all access ends what is on hold, too', () => {
  const { world, she } = busy();
  ask(world, { kind: 'suspend-person', person: she, because: 'button', cut: cutOf(world) });
  ask(world, { kind: 'end-all-access', person: she, cut: cutOf(world) });
  assert.ok(world.state.engagements.every((one) => one.person !== she || one.ended !== undefined));
});

test('a suspended, dormant or erased person is given nothing', () => {
  const { world, she, alpha } = busy();
  ask(world, { kind: 'suspend-person', person: she, because: 'button', cut: cutOf(world) });
  const commands: readonly Command[] = [
    giving(world, she, alpha),
    { kind: 'open-session', session: newId(world, 'session'), person: she, gate: 'portal', until: world.at + HOUR_MS },
    {
      kind: 'invite',
      invitation: newId(world, 'invitation'),
      person: she,
      tokenHash: 'a'.repeat(64),
      expiresAt: world.at + DAY_MS,
      purpose: 'join',
    },
    { kind: 'ask-recovery', recovery: newId(world, 'recovery'), person: she, reason: 'lost' },
    {
      kind: 'ask-access',
      request: newId(world, 'request'),
      ask: 'access',
      person: she,
      project: alpha,
      role: role('editor'),
      until: world.at + DAY_MS,
      reason: 'x',
    },
  ];
  for (const command of commands) assert.equal(verdict(world, command), 'person-not-active', command.kind);
});

test('recovery needs two different administrators, neither of them the person', () => {
  const { world, she } = busy();
  const [one, two] = [addPerson(world, ['owner']), addPerson(world, ['security-lead'])];
  const recovery = newId(world, 'recovery');
  ask(world, { kind: 'ask-recovery', recovery, person: she, reason: 'lost phone' });
  assert.equal(
    verdict(world, { kind: 'ask-recovery', recovery: newId(world, 'recovery'), person: she, reason: 'again' }),
    'already-asked',
  );
  const approve: Command = {
    kind: 'approve-recovery',
    recovery,
    invitation: newId(world, 'invitation'),
    tokenHash: 'c'.repeat(64),
    expiresAt: world.at + DAY_MS,
    cut: cutOf(world),
  };
  assert.equal(verdict(world, approve, { person: she }), 'own-approval');
  assert.equal(verdict(world, approve), 'needs-person');
  assert.deepEqual(
    drafts(world, approve, { person: one }).map(({ kind }) => kind),
    ['recovery.approved'],
  );
  ask(world, approve, { person: one });
  assert.equal(verdict(world, approve, { person: one }), 'needs-another');
  const renewal = drafts(world, approve, { person: two }).map(({ kind }) => kind);
  assert.deepEqual(renewal, ['recovery.approved', 'credential.revoked', 'invitation.issued', 'cut.ordered']);
  ask(world, approve, { person: two });
  assert.equal(verdict(world, approve, { person: one }), 'already-done');
  const late = newId(world, 'recovery');
  ask(world, { kind: 'ask-recovery', recovery: late, person: she, reason: 'again' });
  world.at += 7 * DAY_MS;
  assert.equal(verdict(world, { ...approve, recovery: late, cut: cutOf(world) }, { person: one }), 'recovery-stale');
  const direct: Command = {
    kind: 'invite',
    invitation: newId(world, 'invitation'),
    person: she,
    tokenHash: 'd'.repeat(64),
    expiresAt: world.at + DAY_MS,
    purpose: 'recover',
  };
  assert.equal(verdict(world, direct, { person: one }), 'needs-two');
});

test(`an account locks at the ${LOCKOUT_FAILURES}th wrong password, and a success starts the count again`, () => {
  const { world, she } = busy();
  const wrong: Command = { kind: 'refuse-signin', person: she, with: 'password', why: 'wrong', gate: 'portal' };
  const enter = (): Command => ({
    kind: 'open-session',
    session: newId(world, 'session'),
    person: she,
    gate: 'portal',
    until: world.at + HOUR_MS,
  });
  for (let i = 1; i < LOCKOUT_FAILURES; i += 1) ask(world, wrong);
  ask(world, enter());
  for (let i = 1; i < LOCKOUT_FAILURES; i += 1) ask(world, wrong);
  assert.equal(world.state.people.get(she)?.locked, false);
  assert.deepEqual(
    drafts(world, wrong).map(({ kind }) => kind),
    ['signin.refused', 'person.locked'],
  );
  ask(world, wrong);
  assert.equal(verdict(world, enter()), 'person-locked');
  assert.deepEqual(
    drafts(world, wrong).map(({ kind }) => kind),
    ['signin.refused'],
    'locked once',
  );
  assert.equal(verdict(world, { kind: 'unlock-person', person: she }, { person: she }), 'own-affair');
  ask(world, { kind: 'unlock-person', person: she });
  assert.equal(verdict(world, enter()), 'yes');
  for (let i = 0; i < 9; i += 1) ask(world, { ...wrong, with: 'ssh-key' });
  assert.equal(world.state.people.get(she)?.locked, false, 'keys cannot be guessed');
});

test('credentials end, are of one person, and fit who holds them', () => {
  const { world, she, engagement } = busy();
  const add = (rest: Partial<CommandOf<'add-credential'>>): Command => ({
    kind: 'add-credential',
    credential: newId(world, 'credential'),
    person: she,
    label: 'key',
    expiresAt: world.at + DAY_MS,
    what: { type: 'ssh-key', algorithm: 'ssh-ed25519', publicKey: 'n', fingerprint: 'SHA256:n' },
    ...rest,
  });
  assert.equal(verdict(world, add({})), 'yes');
  assert.equal(verdict(world, add({ expiresAt: world.at })), 'bad-time');
  assert.equal(
    verdict(world, add({ what: { type: 'password', verifier: BLANK }, expiresAt: world.at + 366 * DAY_MS })),
    'bad-time',
  );
  const old = { type: 'ssh-key', algorithm: 'ssh-ed25519', publicKey: 'k', fingerprint: 'SHA256:k' } as const;
  assert.equal(verdict(world, add({ what: old, person: addPerson(world) })), 'credential-shared');
  assert.equal(
    verdict(world, add({ what: { type: 'service-token', tokenHash: 'e'.repeat(64), engagement } })),
    'not-for-people',
  );
  const farm = addPerson(world, [], 'service');
  assert.equal(verdict(world, add({ person: farm, what: { type: 'password', verifier: BLANK } })), 'not-for-services');
  const alpha = [...world.state.projects.keys()][0];
  assert.ok(alpha !== undefined);
  const seat = engage(world, farm, alpha, 'render-service', { until: world.at + HOUR_MS });
  const token = { type: 'service-token', tokenHash: 'e'.repeat(64), engagement: seat } as const;
  assert.equal(
    verdict(world, add({ person: farm, what: token })),
    'bad-time',
    'a token does not outlive its engagement',
  );
  assert.equal(verdict(world, add({ person: farm, what: token, expiresAt: world.at + HOUR_MS })), 'yes');
  assert.equal(verdict(world, add({ person: farm, what: { ...token, engagement } })), 'unknown-engagement');
});

test('a new password ends the old one, and a stolen key never comes back', () => {
  const { world, she } = busy();
  const password = (): Command => ({
    kind: 'add-credential',
    credential: newId(world, 'credential'),
    person: she,
    label: 'pw',
    expiresAt: world.at + DAY_MS,
    what: { type: 'password', verifier: BLANK },
  });
  ask(world, password());
  assert.deepEqual(
    drafts(world, password()).map(({ kind }) => kind),
    ['credential.revoked', 'credential.added'],
  );
  const key = [...world.state.credentials.values()].find(({ what }) => what.type === 'ssh-key');
  assert.ok(key !== undefined);
  ask(world, { kind: 'revoke-credential', credential: key.id, because: 'stolen-key', cut: cutOf(world) });
  const again: Command = {
    kind: 'add-credential',
    credential: newId(world, 'credential'),
    person: she,
    label: 'again',
    expiresAt: world.at + DAY_MS,
    what: key.what,
  };
  assert.equal(verdict(world, again), 'credential-shared');
});

test('a request is decided by somebody else, and grants what the rules allow', () => {
  const { world, she, alpha, engagement } = busy();
  const boss = addPerson(world);
  const more = newId(world, 'request');
  const until = world.at + 120 * DAY_MS;
  const askMore = (request: typeof more): Command => ({
    kind: 'ask-access',
    request,
    ask: 'more-time',
    person: she,
    project: alpha,
    engagement,
    until,
    reason: 'pick-ups',
  });
  ask(world, askMore(more));
  assert.equal(verdict(world, askMore(newId(world, 'request'))), 'already-asked');
  const grant: Command = {
    kind: 'decide-request',
    request: more,
    granted: true,
    engagement: newId(world, 'engagement'),
  };
  assert.equal(verdict(world, grant, { person: she }), 'own-approval');
  assert.equal(verdict(world, grant), 'needs-person');
  assert.deepEqual(
    drafts(world, grant, { person: boss }).map(({ kind }) => kind),
    ['request.decided', 'engagement.extended'],
  );
  ask(world, grant, { person: boss });
  assert.equal(world.state.engagements.get(engagement)?.until, until);
  assert.equal(verdict(world, grant, { person: boss }), 'already-done');
  const wrangle = newId(world, 'request');
  ask(world, {
    kind: 'ask-access',
    request: wrangle,
    ask: 'access',
    person: she,
    project: alpha,
    role: role('data-wrangler'),
    until,
    reason: 'short-handed',
  });
  assert.equal(verdict(world, { ...grant, request: wrangle }, { person: boss }), 'separation-of-duties');
  assert.equal(verdict(world, { ...grant, request: wrangle, granted: false }, { person: boss }), 'yes');
});

test('projects have aliases of their own and streams that count from one', () => {
  const world = drawWorld();
  const [one, two] = [addProject(world, 'alpha'), addProject(world, 'beta')];
  assert.deepEqual(
    [one, two].map((id) => world.state.projects.get(id)?.streamNumber),
    [1, 2],
  );
  const create = (rest: Partial<CommandOf<'create-project'>>): Command => ({
    kind: 'create-project',
    project: newId(world, 'project'),
    alias: 'gamma',
    title: BLANK,
    level: 'standard',
    owner: world.owner,
    folders: [],
    ...rest,
  });
  assert.equal(verdict(world, create({})), 'yes');
  assert.equal(verdict(world, create({ alias: 'alpha' })), 'alias-taken');
  assert.equal(verdict(world, create({ owner: newId(world, 'person') })), 'unknown-person');
  assert.equal(verdict(world, create({ folders: ['media', 'media'] })), 'bad-folders');
  assert.equal(verdict(world, create({ folders: ['../up'] })), 'bad-folders');
});

test("a session's entries, its cut and the receipt stand in its project's stream", () => {
  const { world, she, alpha, names } = busy();
  const session = newId(world, 'session');
  ask(world, { kind: 'open-session', session, person: she, gate: 'sftp', project: alpha, until: world.at + HOUR_MS });
  const cut = cutOf(world);
  assert.deepEqual(shape(drafts(world, { kind: 'end-session', session, cut }), names), ['alpha cut.ordered']);
  ask(world, { kind: 'end-session', session, cut });
  assert.equal(world.state.sessions.get(session)?.cutOrdered, cut);
  const close: Command = {
    kind: 'close-session',
    session,
    because: 'button',
    cut,
    bytesIn: 1,
    bytesOut: 2,
    operations: 3,
  };
  assert.deepEqual(shape(drafts(world, close), names), ['alpha session.closed']);
  ask(world, close);
  const receipt = {
    gate: 'sftp',
    sessions: [session],
    sessionCount: 1,
    orderedAt: world.at,
    lastByteAt: world.at + 3,
    ms: 3,
    probe: { bytesStopped: true, accessRefused: true, watchedMs: 50 },
  } as const;
  const record: Command = { kind: 'record-receipt', cut, receipt: { ...receipt, sessions: [session] } };
  assert.deepEqual(shape(drafts(world, record), names), ['alpha cut.receipt']);
  ask(world, record);
  assert.equal(verdict(world, record), 'already-done');
  assert.equal(world.state.cuts.get(cut)?.receipts.length, 1);
});

test('a cut stops the cookie at once', () => {
  const { world, she } = busy();
  const session = newId(world, 'session');
  const tokenHash = 'f'.repeat(64);
  ask(world, { kind: 'open-session', session, person: she, gate: 'portal', until: world.at + HOUR_MS, tokenHash });
  assert.equal(world.state.index.sessionByToken.get(tokenHash), session);
  ask(world, { kind: 'suspend-person', person: she, because: 'button', cut: cutOf(world) });
  assert.equal(world.state.index.sessionByToken.has(tokenHash), false);
  assert.equal(
    verdict(world, { kind: 'renew-session', session, tokenHash: '0'.repeat(64), until: world.at + HOUR_MS }),
    'session-ended',
  );
});

test('a review ends what is not needed, each with a cut of its own', () => {
  const { world, alpha, engagement, names } = busy();
  const other = engage(world, addPerson(world), alpha, 'editor');
  const review: CommandOf<'complete-review'> = {
    kind: 'complete-review',
    review: newId(world, 'review'),
    project: alpha,
    ended: [engagement],
    cuts: [cutOf(world)],
  };
  const all = drafts(world, review);
  assert.deepEqual(shape(all, names), ['alpha review.completed', 'alpha engagement.ended', 'alpha cut.ordered']);
  assert.ok(all[0]?.kind === 'review.completed');
  assert.deepEqual(all[0].data.kept, [other]);
  assert.equal(verdict(world, { ...review, cuts: [] }), 'cuts-mismatch');
  ask(world, review);
  assert.equal(verdict(world, review), 'already-done');
  assert.equal(verdict(world, { ...review, cuts: [cutOf(world)] }), 'review-outdated');
});

test('an engagement is not ended by the clock before its time', () => {
  const { world, engagement } = busy();
  const end: Command = { kind: 'end-engagement', engagement, because: 'clock', cut: cutOf(world) };
  assert.equal(verdict(world, end), 'bad-time');
  world.at += 90 * DAY_MS;
  assert.equal(verdict(world, end), 'yes');
});
