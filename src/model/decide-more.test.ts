/** More rules, noun by noun: recovery, credentials, requests, projects, sessions, reviews. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Command, CommandOf } from '#model/commands.ts';
import { addPerson, addProject, ask, drawWorld, engage, newId } from '#model/drawn-world.ts';
import { DAY_MS, HOUR_MS, LOCKOUT_FAILURES } from '#model/limits.ts';
import { BLANK, busy, cutOf, drafts, role, shape, verdict } from '#model/asked-world.ts';

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

test('the end of all access withdraws an open recovery: no approval completes it after a return', () => {
  for (const kind of ['end-all-access', 'erase-person'] as const) {
    const { world, she } = busy();
    const [one, two] = [addPerson(world, ['owner']), addPerson(world, ['security-lead'])];
    const recovery = newId(world, 'recovery');
    ask(world, { kind: 'ask-recovery', recovery, person: she, reason: 'lost phone' });
    const approve = (): Command => ({
      kind: 'approve-recovery',
      recovery,
      invitation: newId(world, 'invitation'),
      tokenHash: 'c'.repeat(64),
      expiresAt: world.at + DAY_MS,
      cut: cutOf(world),
    });
    ask(world, approve(), { person: one });
    const end = { kind, person: she, cut: cutOf(world), reason: 'left' } as Command; // both kinds take these
    const withdrawn = drafts(world, end, { person: one }).find((draft) => draft.kind === 'recovery.withdrawn');
    assert.deepEqual([withdrawn?.about.recovery, withdrawn?.about.person], [recovery, she]);
    assert.equal(withdrawn?.about.cut, 'cut' in end ? end.cut : undefined, 'it is found with the receipts');
    ask(world, end, { person: one });
    assert.equal(verdict(world, approve(), { person: two }), 'recovery-withdrawn');
    if (kind === 'erase-person') continue;
    ask(world, { kind: 'restore-person', person: she, reason: 'back' }, { person: one });
    assert.equal(verdict(world, approve(), { person: two }), 'recovery-withdrawn');
    assert.equal(
      verdict(world, { kind: 'ask-recovery', recovery: newId(world, 'recovery'), person: she, reason: 'x' }),
      'yes',
    );
  }
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
