/** Any commands in any order: decide is total, evolve takes what decide drafts, and the facility's promises hold after every step. */
import { BACKUP_COMMANDS, BACKUP_SCENE, BEYOND_A_SEQUENCE } from '#model/test-backup-commands.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { facilityMisfit } from '#model/addressing.ts';
import type { Command } from '#model/commands.ts';
import { parseCommand } from '#model/commands.ts';
import { isContained, isProjectContained } from '#model/containment.ts';
import { COMMAND_KINDS, decide } from '#model/decide.ts';
import type { By, Draft, Placed } from '#model/events.ts';
import { isStateKind, KINDS, parseDraft } from '#model/events.ts';
import type { EntryKind } from '#model/events.ts';
import { emptyState, EVOLVE, evolve } from '#model/evolve.ts';
import { numberedId, WORLD_BEGINS } from '#model/drawn-world.ts';
import { DAY_MS, HOUR_MS } from '#model/limits.ts';
import { isDeclared } from '#model/share.ts';
import {
  hostCommand,
  NETWORK_COMMANDS,
  NETWORK_SCENE,
  shareSession,
  zoneCommand,
} from '#model/test-network-commands.ts';
import type { State } from '#model/state.ts';
import type { IdKind, PersonId, RoleId } from '#std/ids.ts';

// The same cases in every run; a failure names the case that shrank from it.
fc.configureGlobal({ seed: 20260302 });

const BLANK = { subject: 'facility', salt: '', box: '' } as const;
const id = <Kind extends IdKind>(kind: Kind, most = 6) =>
  fc.integer({ min: 0, max: most }).map((n) => numberedId(kind, n));
const cut = fc.integer({ min: 0, max: 60 }).map((n) => numberedId('cut', n));
const T = WORLD_BEGINS;
const until = fc.integer({ min: -3, max: 60 }).map((days) => T + days * DAY_MS);
const soon = fc.integer({ min: -1, max: 100 }).map((hours) => T + hours * HOUR_MS);
const hash = fc.integer({ min: 0, max: 9 }).map((n) => String(n).repeat(64));
const role = fc.constantFrom(
  'editor',
  'data-wrangler',
  'producer',
  'render-service',
  'engineer',
  'owner',
  'security-lead',
  'runner',
  'nobody',
) as fc.Arbitrary<RoleId>; // a role's id is its name
const roles = fc.array(fc.record({ role, until }), { maxLength: 2 });
const because = fc.constantFrom('button', 'clock', 'dormancy', 'stolen-key' as const);
const reason = fc.constant('because');
const gate = fc.constantFrom('portal', 'sftp' as const);
const what = fc.oneof(
  fc.constant({ type: 'password' as const, verifier: BLANK }),
  fc.record({
    type: fc.constant('ssh-key' as const),
    algorithm: fc.constant('x'),
    publicKey: fc.constant('k'),
    fingerprint: hash,
  }),
  fc.record({ type: fc.constant('service-token' as const), tokenHash: hash, engagement: id('engagement', 8) }),
);

/** One arbitrary command of each kind; small pools of ids make them meet. */
const ARBITRARY: { readonly [K in Command['kind']]: fc.Arbitrary<object> } = {
  'create-facility': fc.record({
    name: reason,
    timeZone: fc.constantFrom('UTC', 'Mars/X'),
    origin: reason,
    owner: id('person', 0),
    ownerName: fc.constant(BLANK),
    ownerRolesUntil: until,
    exception: id('exception'),
  }),
  'change-settings': fc.record({
    settings: fc.record(
      { dormantAfterDays: fc.integer({ min: 1, max: 40 }), maxEngagementDays: fc.integer({ min: 10, max: 400 }) },
      { requiredKeys: [] },
    ),
  }),
  'add-zone': zoneCommand,
  'remove-zone': fc.record({ zone: id('zone') }),
  'add-host': hostCommand,
  'remove-host': fc.record({ host: id('host') }),
  'define-role': fc.record({
    role,
    title: reason,
    scope: fc.constantFrom('facility', 'project'),
    grants: fc.subarray([
      { action: 'file.read', folders: ['media'] },
      { action: 'session.see' },
      { action: 'drive.check-out' },
      { action: 'desktop.open' },
    ]),
  }),
  'retire-role': fc.record({ role }),
  'record-exception': fc.record({
    exception: id('exception'),
    rule: fc.constantFrom('self-grant', 'wrangler-and-production', 'gravity'),
    reason,
    until,
    person: id('person'),
  }),
  'add-person': fc.record({
    person: id('person'),
    nature: fc.constantFrom('human', 'service'),
    name: fc.constant(BLANK),
    roles,
  }),
  ...NETWORK_COMMANDS,
  ...BACKUP_COMMANDS,
  'rename-person': fc.record({ person: id('person'), name: fc.constant(BLANK) }),
  'change-roles': fc.record({ person: id('person'), roles }),
  'record-onboarding': fc.record({ person: id('person'), item: fc.constantFrom('nda', 'training'), until }),
  'suspend-person': fc.record({ person: id('person'), because, cut }),
  'restore-person': fc.record({ person: id('person'), reason }),
  'unlock-person': fc.record({ person: id('person') }),
  'end-all-access': fc.record({ person: id('person'), cut }),
  'erase-person': fc.record({ person: id('person'), reason, cut }),
  'warn-role': fc.record({
    person: id('person'),
    role: fc.constantFrom('owner', 'engineer'),
    daysLeft: fc.constant(7),
  }),
  'warn-dormancy': fc.record({ person: id('person'), inDays: fc.constant(7) }),
  invite: fc.record({
    invitation: id('invitation', 3),
    person: id('person'),
    tokenHash: hash,
    expiresAt: until,
    purpose: fc.constantFrom('join', 'recover'),
  }),
  'withdraw-invitation': fc.record({ invitation: id('invitation', 3) }),
  'use-invitation': fc.record({ invitation: id('invitation', 3) }),
  'add-credential': fc.record({
    credential: id('credential', 6),
    person: id('person'),
    what,
    label: reason,
    expiresAt: until,
    cut: fc.option(cut, { nil: undefined }),
  }),
  'revoke-credential': fc.record({ credential: id('credential', 6), because, cut }),
  'ask-recovery': fc.record({ recovery: id('recovery'), person: id('person'), reason }),
  'approve-recovery': fc.record({
    recovery: id('recovery'),
    invitation: id('invitation', 3),
    tokenHash: hash,
    expiresAt: until,
    cut,
  }),
  'refuse-signin': fc.record({ person: id('person'), with: fc.constantFrom('password', 'ssh-key'), why: reason, gate }),
  'create-project': fc.record({
    project: id('project', 3),
    alias: fc.constantFrom('alpha', 'beta', 'gamma'),
    title: fc.constant(BLANK),
    level: fc.constantFrom('standard', 'high-security'),
    owner: id('person'),
    folders: fc.constant([]),
  }),
  'wrap-project': fc.record({ project: id('project', 3), cut }),
  'lock-project': fc.record({ project: id('project', 3), reason, cut }),
  'reopen-project': fc.record({ project: id('project', 3), reason }),
  'give-engagement': fc.record({
    engagement: id('engagement', 8),
    person: id('person'),
    project: id('project', 3),
    role,
    from: until,
    until,
  }),
  'extend-engagement': fc.record({ engagement: id('engagement', 8), until }),
  'end-engagement': fc.record({ engagement: id('engagement', 8), because, cut }),
  'warn-engagement': fc.record({ engagement: id('engagement', 8), daysLeft: fc.constantFrom(1, 7) }),
  'ask-access': fc.record({
    request: id('request', 4),
    ask: fc.constantFrom('access', 'more-time'),
    person: id('person'),
    project: id('project', 3),
    engagement: id('engagement', 8),
    role,
    until,
    reason,
  }),
  'decide-request': fc.record({ request: id('request', 4), granted: fc.boolean(), engagement: id('engagement', 40) }),
  'withdraw-request': fc.record({ request: id('request', 4) }),
  'complete-review': fc
    .record({
      review: id('review'),
      project: id('project', 3),
      ended: fc.uniqueArray(id('engagement', 8), { maxLength: 2 }),
      cuts: fc.uniqueArray(cut, { minLength: 2, maxLength: 2 }),
    })
    .map((one) => ({ ...one, cuts: one.cuts.slice(0, one.ended.length) })),
  'open-session': fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record(
        {
          session: id('session', 8),
          person: id('person'),
          gate,
          credential: id('credential', 6),
          project: id('project', 3),
          until: soon,
          tokenHash: hash,
          factorAt: soon,
        },
        { requiredKeys: ['session', 'person', 'gate', 'until'] },
      ),
    },
    { weight: 1, arbitrary: shareSession },
  ),
  'renew-session': fc.record({ session: id('session', 8), tokenHash: hash, until: soon }),
  'step-up': fc.record({ session: id('session', 8), with: fc.constant('totp') }),
  'count-session': fc.record({ session: id('session', 8), packets: fc.nat(), bytes: fc.nat() }),
  'close-session': fc.record({
    session: id('session', 8),
    because,
    bytesIn: fc.nat(),
    bytesOut: fc.nat(),
    operations: fc.nat(),
  }),
  'end-session': fc.record({ session: id('session', 8), cut }),
  'record-receipt': fc.record({
    cut,
    receipt: fc.record({
      gate,
      sessions: fc.constant([]),
      sessionCount: fc.constant(0),
      orderedAt: fc.constant(T),
      ms: fc.constant(1),
      probe: fc.constant({ bytesStopped: true, accessRefused: true, watchedMs: 1 }),
    }),
  }),
};

interface Step {
  readonly command: Command;
  readonly by: By;
  readonly afterMs: number;
}

/** Kinds that build things up come more often than kinds that tear down. */
const OFTEN: readonly Command['kind'][] = [
  'add-person',
  'create-project',
  'give-engagement',
  'open-session',
  'add-credential',
  'ask-access',
  'decide-request',
];
const SELDOM: readonly Command['kind'][] = [
  'erase-person',
  'end-all-access',
  'suspend-person',
  'wrap-project',
  'lock-project',
  'change-roles',
];
const COMMON = COMMAND_KINDS.filter((kind) => !SELDOM.includes(kind));
const step: fc.Arbitrary<Step> = fc
  .tuple(
    fc.oneof(
      ...[...SELDOM, ...COMMON, ...COMMON, ...OFTEN].map((kind) =>
        ARBITRARY[kind].map((rest) => parseCommand({ kind, ...rest })),
      ),
    ),
    fc.oneof(fc.record({ person: id('person') }), fc.constant({ service: 'console' })),
    fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 1, HOUR_MS, HOUR_MS, DAY_MS),
  )
  .map(([command, by, afterMs]) => ({ command, by, afterMs }));

const begin: Step = {
  command: parseCommand({
    kind: 'create-facility',
    name: 'Post',
    timeZone: 'UTC',
    origin: 'x/y',
    owner: numberedId('person', 0),
    ownerName: BLANK,
    ownerRolesUntil: T + 300 * DAY_MS,
    exception: numberedId('exception', 99),
  }),
  by: {},
  afterMs: 0,
};

/** A start with something in it, so that random commands meet. */
const SCENE: readonly Step[] = [
  ...[1, 2, 3, 4, 5].map((n) => ({
    kind: 'add-person',
    person: numberedId('person', n),
    nature: n === 5 ? 'service' : 'human',
    name: BLANK,
    roles: [],
  })),
  ...[0, 1].map((n) => ({
    kind: 'create-project',
    project: numberedId('project', n),
    alias: ['alpha', 'beta'][n],
    title: BLANK,
    level: 'standard',
    owner: numberedId('person', 0),
    folders: [],
  })),
  ...[0, 1, 2, 3].map((n) => ({
    kind: 'give-engagement',
    engagement: numberedId('engagement', n),
    person: numberedId('person', n + 1),
    project: numberedId('project', n % 2),
    role: 'editor',
    from: T,
    until: T + 40 * DAY_MS,
  })),
  ...[0, 1, 2, 3].map((n) => ({
    kind: 'open-session',
    session: numberedId('session', n),
    person: numberedId('person', n + 1),
    gate: 'sftp',
    until: T + 90 * HOUR_MS,
    tokenHash: String(n).repeat(64),
  })),
  ...[0, 1].map((n) => ({
    kind: 'ask-access',
    request: numberedId('request', n),
    ask: 'access',
    person: numberedId('person', n + 1),
    project: numberedId('project', n),
    role: 'producer',
    until: T + 30 * DAY_MS,
    reason: 'because',
  })),
  {
    kind: 'invite',
    invitation: numberedId('invitation', 0),
    person: numberedId('person', 4),
    tokenHash: 'a'.repeat(64),
    expiresAt: T + 5 * DAY_MS,
    purpose: 'join',
  },
  ...NETWORK_SCENE,
  ...BACKUP_SCENE,
  ...[0, 1, 2, 3, 4].map(() => ({
    kind: 'refuse-signin',
    person: numberedId('person', 2),
    with: 'password',
    why: 'wrong',
    gate: 'portal',
  })),
].map((command) => ({ command: parseCommand(command), by: { service: 'console' }, afterMs: 0 }));

interface Run {
  readonly entries: readonly Placed[];
  readonly state: State;
  readonly done: readonly Command['kind'][];
}

function play(
  steps: readonly Step[],
  check: (before: State, after: State, drafts: readonly Draft[], at: number) => void,
): Run {
  let state = emptyState;
  let at = T;
  const entries: Placed[] = [];
  const done: Command['kind'][] = [];
  for (const { command, by, afterMs } of [begin, ...SCENE, ...steps]) {
    at += afterMs;
    const outcome = decide(state, command, { by, at });
    if (outcome.kind === 'refused') {
      assert.match(outcome.code, /^[a-z]+(-[a-z]+)*$/);
      assert.ok(outcome.message.endsWith('.') && outcome.ask?.endsWith('.'), JSON.stringify(outcome));
      continue;
    }
    const before = state;
    for (const draft of outcome.value) {
      parseDraft(JSON.parse(JSON.stringify(draft)));
      const placed: Placed = { index: state.size, entry: { ...draft, v: 1, id: 'not-recorded', at, n: 1, salt: '' } };
      entries.push(placed);
      state = evolve(state, placed);
    }
    done.push(command.kind);
    check(before, state, outcome.value, at);
  }
  return { entries, state, done };
}

/** What must be true of every facility after every step. */
function promises(before: State, state: State, drafts: readonly Draft[], at: number): void {
  for (const engagement of state.engagements.values()) {
    assert.ok(
      engagement.from < engagement.until && Number.isSafeInteger(engagement.until),
      'no engagement without an end',
    );
    assert.ok(state.index.engagementsOf.get(engagement.person)?.get(engagement.project)?.includes(engagement.id));
    assert.ok(state.index.engagementsOn.get(engagement.project)?.has(engagement.id));
    const person = state.people.get(engagement.person);
    const isLive = engagement.ended === undefined && engagement.until > at;
    if (isLive && person?.standing !== 'active') assert.ok(engagement.held, 'a person who is not active holds nothing');
    if (isLive)
      assert.notEqual(state.projects.get(engagement.project)?.standing, 'wrapped', 'nobody is on a wrapped project');
  }
  for (const session of state.sessions.values()) {
    if (state.people.get(session.person)?.standing !== 'active')
      assert.ok(session.cutOrdered !== undefined, 'a suspended person has no session that decides');
    if (session.cutOrdered !== undefined && session.tokenHash !== undefined)
      assert.notEqual(state.index.sessionByToken.get(session.tokenHash), session.id);
  }
  for (const person of state.people.values()) {
    if (person.standing === 'erased') assert.equal(person.roles.length, 0);
    const held = new Set(person.roles.filter((one) => one.until > at).map((one) => one.role as string));
    if (held.has('engineer') && held.has('security-lead'))
      assert.equal(person.id, numberedId('person', 0), 'only by the exception');
  }
  assert.ok(
    state.people.some(({ standing, roles: all }) => standing === 'active' && all.some((one) => one.role === 'owner')),
    'somebody owns the facility',
  );
  const numbers = [...state.projects.values()].map(({ streamNumber }) => streamNumber).sort((a, b) => a - b);
  assert.deepEqual(
    numbers,
    numbers.map((_, i) => i + 1),
  );
  assert.equal(state.index.projectByAlias.size, state.projects.size);
  networkPromises(state, at);
  cutsFollow(before, drafts);
}

/** The network's parts fit, its lookups agree with its hosts, and nothing in quarantine has a session or a path. */
function networkPromises(state: State, at: number): void {
  assert.equal(facilityMisfit(state), undefined);
  const { hostByName, hostByAddress } = state.index;
  assert.equal(hostByName.size, state.hosts.size);
  assert.equal(hostByAddress.size, new Set([...state.hosts.values()].flatMap(({ addresses }) => addresses)).size);
  for (const { id: host, name, addresses } of state.hosts.values())
    for (const found of [hostByName.get(name), ...addresses.map((one) => hostByAddress.get(one))])
      assert.equal(found, host);
  const heldBy = new Map<string, string>();
  for (const path of state.network.paths.values()) {
    const { session, until, flow, from, person } = path;
    assert.equal(
      flow !== undefined,
      state.sessions.get(session)?.gate === 'share',
      'a share opens what a share flow declares',
    );
    if (flow !== undefined) {
      assert.ok(isDeclared(state, path), 'no path of a share outlives what declares it');
      assert.equal(heldBy.get(from) ?? person, person, 'one address opens storage for one person');
      heldBy.set(from, person);
    }
    assert.ok(state.index.pathsOf.get(session)?.size);
    assert.ok(until <= (state.sessions.get(session)?.until ?? 0), 'no path outlives its session');
  }
  for (const { person, project, cutOrdered, openedAt } of state.sessions.values()) {
    const isHeld = isContained(state, { person }) || (project !== undefined && isProjectContained(state, project));
    if (isHeld) assert.ok(cutOrdered !== undefined, `a session in quarantine decides, opened ${openedAt} at ${at}`);
  }
}

const ENDS: readonly EntryKind[] = [
  'person.suspended',
  'person.erased',
  'project.wrapped',
  'project.locked',
  'engagement.ended',
];

function cutsFollow(before: State, drafts: readonly Draft[]): void {
  if (!drafts.some(({ kind }) => ENDS.includes(kind))) return;
  const ordered = drafts.filter(({ kind }) => kind === 'cut.ordered');
  assert.ok(ordered.length > 0, 'every end of access orders a cut in the same batch');
  for (const { about } of ordered) assert.ok(about.cut !== undefined && !before.cuts.has(about.cut));
}

test('after any commands in any order, every promise holds', () => {
  const reached = new Set<Command['kind']>();
  fc.assert(
    fc.property(fc.array(step, { minLength: 40, maxLength: 120, size: 'max' }), (steps) => {
      for (const kind of play(steps, promises).done) reached.add(kind);
    }),
    { numRuns: 560 },
  );
  const missed = COMMAND_KINDS.filter((kind) => !reached.has(kind) && !BEYOND_A_SEQUENCE.includes(kind));
  assert.ok(missed.length <= 2, `too few kinds were ever accepted; missing ${missed.join(', ')}`);
});

test('the state is the fold of its entries, from any point and over activity in between', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 40, maxLength: 80, size: 'max' }), fc.nat(), (steps, where) => {
      const { entries, state } = play(steps, () => undefined);
      const half = where % (entries.length + 1);
      const first = entries.slice(0, half).reduce(evolve, emptyState);
      const whole = entries.slice(half).reduce(evolve, first);
      assert.deepEqual(JSON.parse(JSON.stringify(whole)), JSON.parse(JSON.stringify(state)));
    }),
    { numRuns: 40 },
  );
});

test('an old state stays as it was', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 30, maxLength: 50, size: 'max' }), (steps) => {
      const seen: [State, string][] = [];
      play(steps, (before) => seen.push([before, JSON.stringify(before)]));
      for (const [state, text] of seen) assert.equal(JSON.stringify(state), text);
    }),
    { numRuns: 15 },
  );
});

test('every state kind changes the state, but for what the engine says about itself', () => {
  const silent = (Object.keys(KINDS) as EntryKind[]).filter((kind) => isStateKind(kind) && EVOLVE[kind] === undefined); // keys of the table
  assert.deepEqual(silent, ['engine.started', 'engine.stopped']);
  for (const kind of Object.keys(EVOLVE) as EntryKind[]) assert.ok(isStateKind(kind), kind); // keys of the table
});

test('every kind of command has an arbitrary one here', () => {
  assert.deepEqual(Object.keys(ARBITRARY).sort(), [...COMMAND_KINDS].sort());
  assert.ok((numberedId('person', 0) as PersonId).startsWith('per_'));
});
