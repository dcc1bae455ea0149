/** The stable codes of refusals, reasons and factors as people say them. Pure; a code that is new here is shown with spaces for dashes. */
import type { DenialId } from '#access/rules.ts';
import type { Liftable } from '#model/facility.ts';

/** Why an act was refused, told about somebody else. */
export const DENIED: Readonly<Record<DenialId, string>> = {
  'unknown-person': 'nobody is known by that id',
  'person-not-active': 'the account is suspended, dormant or erased',
  quarantined: 'in quarantine',
  'session-ended': 'the session has ended',
  'credential-ended': 'the credential has expired or was revoked',
  'unknown-project': 'there is no such project',
  'project-not-live': 'the project is wrapped or locked',
  'workspace-root': 'the top folders of a workspace are fixed',
  'path-not-plain': 'not a plain path beneath the workspace',
  'no-engagement': 'not on the project',
  'bound-elsewhere': 'the session or token is bound to something else',
  'role-ended': 'the facility role has ended',
  'engagement-ended': 'the engagement has ended',
  'engagement-held': 'the engagement is on hold',
  'role-lacks-action': 'no role of theirs allows it',
  'role-retired': 'the role was retired',
  'folder-not-in-role': 'the role does not allow it in this folder',
  'engagement-not-begun': 'the engagement has not begun yet',
  'onboarding-missing': 'no live NDA, training or (where it is asked for) screening on record',
  'outside-hours': 'outside the daily hours',
  'zone-not-allowed': 'not allowed from where they are',
  'factor-too-old': 'the second factor was shown too long ago',
};

/** Rules that an exception lifts: what somebody may do while it stands. */
export const LIFTS: Readonly<Record<Liftable, string>> = {
  'self-grant': 'Give themselves access',
  'wrangler-and-production': 'Move content and work on it, on the same project',
  'engineer-and-security-lead': 'Be engineer and security lead at once',
  'facility-of-one': 'Decide alone what takes two people, while nobody else runs the facility',
};

const CODES: Readonly<Record<string, string>> = {
  ...DENIED,
  'unknown-passkey': 'a passkey that is not known here',
  'wrong-passkey': 'the passkey did not prove itself',
  'unknown-link': 'a link that is not known here',
  'no-password': 'no password and code enrolled',
  'wrong-password': 'wrong password',
  'wrong-code': 'wrong code',
  'code-used-before': 'the code was used before',
  'too-many-tries': 'too many tries',
  'unknown-token': 'a token that is not known here',
  'not-a-token': 'what came is no token of ours',
  'ceremony-over': 'the step had timed out, was used already, or was somebody else’s',
  'passkey-refused': 'the passkey did not prove itself',
  'weak-password': 'the password is too weak',
  'password-used-before': 'one of the last passwords',
  'no-key-shown': 'no key was shown, and only keys are taken',
  'method-not-offered': 'not a key, and only keys are taken',
  'bad-signature': 'the key did not prove itself',
  'already-set-up': 'the facility is set up already',
  'wrong-setup-code': 'wrong set-up code',
  'unknown-key': 'a key that is not known here',
  'credential-revoked': 'it was revoked',
  'credential-expired': 'it has expired',
  'unknown-invitation': 'a link that is not known here',
  'invitation-used': 'the link was used before',
  'invitation-withdrawn': 'the link was withdrawn',
  'invitation-expired': 'the link has expired',
  'invitation-outgrown': 'the link grants more than whoever made it may give now',
  'invitation-closed': 'the invitation was used, withdrawn or has expired',
  locked: 'the account is locked',
  'person-locked': 'the account is locked',
  'type-mismatch': 'its content is not what its name says',
  'type-not-allowed': 'files of this type are not taken here',
  // Factors, and ways to sign in.
  passkey: 'passkey',
  'password-and-totp': 'password and code',
  password: 'password',
  totp: 'code',
  invitation: 'invitation link',
  recovery: 'recovery link',
  'first-run': 'first-run page',
  'demo-link': 'one-click link',
  'setup-code': 'set-up code',
  'ssh-key': 'SSH key',
  ssh: 'something other than a key over SSH',
  'ssh-password': 'password over SSH',
  'ssh-keyboard-interactive': 'questions over SSH',
  'service-token': 'service token',
  // Why access, a session or a credential ended.
  button: 'by hand',
  clock: 'its end came',
  wrap: 'the project was wrapped',
  lock: 'the project was locked',
  suspension: 'the person was suspended',
  dormancy: 'the account was dormant',
  erased: 'the person was erased',
  'stolen-key': 'a key was reported stolen',
  lease: 'the engine was out of reach',
  'rights-changed': 'the rights changed',
  'machine-taken': 'somebody else came to the machine',
  'unknown-machine': 'at no machine that the facility knows',
  'behind-proxy': 'by a proxy, so from nobody knows which machine',
  'not-a-workstation': 'at a machine that is no workstation',
  'signed-in-elsewhere': 'signed in at another machine',
  'no-share-flow': 'no share flow leads there',
  'way-not-open': 'the gateway did not open the way',
  'no-gateway': 'no gateway guards the network',
  // Onboarding.
  nda: 'NDA',
  training: 'security training',
  screening: 'background screening',
};

export function codeText(code: string): string {
  if (code.startsWith('step-up-')) return `second factor: ${codeText(code.slice('step-up-'.length))}`;
  return CODES[code] ?? code.replaceAll('-', ' ');
}

export function liftsText(rule: string): string {
  return (LIFTS as Readonly<Record<string, string>>)[rule] ?? rule;
}

/** `post-supervisor` reads `post supervisor`; acronyms keep their letters. */
export function roleText(role: string): string {
  return role.replaceAll('-', ' ').replace(/^vfx\b/, 'VFX');
}
