/** The model's rules, noun by noun: what is refused, with which code, and what a batch holds. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Command, CommandOf } from '#model/commands.ts';
import { emptyState } from '#model/evolve.ts';
import { addPerson, addProject, ask, drawWorld, engage, newId } from '#model/drawn-world.ts';
import { DAY_MS, ENGAGEMENT_DAYS_MAX, HOUR_MS } from '#model/limits.ts';
import { BLANK, busy, cutOf, drafts, giving, role, shape, verdict } from '#model/asked-world.ts';

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

const TYPED = 'Left for another house.';

test('every end of access orders its cut in the same batch, in the right stream, with the reason that was typed', () => {
  const { world, she, alpha, engagement, names } = busy();
  const credential = [...world.state.credentials.keys()][0];
  assert.ok(credential !== undefined);
  const cut = cutOf(world);
  const rows: readonly (readonly [Command, readonly string[]])[] = [
    [
      { kind: 'end-engagement', engagement, because: 'button', reason: TYPED, cut },
      ['alpha engagement.ended', 'alpha cut.ordered'],
    ],
    [
      { kind: 'suspend-person', person: she, because: 'button', reason: TYPED, cut },
      ['facility person.suspended', 'alpha engagement.held', 'beta engagement.held', 'facility cut.ordered'],
    ],
    [
      { kind: 'end-all-access', person: she, reason: TYPED, cut },
      [
        'alpha engagement.ended',
        'beta engagement.ended',
        'facility credential.revoked',
        'facility person.suspended',
        'facility cut.ordered',
      ],
    ],
    [
      { kind: 'erase-person', person: she, reason: TYPED, cut },
      [
        'alpha engagement.ended',
        'beta engagement.ended',
        'facility credential.revoked',
        'facility person.erased',
        'facility cut.ordered',
      ],
    ],
    [
      { kind: 'wrap-project', project: alpha, reason: TYPED, cut },
      ['alpha project.wrapped', 'alpha engagement.ended', 'alpha cut.ordered'],
    ],
    [{ kind: 'lock-project', project: alpha, reason: TYPED, cut }, ['alpha project.locked', 'alpha cut.ordered']],
    [
      { kind: 'revoke-credential', credential, because: 'stolen-key', reason: TYPED, cut },
      ['facility credential.revoked', 'facility cut.ordered'],
    ],
  ];
  for (const [command, expected] of rows) {
    const all = drafts(world, command);
    assert.deepEqual([...shape(all, names)].sort(), [...expected].sort(), command.kind);
    const order = all.at(-1);
    assert.equal(order?.kind, 'cut.ordered', 'the order comes last, when all that it follows from is folded in');
    assert.equal(order.data.reason, TYPED, `${command.kind}: the order says why`);
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
