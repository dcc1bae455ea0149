/** For the test of sequences: an arbitrary command of each kind over small pools of ids, and a scene in which they meet. */
import { BACKUP_COMMANDS, BACKUP_SCENE } from '#model/test-backup-commands.ts';
import fc from 'fast-check';
import type { Command } from '#model/commands.ts';
import { parseCommand } from '#model/commands.ts';
import { COMMAND_KINDS } from '#model/decide.ts';
import type { By } from '#model/events.ts';
import { numberedId, WORLD_BEGINS } from '#model/drawn-world.ts';
import { DAY_MS, HOUR_MS } from '#model/limits.ts';
import {
  hostCommand,
  NETWORK_COMMANDS,
  NETWORK_SCENE,
  shareSession,
  zoneCommand,
} from '#model/test-network-commands.ts';
import type { IdKind, RoleId } from '#std/ids.ts';

const BLANK = { subject: 'facility', salt: '', box: '' } as const;
const id = <Kind extends IdKind>(kind: Kind, most = 6) =>
  fc.integer({ min: 0, max: most }).map((n) => numberedId(kind, n));
const cut = fc.integer({ min: 0, max: 60 }).map((n) => numberedId('cut', n));
export const T = WORLD_BEGINS;
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
export const ARBITRARY: { readonly [K in Command['kind']]: fc.Arbitrary<object> } = {
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

export interface Step {
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
export const step: fc.Arbitrary<Step> = fc
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

export const begin: Step = {
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
export const SCENE: readonly Step[] = [
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
