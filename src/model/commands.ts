/**
 * Every change that somebody can ask for. Ids and secrets' verifiers are made by the caller and arrive inside the
 * command; the time and the actor arrive beside it. `decide` (decide.ts) answers with drafts or a refusal.
 */
import { command } from '#model/command-shape.ts';
import { NETWORK_CHANGES_MAX, networkChange, networkCommands } from '#model/network-change.ts';
import { z } from 'zod';
import {
  alias,
  because,
  by,
  gate,
  grant,
  hash,
  hours,
  id,
  KINDS,
  label,
  passed,
  reason,
  roleId,
  sealed,
  time,
} from '#model/events.ts';
import { alertFailureData, alertSentData, alertWays } from '#model/alert-events.ts';
import {
  copyData,
  copyFailureData,
  drillData,
  facilityCopyData,
  facilityDrillData,
  policyData,
  restoreData,
  takenData,
  vaultData,
} from '#model/backup-shapes.ts';
import { troubleAbout, troubleData, troubleOverData } from '#model/trouble-shapes.ts';
import { locksReport, pullReport } from '#model/vault-report-shapes.ts';
import { applyData, findingData, networkMode, pathData, quarantineScope } from '#model/network-shapes.ts';

const facilityRoles = z.array(z.strictObject({ role: roleId, until: time })).max(10);

export const commandSchema = z.discriminatedUnion('kind', [
  command('create-facility', {
    name: label,
    timeZone: z.string().max(60),
    origin: z.string().max(200),
    owner: id('person'),
    ownerName: sealed,
    ownerMail: sealed.optional(),
    ownerRolesUntil: time,
    /** The owner holds engineer and security lead at once: recorded, with an end. */
    exception: id('exception'),
  }),
  command('change-settings', { settings: KINDS['facility.settings-changed'].data }),
  ...networkCommands,
  command('define-role', {
    role: roleId,
    title: label,
    scope: z.enum(['facility', 'project']),
    grants: z.array(grant).max(200),
  }),
  command('retire-role', { role: roleId }),
  command('end-exception', { exception: id('exception'), reason }),
  command('record-exception', {
    exception: id('exception'),
    rule: label,
    reason,
    until: time,
    person: id('person').optional(),
  }),

  /** Several changes of the model at once: all of them, or none. At most one import. */
  command('import-network', { changes: z.array(networkChange).min(1).max(NETWORK_CHANGES_MAX) }),
  command('change-network-mode', { mode: networkMode, reason: reason.optional() }),
  /** Opens one path for the life of a session; it closes with the session, at `until`, or when it is told to. */
  command('open-path', {
    path: id('path'),
    session: id('session'),
    host: id('host').optional(),
    /** The share flow that declares it; a share session opens no other. */
    flow: id('flow').optional(),
    ...pathData.shape,
  }),
  /** The gateway holds the paths of a share: they were committed to its rules. */
  command('record-path-loaded', { path: id('path') }),
  command('close-path', { path: id('path'), because }),
  command('quarantine', {
    quarantine: id('quarantine'),
    scope: quarantineScope,
    reason,
    cut: id('cut'),
  }),
  command('ask-release', { quarantine: id('quarantine'), reason }),
  /** By somebody else than who asked for the release. */
  command('release-quarantine', { quarantine: id('quarantine') }),
  command('record-apply', { apply: id('apply'), ...applyData.shape }),
  command('confirm-apply', { apply: id('apply') }),
  command('record-rollback', { apply: id('apply'), why: z.string().max(300) }),
  /** Loads the model's rules again after a roll-back or a drift. */
  command('apply-again', {}),
  command('record-network-finding', { found: findingData }),
  command('settle-network-finding', { key: z.string().min(1).max(200) }),

  command('enrol-vault', { vault: id('vault'), ...vaultData.shape }),
  command('change-vault', { vault: id('vault'), ...vaultData.shape }),
  command('retire-vault', { vault: id('vault'), reason }),
  command('open-vault-window', { vault: id('vault'), until: time, reason }),
  command('set-policy', { policy: id('policy'), project: id('project'), ...policyData.shape }),
  command('end-policy', { policy: id('policy'), reason }),
  command('begin-backup', {
    backup: id('backup'),
    policy: id('policy'),
    vault: id('vault'),
    because: z.enum(['schedule', 'asked']),
  }),
  command('record-backup', { backup: id('backup'), ...takenData.shape }),
  command('record-backup-failure', {
    backup: id('backup'),
    code: z.string().max(60),
    says: z.string().max(500),
  }),
  command('note-late-backup', { policy: id('policy'), dueAt: time }),
  command('record-copy', { backup: id('backup'), vault: id('vault'), ...copyData.shape }),
  /** Of a snapshot; or, without one, of the facility itself. */
  command('record-copy-failure', { vault: id('vault'), backup: id('backup').optional(), ...copyFailureData.shape }),
  command('record-facility-copy', { vault: id('vault'), ...facilityCopyData.shape }),
  command('record-facility-drill', { vault: id('vault'), ...facilityDrillData.shape }),
  /** What the service was started with. */
  command('set-alert-ways', { ways: alertWays }),
  command('test-alert', {}),
  command('record-alert-sent', alertSentData.shape),
  command('record-alert-failure', alertFailureData.shape),
  command('note-trouble', { ...troubleAbout, ...troubleData.shape }),
  command('end-trouble', { ...troubleAbout, ...troubleOverData.shape }),
  command('place-hold', { hold: id('hold'), project: id('project'), reason }),
  command('lift-hold', { hold: id('hold'), reason }),
  command('record-delivery', { project: id('project'), ...KINDS['closing.delivered'].data.shape }),
  command('archive-project', { project: id('project') }),
  command('prove-archive', { project: id('project') }),
  command('ask-key-destruction', { project: id('project'), reason }),
  /** By somebody else than who asked; the keys go when the waiting time is over. */
  command('approve-key-destruction', { project: id('project') }),
  command('decline-key-destruction', { project: id('project'), reason }),
  command('destroy-backup-keys', { project: id('project'), objects: z.int().min(0), certificateSha256: hash }),
  command('doubt-vault-clock', { vault: id('vault'), says: z.string().max(300) }),
  command('report-vault-damage', { vault: id('vault'), ...KINDS['vault.damage-reported'].data.shape }),
  /** Of a project's repository in a bucket; without one, of the facility's own. */
  command('report-locks', { vault: id('vault'), project: id('project').optional(), ...locksReport.shape }),
  command('report-pull-findings', { vault: id('vault'), ...pullReport.shape }),
  command('trust-vault-clock', { vault: id('vault') }),
  command('begin-restore', { restore: id('restore'), backup: id('backup'), ...restoreData.shape }),
  command('record-restore', { restore: id('restore'), ...KINDS['restore.finished'].data.shape }),
  command('begin-drill', {
    drill: id('drill'),
    policy: id('policy'),
    vault: id('vault'),
    because: z.enum(['schedule', 'asked']),
  }),
  command('seed-drill', { drill: id('drill'), seedSha256: hash }),
  command('record-drill', { drill: id('drill'), ...drillData.shape }),
  /** About a project; or without one, about the facility's own copy in a vault. */
  command('raise-alarm', {
    alarm: id('alarm'),
    project: id('project').optional(),
    vault: id('vault').optional(),
    backup: id('backup').optional(),
    ...KINDS['alarm.raised'].data.shape,
  }),
  command('settle-alarm', { alarm: id('alarm'), reason, genuine: z.boolean() }),
  command('plan-change', { change: id('change'), project: id('project'), ...KINDS['change.planned'].data.shape }),
  command('ask-prune', { prune: id('prune'), vault: id('vault'), ...KINDS['prune.asked'].data.shape }),
  /** By somebody else than who asked; what is marked waits until `notBefore` and is swept then. */
  command('approve-prune', { prune: id('prune') }),
  command('decline-prune', { prune: id('prune'), reason }),
  /** A listing of the vault has the snapshot no more. */
  command('record-expiry', { backup: id('backup'), vault: id('vault') }),
  command('record-prune', { prune: id('prune'), ...KINDS['prune.finished'].data.shape }),
  command('record-runbook', { ...KINDS['runbook.written'].data.shape }),

  command('add-person', {
    person: id('person'),
    nature: z.enum(['human', 'service']),
    name: sealed,
    mail: sealed.optional(),
    roles: facilityRoles,
  }),
  command('rename-person', { person: id('person'), name: sealed, mail: sealed.optional() }),
  command('change-roles', { person: id('person'), roles: facilityRoles }),
  command('record-onboarding', { person: id('person'), item: z.enum(['nda', 'training', 'screening']), until: time }),
  command('suspend-person', { person: id('person'), because, reason: reason.optional(), cut: id('cut') }),
  command('restore-person', { person: id('person'), reason }),
  command('unlock-person', { person: id('person') }),
  /** "End all access": ends every engagement, revokes every credential, suspends, cuts. */
  command('end-all-access', { person: id('person'), reason: reason.optional(), cut: id('cut') }),
  /** The caller destroys the person's key after this is durable. */
  command('erase-person', { person: id('person'), reason, cut: id('cut') }),
  command('warn-role', { person: id('person'), role: roleId, daysLeft: z.int().min(0) }),
  command('warn-dormancy', { person: id('person'), inDays: z.int() }),

  command('invite', {
    invitation: id('invitation'),
    person: id('person'),
    tokenHash: hash,
    expiresAt: time,
    purpose: z.enum(['join', 'recover']),
  }),
  command('withdraw-invitation', { invitation: id('invitation') }),
  command('use-invitation', { invitation: id('invitation') }),
  command('add-credential', {
    credential: id('credential'),
    person: id('person'),
    what: KINDS['credential.added'].data.shape.credential,
    label,
    expiresAt: time,
    /**
     * What it replaces is cut under this order: a password or code app that its holder changes. The session that she asks in lives on, under
     * the new credential when it came by the old one.
     */
    cut: id('cut').optional(),
  }),
  command('revoke-credential', { credential: id('credential'), because, reason: reason.optional(), cut: id('cut') }),
  command('ask-recovery', { recovery: id('recovery'), person: id('person'), reason }),
  /** The second approval issues a recovery invitation (`invitation`, `tokenHash`) and revokes the old credentials. */
  command('approve-recovery', {
    recovery: id('recovery'),
    invitation: id('invitation'),
    tokenHash: hash,
    expiresAt: time,
    cut: id('cut').optional(),
  }),
  command('refuse-signin', {
    person: id('person').optional(),
    /** With which of that person's credentials, when it was one of them. */
    credential: id('credential').optional(),
    with: z.string().max(40),
    why: z.string().max(80),
    gate,
  }),

  command('create-project', {
    project: id('project'),
    alias,
    title: sealed,
    level: z.enum(['standard', 'high-security']),
    owner: id('person'),
    folders: z.array(z.string().min(1).max(80)).max(40),
  }),
  command('wrap-project', { project: id('project'), reason: reason.optional(), cut: id('cut') }),
  command('lock-project', { project: id('project'), reason, cut: id('cut') }),
  command('reopen-project', { project: id('project'), reason }),
  command('give-engagement', {
    engagement: id('engagement'),
    person: id('person'),
    project: id('project'),
    role: roleId,
    from: time,
    until: time,
    hours: hours.optional(),
    zones: z.array(id('zone')).max(40).optional(),
  }),
  command('extend-engagement', { engagement: id('engagement'), until: time, reason: reason.optional() }),
  command('end-engagement', { engagement: id('engagement'), because, reason: reason.optional(), cut: id('cut') }),
  command('warn-engagement', { engagement: id('engagement'), daysLeft: z.int() }),
  command('ask-access', {
    request: id('request'),
    ask: z.enum(['access', 'more-time']),
    person: id('person'),
    project: id('project'),
    engagement: id('engagement').optional(),
    role: roleId.optional(),
    until: time,
    reason,
  }),
  /** Granting makes the engagement (`engagement`) or extends the one the request names. */
  command('decide-request', {
    request: id('request'),
    granted: z.boolean(),
    reason: reason.optional(),
    engagement: id('engagement'),
  }),
  command('withdraw-request', { request: id('request') }),
  command('complete-review', {
    review: id('review'),
    project: id('project'),
    ended: z.array(id('engagement')).max(500),
    cuts: z.array(id('cut')).max(500),
  }),

  command('open-session', {
    session: id('session'),
    person: id('person'),
    gate,
    credential: id('credential').optional(),
    project: id('project').optional(),
    engagement: id('engagement').optional(),
    until: time,
    tokenHash: hash.optional(),
    factorAt: time.optional(),
    from: z.string().max(64).optional(),
    client: z.string().max(200).optional(),
  }),
  command('renew-session', { session: id('session'), tokenHash: hash, until: time }),
  /** A second factor was shown within a session. */
  command('step-up', { session: id('session'), with: z.string().max(40) }),
  command('count-session', { session: id('session'), ...passed.shape }),
  command('close-session', {
    session: id('session'),
    because,
    cut: id('cut').optional(),
    bytesIn: z.int().min(0),
    bytesOut: z.int().min(0),
    operations: z.int().min(0),
    passed: passed.optional(),
  }),
  /** Because `button`, unless a gate says otherwise. */
  command('end-session', {
    session: id('session'),
    cut: id('cut'),
    because: z.enum(['signed-out', 'machine-taken', 'fault']).optional(),
  }),
  command('record-receipt', { cut: id('cut'), receipt: KINDS['cut.receipt'].data }),
]);
export type Command = z.infer<typeof commandSchema>;
export type CommandKind = Command['kind'];
export type CommandOf<K extends CommandKind> = Extract<Command, { kind: K }>;

/** Who asks, and when; `at` is the engine's clock. */
export interface Asked {
  readonly by: z.infer<typeof by>;
  readonly at: number;
}

export function parseCommand(value: unknown): Command {
  return commandSchema.parse(value);
}
