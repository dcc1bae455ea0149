/**
 * Every change that somebody can ask for. Ids and secrets' verifiers are made by the caller and arrive inside the
 * command; the time and the actor arrive beside it. `decide` (decide.ts) answers with drafts or a refusal.
 */
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
  networkRange,
  reason,
  roleId,
  sealed,
  time,
} from '#model/events.ts';

function command<Name extends string, Shape extends z.core.$ZodLooseShape>(kind: Name, shape: Shape) {
  return z.strictObject({ kind: z.literal(kind), ...shape });
}

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
  command('add-zone', {
    zone: id('zone'),
    name: label,
    trust: z.int().min(0).max(100),
    networks: z.array(networkRange).max(64),
  }),
  command('remove-zone', { zone: id('zone') }),
  command('add-host', {
    host: id('host'),
    zone: id('zone'),
    name: label,
    addresses: z.array(z.string().max(64)).max(16),
    purpose: label.optional(),
  }),
  command('remove-host', { host: id('host') }),
  command('define-role', {
    role: roleId,
    title: label,
    scope: z.enum(['facility', 'project']),
    grants: z.array(grant).max(200),
  }),
  command('retire-role', { role: roleId }),
  command('record-exception', {
    exception: id('exception'),
    rule: label,
    reason,
    until: time,
    person: id('person').optional(),
  }),

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
  command('close-session', {
    session: id('session'),
    because,
    cut: id('cut').optional(),
    bytesIn: z.int().min(0),
    bytesOut: z.int().min(0),
    operations: z.int().min(0),
  }),
  command('end-session', { session: id('session'), cut: id('cut') }),
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
