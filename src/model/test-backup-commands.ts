/** Arbitrary commands about backups, from small pools of ids so that they meet; part of the sequence property. */
import fc from 'fast-check';
import type { IdKind } from '#std/ids.ts';
import { HOUR_MS } from '#model/limits.ts';
import { numberedId, WORLD_BEGINS } from '#model/drawn-world.ts';

function one<Kind extends IdKind>(kind: Kind, size = 2) {
  return fc.nat({ max: size - 1 }).map((n) => numberedId(kind, n));
}

const reason = fc.constant('because');
const hash = fc.constantFrom('a'.repeat(64), 'b'.repeat(64));
const soon = fc.integer({ min: 1, max: 600 }).map((minutes) => WORLD_BEGINS + minutes * 60_000);
const because = fc.constantFrom('schedule' as const, 'asked' as const);
const alertWay = fc.constantFrom('command' as const, 'webhook' as const);
const vault = {
  name: fc.constantFrom('house', 'site'),
  nature: fc.constantFrom('local' as const, 'site' as const),
  address: fc.constant('https://vault.example/'),
  locks: fc.constantFrom('root' as const, 'nobody' as const),
  lockDays: fc.constantFrom(1, 30),
};
const taken = {
  snapshot: hash,
  tree: hash,
  manifestSha256: hash,
  startedAt: soon,
  finishedAt: soon,
  files: fc.nat(),
  bytes: fc.nat(),
  addedBytes: fc.nat(),
  consistency: fc.constant('watched' as const),
  unsteady: fc.nat(),
};
const drill = {
  snapshot: hash,
  why: fc.constant('newest' as const),
  plan: fc.constant('sample' as const),
  seed: reason,
  tool: reason,
  startedAt: soon,
  finishedAt: soon,
  files: fc.nat(),
  filesOf: fc.nat(),
  bytes: fc.nat(),
  failed: fc.constant(0),
  failures: fc.constant([]),
  media: fc.constant({ opened: 0, wrongFrames: 0, skipped: 0 }),
  rpoMs: fc.nat(),
  rtoMs: fc.nat(),
  rtoSpreadMs: fc.nat(),
  isolated: fc.boolean(),
  reportSha256: hash,
  held: fc.boolean(),
};

const some = fc.record({ count: fc.nat(2), names: fc.array(reason, { maxLength: 2 }) });
const troubleCode = fc.constantFrom('drill-overdue', 'copy-behind');

export const BACKUP_COMMANDS = {
  'enrol-vault': fc.record({ vault: one('vault'), ...vault }),
  'change-vault': fc.record({ vault: one('vault'), ...vault }),
  'retire-vault': fc.record({ vault: one('vault'), reason }),
  'open-vault-window': fc.record({ vault: one('vault'), until: soon, reason }),
  'set-policy': fc.record({
    policy: one('policy'),
    project: one('project', 3),
    name: reason,
    everyMs: fc.constantFrom(HOUR_MS, 24 * HOUR_MS),
    keepDays: fc.constant(60),
    vaults: fc.constantFrom([numberedId('vault', 0)], [numberedId('vault', 1)]),
    rpoMs: fc.constant(12 * HOUR_MS),
    rtoMs: fc.constant(HOUR_MS),
  }),
  'end-policy': fc.record({ policy: one('policy'), reason }),
  'begin-backup': fc.record({ backup: one('backup', 4), policy: one('policy'), vault: one('vault'), because }),
  'record-backup': fc.record({ backup: one('backup', 4), ...taken }),
  'record-backup-failure': fc.record({ backup: one('backup', 4), code: reason, says: reason }),
  'note-late-backup': fc.record({ policy: one('policy'), dueAt: soon }),
  'record-copy': fc.record({
    backup: one('backup', 4),
    vault: one('vault'),
    snapshot: hash,
    objects: fc.nat(),
    bytes: fc.nat(),
    objectsSha256: hash,
    lockedUntil: soon,
    verified: fc.constant('listed' as const),
  }),
  'set-alert-ways': fc.record({
    ways: fc.subarray([
      { way: 'command' as const, to: '/opt/tell' },
      { way: 'webhook' as const, to: 'hooks.example' },
    ]),
  }),
  'test-alert': fc.record({}),
  'record-alert-sent': fc.record({ way: alertWay, upTo: fc.nat(400), matters: fc.constant(1), dropped: fc.nat(2) }),
  'record-alert-failure': fc.record({ way: alertWay, code: reason, tries: fc.integer({ min: 1, max: 5 }) }),
  'note-trouble': fc.record({ code: troubleCode, vault: one('vault'), weight: fc.constant('look' as const) }),
  'end-trouble': fc.record({ code: troubleCode, vault: one('vault') }),
  'record-copy-failure': fc.record(
    {
      vault: one('vault'),
      backup: one('backup', 4),
      code: reason,
      says: reason,
      tries: fc.integer({ min: 1, max: 9 }),
    },
    { requiredKeys: ['vault', 'code', 'says', 'tries'] },
  ),
  'record-facility-copy': fc.record({
    vault: one('vault'),
    snapshot: hash,
    manifestSha256: hash,
    files: fc.nat(),
    bytes: fc.nat(),
    startedAt: soon,
  }),
  'record-facility-drill': fc.record({
    vault: one('vault'),
    snapshot: hash,
    files: fc.nat(),
    bytes: fc.nat(),
    ms: fc.nat(),
    held: fc.boolean(),
  }),
  'place-hold': fc.record({ hold: one('hold'), project: one('project', 3), reason }),
  'lift-hold': fc.record({ hold: one('hold'), reason }),
  'record-delivery': fc.record({ project: one('project', 3), to: reason, what: reason }),
  'archive-project': fc.record({ project: one('project', 3) }),
  'prove-archive': fc.record({ project: one('project', 3) }),
  'ask-key-destruction': fc.record({ project: one('project', 3), reason }),
  'approve-key-destruction': fc.record({ project: one('project', 3) }),
  'decline-key-destruction': fc.record({ project: one('project', 3), reason }),
  'destroy-backup-keys': fc.record({ project: one('project', 3), objects: fc.nat(), certificateSha256: hash }),
  'doubt-vault-clock': fc.record({ vault: one('vault'), says: reason }),
  'report-vault-damage': fc.record({
    vault: one('vault'),
    objects: fc.array(fc.constantFrom('edit/data/aa', 'edit/index/bb'), { maxLength: 2 }),
    count: fc.nat({ max: 3 }),
  }),
  'report-locks': fc.record({
    vault: one('vault'),
    lockedUntil: soon,
    hidden: some,
    overlaid: some,
    failure: fc.record({ code: reason, tries: fc.integer({ min: 1, max: 9 }) }),
  }),
  'report-pull-findings': fc.record({
    vault: one('vault'),
    count: fc.nat({ max: 2 }),
    findings: fc.array(
      fc.record({ code: fc.constantFrom('changed', 'gone'), object: fc.constantFrom('house/edit/config', 'x') }),
      { maxLength: 2 },
    ),
  }),
  'trust-vault-clock': fc.record({ vault: one('vault') }),
  'begin-restore': fc.record({
    restore: one('restore'),
    backup: one('backup', 4),
    snapshot: hash,
    path: fc.constant(''),
    mode: fc.constant('aside' as const),
    newestClean: fc.boolean(),
    reason,
  }),
  'record-restore': fc.record({
    restore: one('restore'),
    files: fc.nat(),
    bytes: fc.nat(),
    failed: fc.nat(),
    to: reason,
    ms: fc.nat(),
  }),
  'begin-drill': fc.record({ drill: one('drill'), policy: one('policy'), vault: one('vault'), because }),
  'seed-drill': fc.record({ drill: one('drill'), seedSha256: hash }),
  'record-drill': fc.record({ drill: one('drill'), ...drill }),
  'raise-alarm': fc.record({
    alarm: one('alarm'),
    project: fc.option(one('project', 3), { nil: undefined, freq: 4 }),
    vault: fc.option(one('vault'), { nil: undefined }),
    backup: one('backup', 4),
    score: fc.constant(1),
    signs: fc.constant([{ sign: 'magic-lost' as const, says: 'x', files: 1, examples: [] }]),
  }),
  'settle-alarm': fc.record({ alarm: one('alarm'), reason, genuine: fc.boolean() }),
  'plan-change': fc.record({
    change: one('change'),
    project: one('project', 3),
    from: soon,
    until: soon.map((at) => at + HOUR_MS),
    folders: fc.constant([]),
    reason,
  }),
  'ask-prune': fc.record({
    prune: one('prune'),
    vault: one('vault'),
    snapshots: fc.constant(['c'.repeat(64)]),
    bytes: fc.nat(),
    reason,
  }),
  'approve-prune': fc.record({ prune: one('prune') }),
  'decline-prune': fc.record({ prune: one('prune'), reason }),
  'record-expiry': fc.record({ backup: one('backup'), vault: one('vault') }),
  'record-prune': fc.record({ prune: one('prune'), objects: fc.nat(), bytes: fc.nat() }),
  'record-runbook': fc.record({ sha256: hash, steps: fc.nat(), neverProven: fc.nat() }),
};

/** A vault, a policy that copies to it, two backups that were taken and one that runs, a restore and a drill under way. */
export const BACKUP_SCENE = [
  { kind: 'set-alert-ways', ways: [{ way: 'command', to: '/opt/tell' }] },
  {
    kind: 'enrol-vault',
    vault: numberedId('vault', 0),
    name: 'house',
    nature: 'local',
    address: 'https://vault.example/',
    locks: 'nobody',
    lockDays: 1,
  },
  {
    kind: 'open-vault-window',
    vault: numberedId('vault', 0),
    until: WORLD_BEGINS + HOUR_MS / 2,
    reason: 'because',
  },
  {
    kind: 'set-policy',
    policy: numberedId('policy', 0),
    project: numberedId('project', 0),
    name: 'nightly',
    everyMs: HOUR_MS,
    keepDays: 60,
    vaults: [numberedId('vault', 0)],
    rpoMs: 12 * HOUR_MS,
    rtoMs: HOUR_MS,
  },
  ...[0, 1, 2].map((n) => ({
    kind: 'begin-backup',
    backup: numberedId('backup', n),
    policy: numberedId('policy', 0),
    vault: numberedId('vault', 0),
    because: 'asked',
  })),
  ...[
    { backup: 2, snapshot: 'c' }, // has had its time; the newest stays
    { backup: 0, snapshot: 'a' },
  ].map(({ backup, snapshot }) => ({
    kind: 'record-backup',
    backup: numberedId('backup', backup),
    snapshot: snapshot.repeat(64),
    tree: snapshot.repeat(64),
    manifestSha256: snapshot.repeat(64),
    startedAt: WORLD_BEGINS,
    finishedAt: WORLD_BEGINS,
    files: 1,
    bytes: 1,
    addedBytes: 1,
    consistency: 'watched',
    unsteady: 0,
  })),
  {
    kind: 'begin-restore',
    restore: numberedId('restore', 0),
    backup: numberedId('backup', 0),
    snapshot: 'a'.repeat(64),
    path: '',
    mode: 'aside',
    newestClean: false,
    reason: 'because',
  },
  {
    kind: 'begin-drill',
    drill: numberedId('drill', 0),
    policy: numberedId('policy', 0),
    vault: numberedId('vault', 0),
    because: 'asked',
  },
];

/**
 * The waiting time before a removal is days, and the end of a project is a chain in which each step needs the one before: tests of their own go so far
 * (`closing.test.ts` walks the whole chain).
 */
export const BEYOND_A_SEQUENCE: readonly string[] = [
  'record-expiry',
  'record-prune',
  'prove-archive',
  'ask-key-destruction',
  'approve-key-destruction',
  'decline-key-destruction',
  'destroy-backup-keys',
];
