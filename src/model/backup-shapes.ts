/**
 * The shapes that backups' entries and commands are made of: where copies lie, what is copied how often, what a drill measured, what looked
 * like an attack. A snapshot of a repository is named by its own id there: SHA-256 in hex.
 */
import { z } from 'zod';
import { hash, id, label, reason, time } from '#model/entry-shapes.ts';

/** `local`: our vault server in the house; `site`: a second vault that pulls; `s3`: an object store with locks. */
export const vaultKind = z.enum(['local', 'site', 's3']);
export type VaultKind = z.infer<typeof vaultKind>;

/**
 * Who can undo a lock before its time.
 * - `service`: whoever holds the service's user (no immutable flag on this file system).
 * - `root`: only root of the vault's machine.
 * - `governance`: an account with a special right.
 * - `nobody`: compliance mode.
 */
export const lockStrength = z.enum(['service', 'root', 'governance', 'nobody']);
export type LockStrength = z.infer<typeof lockStrength>;

export const vaultData = z.strictObject({
  name: label,
  nature: vaultKind,
  /** Without any secret: `https://vault.example:8443/`, `s3:https://HOST/BUCKET/PREFIX`. */
  address: z.string().min(1).max(500),
  /** SHA-256 of the vault's public key: what its receipts and its TLS certificate are checked against. */
  identity: hash.optional(),
  locks: lockStrength,
  lockDays: z.int().min(1).max(3650),
  quotaBytes: z.int().min(0).optional(),
  /** What a byte costs there, for the estimate: price of one TiB for one month, in cents of `currency`. */
  centsPerTibMonth: z.int().min(0).optional(),
  currency: z.string().length(3).optional(),
});

export const policyData = z.strictObject({
  name: label,
  /** Top folders; all of them when left out. */
  folders: z.array(z.string().min(1).max(80)).max(40).optional(),
  everyMs: z
    .int()
    .min(60_000)
    .max(366 * 86_400_000),
  keepDays: z.int().min(1).max(3650),
  vaults: z.array(id('vault')).min(1).max(8),
  /** What is wanted: how much work may be lost, and how long until it is back. */
  rpoMs: z.int().min(60_000),
  rtoMs: z.int().min(60_000),
  /** A drill at least this often. */
  drillEveryMs: z.int().min(3_600_000).optional(),
  /** A decoy in each top folder: a file that nobody works with, so that any change of it is an alarm. */
  decoys: z.boolean().optional(),
});

/**
 * How the tree was held still: a reflink copy of each file, or each file watched while it was read. `filesystem-snapshot` is for another tool's record of
 * what it took: our service never takes one, so it never says so.
 */
export const consistency = z.enum(['filesystem-snapshot', 'reflink', 'watched']);

export const takenData = z.strictObject({
  snapshot: hash,
  tree: hash,
  /** SHA-256 of the manifest of every file's path, size and SHA-256, sealed at backup time and stored in the vault. */
  manifestSha256: hash,
  startedAt: time,
  finishedAt: time,
  files: z.int().min(0),
  bytes: z.int().min(0),
  addedBytes: z.int().min(0),
  consistency,
  /** Files that changed, vanished or could not be read while they were read; the manifest names them. */
  unsteady: z.int().min(0),
  /** What of the extended attributes and access lists is not in it, and why. */
  attributesLack: z.string().max(300).optional(),
  parent: hash.optional(),
  /** SHA-256 of what was seen of each file, sealed beside the manifest: the next snapshot is judged against it. */
  looksSha256: hash.optional(),
  /** It still shows what this alarm is about. */
  alarm: id('alarm').optional(),
});

/** One object that a vault took in, by the vault's own clock. */
export const acceptedRow = z.strictObject({
  type: z.enum(['config', 'data', 'index', 'keys', 'snapshots', 'manifest']),
  object: z.string().min(1).max(64),
  bytes: z.int().min(0),
  /** Arrival number at that vault: from 1, without gaps. */
  n: z.int().min(1),
  at: time,
  client: label,
  lockedUntil: time,
});

export const copyData = z.strictObject({
  snapshot: hash,
  objects: z.int().min(0),
  bytes: z.int().min(0),
  /** SHA-256 over the sorted names and sizes of all objects that the snapshot needs. */
  objectsSha256: hash,
  lockedUntil: time,
  verified: z.enum(['listed', 'read-back']),
});

export const copyFailureData = z.strictObject({
  code: z.string().max(60),
  says: z.string().max(500),
  tries: z.int().min(1),
});

export const facilityCopyData = z.strictObject({
  snapshot: hash,
  manifestSha256: hash,
  files: z.int().min(0),
  bytes: z.int().min(0),
  startedAt: time,
});

/**
 * What stood around a program that is not ours while a drill used it. `sealed`: it saw the system's programs and what it was given, nothing else, and no
 * network. `one-way`: the same, with a way to the vault's address and to no other. `networked`: the same with all of the network. `limited`: limits of
 * memory, processor and time alone. `none`: of time alone.
 */
const wallsWord = z.enum(['sealed', 'one-way', 'networked', 'limited', 'none']);
export type WallsWord = z.infer<typeof wallsWord>;

const secondTool = z.strictObject({
  tool: z.string().max(80),
  files: z.int().min(0),
  failed: z.int().min(0),
  walls: wallsWord.optional(),
  /** Of its share; and how long it took for that, with its start and its reading of the index. */
  bytes: z.int().min(0).optional(),
  ms: z.int().min(0).optional(),
});

export const facilityDrillData = z.strictObject({
  snapshot: hash,
  files: z.int().min(0),
  bytes: z.int().min(0),
  ms: z.int().min(0),
  /** How long all of it took to come back, without the looks at it afterwards. */
  rtoMs: z.int().min(0).optional(),
  held: z.boolean(),
  /** A second, independent tool restored this many files. */
  second: secondTool.optional(),
  why: z.string().max(300).optional(),
});

export const drillData = z.strictObject({
  /** Absent when the policy had none that could be restored. */
  snapshot: hash.optional(),
  why: z.enum(['newest', 'newest-clean', 'random', 'asked']),
  plan: z.enum(['sample', 'whole-project']),
  /** Seed of the choice of files: anybody can draw the same sample. */
  seed: z.string().max(64),
  tool: z.string().max(80),
  /** A second, independent tool restored this many of the files. */
  second: secondTool.optional(),
  startedAt: time,
  firstByteAt: time.optional(),
  finishedAt: time,
  files: z.int().min(0),
  filesOf: z.int().min(0),
  bytes: z.int().min(0),
  /** The scratch place had no room for all that this drill was to restore: so much was wanted, so much there was room for. */
  bounded: z
    .strictObject({
      plan: z.enum(['sample', 'whole-project']),
      files: z.int().min(0),
      bytes: z.int().min(0),
      roomBytes: z.int().min(0),
    })
    .optional(),
  failed: z.int().min(0),
  failures: z.array(z.strictObject({ path: z.string().max(500), why: z.string().max(200) })).max(50),
  media: z.strictObject({
    opened: z.int().min(0),
    /** Does not open, or has another number of frames than it says. */
    wrongFrames: z.int().min(0),
    skipped: z.int().min(0),
    /** Does not open, and did not when it was backed up: the copy is as good as what it is of. */
    brokenBefore: z.int().min(0).optional(),
    /** What counted the frames of films; absent when nothing here could. */
    tool: z.string().max(80).optional(),
    walls: wallsWord.optional(),
  }),
  /** Frame sequences that had holes when they were backed up. */
  gaps: z.int().min(0).optional(),
  /** Age of the newest snapshot that this copy holds at the pretended moment of loss. */
  rpoMs: z.int().min(0),
  /** Time to a working copy of the whole project at the measured rate. */
  rtoMs: z.int().min(0),
  rtoSpreadMs: z.int().min(0),
  isolated: z.boolean(),
  reportSha256: hash,
  /** Hash of the drill record before this one: the records form a chain. */
  previous: hash.optional(),
  held: z.boolean(),
});

export const alarmSign = z.strictObject({
  sign: z.enum([
    'write-once-changed',
    'randomness-step',
    'structure-broken',
    'magic-lost',
    'extension-churn',
    'mass-delete',
    'ransom-note',
    'canary-touched',
    'dedup-collapse',
    'compression-collapse',
    'growth',
    'clock-doubt',
    'poisoned-snapshot',
  ]),
  says: z.string().max(300),
  files: z.int().min(0),
  examples: z.array(z.string().max(300)).max(10),
});

export const restoreData = z.strictObject({
  snapshot: hash,
  /** A path beneath the workspace, or '' for the whole project. */
  path: z.string().max(4096),
  /** The time that was asked for: each file as it was then. */
  at: time.optional(),
  mode: z.enum(['aside', 'in-place']),
  /** Of every file the newest version from before the first alarm that touched it: several snapshots are mixed, `snapshot` is the newest that counts. */
  newestClean: z.boolean(),
  /** Only what this person wrote, moved or binned since then; each file as it was before they first did. */
  touched: z.strictObject({ by: id('person'), since: time }).optional(),
  reason,
});

/** Files that could not be restored are named up to this many. */
export const RESTORE_FAILURES_MAX = 50;

/** More snapshots than this are not named in an entry; the report names all. */
export const RESTORE_SOURCES_MAX = 50;

export const restoredData = z.strictObject({
  files: z.int().min(0),
  bytes: z.int().min(0),
  failed: z.int().min(0),
  /** The first of them: beneath the path that was asked for, '' for itself. Those that no copy had whole are not there. */
  failures: z
    .array(z.strictObject({ path: z.string().max(500), why: z.string().max(200) }))
    .max(RESTORE_FAILURES_MAX)
    .optional(),
  to: z.string().max(4096),
  ms: z.int().min(0),
  /** Where several snapshots were mixed: how many files came from each, most first. */
  sources: z
    .array(z.strictObject({ snapshot: hash, files: z.int().min(0) }))
    .max(RESTORE_SOURCES_MAX)
    .optional(),
  /** Files that have no version to restore: they first appeared under an alarm, or no snapshot is old enough. */
  leftOut: z.int().min(0).optional(),
  /** SHA-256 of the report: which file came from which snapshot, and what was left out. */
  reportSha256: hash.optional(),
});
