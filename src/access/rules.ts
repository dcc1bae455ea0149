/** The rules that an answer can name: a stable id, one sentence for a person, and whom to ask. */
export interface Rule {
  readonly id: string;
  readonly says: string;
  readonly ask?: string;
}

const PRODUCER = "Ask the project's producer or post supervisor.";
const SECURITY = 'Ask the security lead or the owner of the facility.';

/** Why not. Listed from the farthest from being allowed to the nearest: an answer names the nearest miss. */
export const DENIALS = {
  'unknown-person': { id: 'unknown-person', says: 'Nobody is known by this id.', ask: SECURITY },
  'person-not-active': {
    id: 'person-not-active',
    says: 'This account is suspended, dormant or erased.',
    ask: SECURITY,
  },
  quarantined: {
    id: 'quarantined',
    says: 'This machine, person, project or credential is in quarantine.',
    ask: SECURITY,
  },
  'session-ended': { id: 'session-ended', says: 'This session has ended.', ask: 'Sign in again.' },
  'credential-ended': {
    id: 'credential-ended',
    says: 'This credential has expired or was revoked.',
    ask: 'Enrol a new one, or ask an administrator.',
  },
  'unknown-project': { id: 'unknown-project', says: 'There is no such project.', ask: PRODUCER },
  'project-not-live': { id: 'project-not-live', says: 'This project is wrapped or locked.', ask: SECURITY },
  'workspace-root': {
    id: 'workspace-root',
    says: 'The top folders of a workspace are fixed.',
    ask: 'Choose a place inside one of the folders.',
  },
  'path-not-plain': {
    id: 'path-not-plain',
    says: 'This path is not a plain path beneath the workspace.',
    ask: 'Choose the file from the list.',
  },
  'no-engagement': {
    id: 'no-engagement',
    says: 'You are not on this project, and no role of yours allows this.',
    ask: PRODUCER,
  },
  'bound-elsewhere': {
    id: 'bound-elsewhere',
    says: 'This session or token is bound to something else.',
    ask: 'Sign in anew for this project.',
  },
  'role-ended': { id: 'role-ended', says: 'Your facility role has ended.', ask: SECURITY },
  'engagement-ended': { id: 'engagement-ended', says: 'Your engagement on this project has ended.', ask: PRODUCER },
  'engagement-held': { id: 'engagement-held', says: 'Your engagement on this project is on hold.', ask: SECURITY },
  'role-lacks-action': { id: 'role-lacks-action', says: 'None of your roles allows this.', ask: PRODUCER },
  'role-retired': { id: 'role-retired', says: 'Your role was retired.', ask: PRODUCER },
  'folder-not-in-role': {
    id: 'folder-not-in-role',
    says: 'Your role does not allow this in this folder.',
    ask: PRODUCER,
  },
  'engagement-not-begun': {
    id: 'engagement-not-begun',
    says: 'Your engagement on this project has not begun yet.',
    ask: PRODUCER,
  },
  'onboarding-missing': {
    id: 'onboarding-missing',
    says: 'This high-security project needs live records of an NDA and a training, and of a screening where the facility asks for one.',
    ask: SECURITY,
  },
  'outside-hours': { id: 'outside-hours', says: 'This is outside the daily hours of your engagement.', ask: PRODUCER },
  'zone-not-allowed': {
    id: 'zone-not-allowed',
    says: 'Your engagement does not allow this from where you are.',
    ask: PRODUCER,
  },
  'factor-too-old': {
    id: 'factor-too-old',
    says: 'This needs a second factor shown within the last 12 hours.',
    ask: 'Show your passkey or code again.',
  },
} as const satisfies { readonly [id: string]: Rule };

export type DenialId = keyof typeof DENIALS;

/** A denial with its place in the table: the larger the rank, the nearer to being allowed. */
export interface Denial extends Rule {
  readonly id: DenialId;
  readonly rank: number;
}

/** The table again with ranks, made once so that the hot path compares numbers. */
export const RANKED = Object.fromEntries(Object.values(DENIALS).map((rule, rank) => [rule.id, { ...rule, rank }])) as {
  readonly [Id in DenialId]: Denial;
}; // one member for each key of the table

export const OWN: Rule = { id: 'own', says: 'Everybody may do this for themselves.' };
