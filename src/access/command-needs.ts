/**
 * What each command needs of whoever asks: one table, so that a test can hold every endpoint to it.
 *
 * - `action`, and on whom or what it is asked (`on`, read off the command and the state).
 * - `own`: everybody may ask it about themselves.
 * - `services`: parts of Picturelock that may ask it by themselves. `gate` is every gate.
 */
import { giving, inviting } from '#access/inviting.ts';
import type { Target } from '#access/permits.ts';
import type { Action } from '#model/actions.ts';
import type { NetworkChange } from '#model/network-change.ts';
import type { Command, CommandKind, CommandOf } from '#model/commands.ts';
import { isLeading } from '#model/role.ts';
import type { State } from '#model/state.ts';
import type { PersonId } from '#std/ids.ts';

export type Service = 'gate' | 'clock' | 'engine' | 'console';

interface Question {
  readonly action: Action;
  readonly on: Target;
}

export interface Need<K extends CommandKind = CommandKind> {
  /** Every action that has to be permitted; none means that no person may ask it but for themselves. */
  readonly actions: readonly Action[] | ((state: State, command: CommandOf<K>) => readonly Action[]);
  readonly on: (state: State, command: CommandOf<K>) => Target;
  /** Other actions, any one of which is enough by itself; each with what it is asked on. */
  readonly instead?: (state: State, command: CommandOf<K>) => readonly Question[];
  /** Whose own affair it is. */
  readonly own?: (state: State, command: CommandOf<K>) => PersonId | undefined;
  readonly services?: readonly Service[];
}

const nowhere = () => ({});
const onPerson = (_: State, { person }: { readonly person: PersonId }): Target => ({ person });
const ownPerson = (_: State, { person }: { readonly person: PersonId }) => person;
const onProject = (_: State, command: Pick<CommandOf<'wrap-project'>, 'project'>): Target => ({
  project: command.project,
});
const onEngagement = (state: State, command: Pick<CommandOf<'extend-engagement'>, 'engagement'>): Target => ({
  project: state.engagements.get(command.engagement)?.project,
});
const onRequest = (state: State, command: Pick<CommandOf<'withdraw-request'>, 'request'>): Target => ({
  project: state.requests.get(command.request)?.project,
});
const onSession = (state: State, command: Pick<CommandOf<'end-session'>, 'session'>): Target => ({
  project: state.sessions.get(command.session)?.project,
});
const ownSession = (state: State, command: Pick<CommandOf<'end-session'>, 'session'>) =>
  state.sessions.get(command.session)?.person;
const onCredential = (state: State, { credential }: CommandOf<'revoke-credential'>): Target => ({
  person: state.credentials.get(credential)?.person,
});

function deciding(state: State, { request, granted }: CommandOf<'decide-request'>): readonly Action[] {
  const asked = state.requests.get(request);
  if (!granted || asked === undefined) return ['request.decide'];
  return [
    'request.decide',
    ...(asked.ask === 'more-time' ? extending(state, asked.engagement) : giving(state, asked.role)),
  ];
}

function extending(state: State, id: CommandOf<'extend-engagement'>['engagement'] | undefined): readonly Action[] {
  const engagement = id === undefined ? undefined : state.engagements.get(id);
  const role = engagement === undefined ? undefined : state.roles.get(engagement.role);
  return role !== undefined && isLeading(role) ? ['engagement.extend', 'engagement.give-lead'] : ['engagement.extend'];
}

/** Two administrators have agreed on a recovery: a producer does not undo it. */
function withdrawing(state: State, { invitation }: CommandOf<'withdraw-invitation'>): readonly Action[] {
  const isRecovery = state.invitations.get(invitation)?.purpose === 'recover';
  return isRecovery ? ['person.invite', 'recovery.approve'] : ['person.invite'];
}

/** Whoever could enrol a key for somebody else could act as them: people enrol their own, after an invitation. */
function enrolling(_: State, { what }: CommandOf<'add-credential'>): readonly Action[] {
  return what.type === 'service-token' ? ['token.issue'] : [];
}

function onEnrolment(state: State, { what, person }: CommandOf<'add-credential'>): Target {
  return what.type === 'service-token' ? { project: state.engagements.get(what.engagement)?.project } : { person };
}

/**
 * A service token is worth one engagement: whoever may end that engagement, or issue its tokens, may revoke one. The first never waits for
 * a second factor.
 */
export const TOKEN_REVOKERS: readonly Action[] = ['engagement.end', 'token.issue'];

function revokingToken(state: State, { credential }: CommandOf<'revoke-credential'>): readonly Question[] {
  const what = state.credentials.get(credential)?.what;
  if (what?.type !== 'service-token') return [];
  const project = state.engagements.get(what.engagement)?.project;
  return project === undefined ? [] : TOKEN_REVOKERS.map((action) => ({ action, on: { project } }));
}

function isException({ kind }: NetworkChange): boolean {
  return kind === 'except-invariant' || kind === 'end-invariant-exception';
}

const gates = ['gate'] as const;

export const COMMAND_NEEDS: { readonly [K in CommandKind]: Need<K> } = {
  'create-facility': { actions: [], on: nowhere, services: ['gate', 'console'] },
  'change-settings': { actions: ['facility.configure'], on: nowhere },
  'add-zone': { actions: ['zone.edit'], on: nowhere },
  'remove-zone': { actions: ['zone.edit'], on: nowhere },
  'add-host': { actions: ['zone.edit'], on: nowhere },
  'remove-host': { actions: ['zone.edit'], on: nowhere },
  'define-role': { actions: ['role.define'], on: nowhere, services: ['clock'] },
  'retire-role': { actions: ['role.define'], on: nowhere },
  'change-zone': { actions: ['zone.edit'], on: nowhere },
  'change-host': { actions: ['zone.edit'], on: nowhere },
  'define-service': { actions: ['zone.edit'], on: nowhere },
  'retire-service': { actions: ['zone.edit'], on: nowhere },
  'add-flow': { actions: ['zone.edit'], on: nowhere },
  'review-flow': { actions: ['zone.edit'], on: nowhere },
  'remove-flow': { actions: ['zone.edit'], on: nowhere, services: ['clock'] },
  'add-exposure': { actions: ['zone.edit'], on: nowhere },
  'review-exposure': { actions: ['zone.edit'], on: nowhere },
  'remove-exposure': { actions: ['zone.edit'], on: nowhere, services: ['clock'] },
  'except-invariant': { actions: ['exception.record'], on: nowhere },
  'end-invariant-exception': { actions: ['exception.record'], on: nowhere, services: ['clock'] },
  // The machine that the console runs on is the gateway: whoever holds it describes it, and every line says that it was so.
  'import-network': {
    actions: (_, { changes }) => (changes.some(isException) ? ['zone.edit', 'exception.record'] : ['zone.edit']),
    on: nowhere,
    services: ['console'],
  },
  'change-network-mode': { actions: ['network.enforce'], on: nowhere, services: ['console'] },
  'confirm-apply': { actions: ['network.enforce'], on: nowhere, services: ['console'] },
  'apply-again': { actions: ['network.enforce'], on: nowhere, services: ['console'] },
  'record-apply': { actions: [], on: nowhere, services: gates },
  'record-rollback': { actions: [], on: nowhere, services: gates },
  'record-network-finding': { actions: [], on: nowhere, services: gates },
  'settle-network-finding': { actions: ['network.enforce'], on: nowhere, services: gates },
  'open-path': { actions: [], on: nowhere, services: gates },
  'record-path-loaded': { actions: [], on: nowhere, services: gates },
  'close-path': { actions: [], on: nowhere, services: ['gate', 'clock'] },
  quarantine: { actions: ['quarantine.order'], on: nowhere, services: ['console'] },
  // The console may ask; only a person releases.
  'ask-release': { actions: ['quarantine.release'], on: nowhere, services: ['console'] },
  'release-quarantine': { actions: ['quarantine.release'], on: nowhere },
  // Whoever holds the machine holds its backups' keys already: the console may set up, take, try and bring back, always on record.
  'enrol-vault': { actions: ['backup.configure'], on: nowhere, services: ['console'] },
  'change-vault': { actions: ['backup.configure'], on: nowhere },
  'retire-vault': { actions: ['backup.configure'], on: nowhere },
  'open-vault-window': { actions: ['backup.configure'], on: nowhere },
  'set-policy': { actions: ['backup.configure'], on: nowhere, services: ['console'] },
  'end-policy': { actions: ['backup.configure'], on: nowhere },
  'begin-backup': { actions: ['backup.run'], on: nowhere, services: ['gate', 'console'] },
  'record-backup': { actions: [], on: nowhere, services: gates },
  'record-backup-failure': { actions: [], on: nowhere, services: gates },
  'note-late-backup': { actions: [], on: nowhere, services: ['gate', 'clock'] },
  'record-copy': { actions: [], on: nowhere, services: gates },
  'record-copy-failure': { actions: [], on: nowhere, services: ['gate', 'console'] },
  'record-facility-copy': { actions: [], on: nowhere, services: ['gate', 'console'] },
  'record-facility-drill': { actions: [], on: nowhere, services: ['gate', 'console'] },
  'set-alert-ways': { actions: [], on: nowhere, services: gates },
  'test-alert': { actions: ['facility.configure'], on: nowhere, services: ['console'] },
  'record-alert-sent': { actions: [], on: nowhere, services: gates },
  'record-alert-failure': { actions: [], on: nowhere, services: gates },
  'note-trouble': { actions: [], on: nowhere, services: gates },
  'end-trouble': { actions: [], on: nowhere, services: gates },
  'place-hold': { actions: ['backup.hold'], on: nowhere },
  'lift-hold': { actions: ['backup.hold'], on: nowhere },
  'record-delivery': { actions: ['backup.configure'], on: nowhere, services: ['console'] },
  'archive-project': { actions: ['backup.configure'], on: nowhere, services: ['console'] },
  'prove-archive': { actions: ['backup.configure'], on: nowhere, services: ['console'] },
  // Two people, never the console: it has no name to tell from another.
  'ask-key-destruction': { actions: ['prune.ask'], on: nowhere },
  'approve-key-destruction': { actions: ['prune.approve'], on: nowhere },
  'decline-key-destruction': { actions: ['prune.approve'], on: nowhere },
  'destroy-backup-keys': { actions: [], on: nowhere, services: gates },
  'doubt-vault-clock': { actions: [], on: nowhere, services: gates },
  'report-vault-damage': { actions: [], on: nowhere, services: gates },
  'report-locks': { actions: [], on: nowhere, services: gates },
  'report-pull-findings': { actions: [], on: nowhere, services: gates },
  'trust-vault-clock': { actions: ['backup.configure'], on: nowhere },
  'begin-restore': { actions: ['backup.restore'], on: nowhere, services: ['console'] },
  'record-restore': { actions: [], on: nowhere, services: gates },
  'begin-drill': { actions: ['backup.run'], on: nowhere, services: ['gate', 'console'] },
  'seed-drill': { actions: [], on: nowhere, services: gates },
  'record-drill': { actions: [], on: nowhere, services: gates },
  'raise-alarm': { actions: [], on: nowhere, services: gates },
  'settle-alarm': { actions: ['backup.run'], on: nowhere },
  'plan-change': { actions: ['change.plan'], on: nowhere },
  'ask-prune': { actions: ['prune.ask'], on: nowhere },
  'approve-prune': { actions: ['prune.approve'], on: nowhere },
  'decline-prune': { actions: ['prune.approve'], on: nowhere },
  'record-expiry': { actions: [], on: nowhere, services: gates },
  'record-prune': { actions: [], on: nowhere, services: gates },
  'record-runbook': { actions: [], on: nowhere, services: ['gate', 'console'] },
  'end-exception': { actions: ['exception.record'], on: nowhere, services: ['clock'] },
  'record-exception': { actions: ['exception.record'], on: nowhere, services: ['console'] },

  'add-person': {
    actions: (_, { roles }) => (roles.length === 0 ? ['person.invite'] : ['person.invite', 'person.assign-roles']),
    on: nowhere,
  },
  'rename-person': { actions: ['person.edit'], on: onPerson },
  'change-roles': { actions: ['person.assign-roles'], on: onPerson, services: ['console'] },
  'record-onboarding': { actions: ['person.edit'], on: onPerson },
  'suspend-person': { actions: ['person.suspend'], on: onPerson, services: ['clock', 'console'] },
  'restore-person': { actions: ['person.restore'], on: onPerson, services: ['console'] },
  'unlock-person': { actions: ['person.restore'], on: onPerson, services: ['console'] },
  // Whoever holds the machine may always end access, never give it.
  'end-all-access': { actions: ['person.end-access'], on: onPerson, services: ['console'] },
  'erase-person': { actions: ['person.erase'], on: onPerson },
  'warn-role': { actions: [], on: onPerson, services: ['clock'] },
  'warn-dormancy': { actions: [], on: onPerson, services: ['clock'] },

  invite: { actions: inviting, on: nowhere, services: ['console'] },
  'withdraw-invitation': { actions: withdrawing, on: nowhere, services: ['clock'] },
  'use-invitation': {
    actions: [],
    on: nowhere,
    own: (state, { invitation }) => state.invitations.get(invitation)?.person,
    services: gates,
  },
  'add-credential': {
    actions: enrolling,
    on: onEnrolment,
    own: (_, { what, person }) => (what.type === 'service-token' ? undefined : person),
  },
  'revoke-credential': {
    actions: ['credential.revoke'],
    on: onCredential,
    instead: revokingToken,
    own: (state, { credential }) => state.credentials.get(credential)?.person,
    services: ['clock', 'console'],
  },
  'ask-recovery': { actions: ['person.edit'], on: onPerson, own: ownPerson, services: gates },
  'approve-recovery': { actions: ['recovery.approve'], on: nowhere },
  'refuse-signin': { actions: [], on: nowhere, services: gates },

  'create-project': { actions: ['project.create'], on: nowhere },
  'wrap-project': { actions: ['project.wrap'], on: onProject },
  'lock-project': { actions: ['project.lock'], on: onProject },
  'reopen-project': { actions: ['project.reopen'], on: onProject },
  'give-engagement': { actions: (state, { role }) => giving(state, role), on: onProject },
  'extend-engagement': { actions: (state, { engagement }) => extending(state, engagement), on: onEngagement },
  'end-engagement': {
    actions: ['engagement.end'],
    on: onEngagement,
    own: (state, { engagement }) => state.engagements.get(engagement)?.person,
    services: ['clock', 'console'],
  },
  'warn-engagement': { actions: [], on: onEngagement, services: ['clock'] },
  'ask-access': { actions: [], on: onProject, own: ownPerson },
  'decide-request': { actions: deciding, on: onRequest },
  'withdraw-request': {
    actions: ['request.decide'],
    on: onRequest,
    own: (state, { request }) => state.requests.get(request)?.person,
    services: ['clock'],
  },
  'complete-review': {
    actions: (_, { ended }) => (ended.length === 0 ? ['review.complete'] : ['review.complete', 'engagement.end']),
    on: onProject,
  },

  'open-session': { actions: [], on: nowhere, own: ownPerson, services: gates },
  'renew-session': { actions: [], on: onSession, own: ownSession, services: gates },
  'step-up': { actions: [], on: onSession, own: ownSession, services: gates },
  'count-session': { actions: [], on: onSession, services: gates },
  'close-session': { actions: [], on: onSession, own: ownSession, services: ['gate', 'engine', 'clock'] },
  'end-session': { actions: ['session.end'], on: onSession, own: ownSession, services: ['gate', 'console'] },
  'record-receipt': { actions: [], on: nowhere, services: ['gate', 'engine'] },
};

/** The need of a command whose kind is not known beforehand. */
export interface AnyNeed {
  readonly actions: readonly Action[] | ((state: State, command: Command) => readonly Action[]);
  readonly on: (state: State, command: Command) => Target;
  readonly instead?: (state: State, command: Command) => readonly Question[];
  readonly own?: (state: State, command: Command) => PersonId | undefined;
  readonly services?: readonly Service[];
}

export function needOf(command: Command): AnyNeed {
  return COMMAND_NEEDS[command.kind] as AnyNeed; // the table is keyed by the kind of the command that its functions take
}

/** The actions that a command needs as things stand. */
export function actionsFor(state: State, command: Command): readonly Action[] {
  const { actions } = needOf(command);
  return typeof actions === 'function' ? actions(state, command) : actions;
}
