/** Signing in and out, first run, invitations, recovery, own credentials. */
import { z } from 'zod';
import { because, hash, id, label, reason, time } from '#model/events.ts';
import { del, get, post } from '#api/endpoints/endpoint.ts';
import { atQuery, done, mailAddress, maybeReasonBody, personName, personParam } from '#api/endpoints/parts.ts';
import {
  credentialView,
  invitationView,
  personRef,
  projectRef,
  recoveryView,
  roleRef,
  sessionView,
} from '#api/endpoints/views.ts';

/** JSON of WebAuthn ceremonies, as @simplewebauthn/browser takes and gives it; verified in full by the server. */
const webauthnOptions = z.record(z.string(), z.unknown());
const webauthnResponse = z.looseObject({
  id: z.string().max(2000),
  rawId: z.string().max(2000),
  type: z.literal('public-key'),
  response: z.looseObject({}),
});

/** A ceremony is started by the server, bound to one purpose, used once, and over after 5 minutes. */
const ceremony = z.string().min(16).max(64);
/** What was there before has ended, with the other sessions that it had let in; the session that asked goes on. */
const changedCredential = z.strictObject({
  credential: credentialView,
  replaced: z.strictObject({ cut: id('cut'), sessions: z.int().min(0) }).optional(),
});
const linkToken = z.string().min(20).max(100);
const totpCode = z.string().regex(/^\d{6}$/, 'six digits');
const password = z.string().min(1).max(256);

/** What somebody enrols with when joining: a passkey, or a password together with a TOTP app. */
export const enrolment = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('passkey'), ceremony, label, response: webauthnResponse }),
  z.strictObject({ type: z.literal('password'), ceremony, password, code: totpCode }),
]);

export const enrolOptions = z.strictObject({
  ceremony,
  /** For `startRegistration({ optionsJSON })`. */
  passkey: webauthnOptions,
  /** Shown as a QR code of `uri`, and as text. */
  totp: z.strictObject({ secret: z.string(), uri: z.string() }),
});

const signedIn = z.strictObject({ person: personRef, home: z.enum(['facility', 'studio', 'assess']), until: time });

export const meView = z.strictObject({
  person: personRef,
  mail: z.string().nullable(),
  facility: z.string(),
  timeZone: z.string(),
  /** Which page sets this person has a use for; the first is home. */
  hats: z.array(z.enum(['facility', 'studio', 'assess'])),
  roles: z.array(z.strictObject({ role: roleRef, until: time })),
  /** Facility-wide actions allowed now. */
  may: z.array(z.string()),
  projects: z.array(
    z.strictObject({
      project: projectRef,
      title: z.string().nullable(),
      standing: z.enum(['live', 'wrapped', 'locked']),
      engagements: z.array(
        z.strictObject({
          id: id('engagement'),
          role: roleRef,
          from: time,
          until: time,
          state: z.enum(['coming', 'live', 'held', 'over', 'ended']),
        }),
      ),
      may: z.array(z.string()),
      until: time.nullable(),
      /** What stops her now, in words (out of hours, wrapped, a missing NDA); absent when nothing does. */
      denied: z.strictObject({ rule: z.string(), message: z.string(), ask: z.string().optional() }).optional(),
      /** Folders with what may be done in each, least privilege per folder. */
      folders: z.array(z.strictObject({ name: z.string(), may: z.array(z.string()) })),
    }),
  ),
  session: sessionView,
  /** Without a click, the session ends then; and at `session.until` in any case. */
  idleUntil: time,
  /** After this instant a sensitive act asks for the second factor again. */
  factorFreshUntil: time.nullable(),
  /** How she can step up. */
  factors: z.array(z.enum(['passkey', 'totp'])),
  /** Where SFTP clients connect (without a host: under the portal's own name), and the fingerprint to compare the first time. */
  sftp: z
    .strictObject({ host: z.string().optional(), port: z.int(), user: z.string(), hostKey: z.string().optional() })
    .optional(),
  demo: z.boolean(),
});
export type MeView = z.infer<typeof meView>;

export const identityEndpoints = {
  status: get('/status', {
    summary: 'Whether the facility exists yet, and how one signs in here.',
    needs: 'public',
    response: z.strictObject({
      created: z.boolean(),
      /** First run is still open: no facility, or no owner who can sign in. */
      firstRun: z.boolean(),
      setupCodeNeeded: z.boolean(),
      facility: z.string().optional(),
      demo: z.boolean(),
      secure: z.boolean(),
      version: z.string(),
    }),
  }),
  me: get('/me', {
    summary:
      'Who I am, what I may do, and until when; or what I was and might do at `at`. The session is always the present one.',
    needs: 'own',
    query: atQuery,
    response: meView,
  }),

  'first-run-options': post('/first-run/options', {
    summary: 'Starts the owner\u2019s enrolment.',
    needs: 'public',
    body: z.strictObject({
      ownerName: personName,
      ownerMail: mailAddress.optional(),
      setupCode: z.string().max(100).optional(),
    }),
    response: enrolOptions,
  }),
  'first-run': post('/first-run', {
    summary: 'Creates the facility with its owner, and signs the owner in.',
    needs: 'public',
    body: z.strictObject({
      facility: label,
      timeZone: z.string().max(60),
      ownerName: personName,
      ownerMail: mailAddress.optional(),
      setupCode: z.string().max(100).optional(),
      enrolment,
    }),
    response: signedIn,
  }),
  'example-facility': post('/first-run/example', {
    summary: 'Fills the facility with the example people, projects and files.',
    needs: 'facility.configure',
    scope: 'facility',
    response: z.strictObject({ projects: z.array(projectRef), people: z.array(personRef) }),
  }),

  'sign-in-passkey-options': post('/sign-in/passkey/options', {
    summary: 'Starts a passkey sign-in; the browser offers whom it knows.',
    needs: 'public',
    response: z.strictObject({ ceremony, options: webauthnOptions }),
  }),
  'sign-in-passkey': post('/sign-in/passkey', {
    summary: 'Finishes a passkey sign-in.',
    needs: 'public',
    body: z.strictObject({ ceremony, response: webauthnResponse }),
    response: signedIn,
  }),
  'sign-in-password': post('/sign-in/password', {
    summary: 'Signs in with mail address, password and a code of the TOTP app.',
    needs: 'public',
    body: z.strictObject({ mail: mailAddress, password, code: totpCode }),
    response: signedIn,
  }),
  'sign-in-link': post('/sign-in/link', {
    summary: 'One-click sign-in of the demo; refused anywhere else.',
    needs: 'public',
    body: z.strictObject({ token: linkToken }),
    response: signedIn,
  }),
  'step-up-options': post('/step-up/options', {
    summary: 'Starts showing the second factor again.',
    needs: 'own',
    response: z.strictObject({ ceremony, options: webauthnOptions.optional(), totp: z.boolean() }),
  }),
  'step-up': post('/step-up', {
    summary: 'Shows the second factor again; the session gets a fresh token.',
    needs: 'own',
    body: z.discriminatedUnion('type', [
      z.strictObject({ type: z.literal('passkey'), ceremony, response: webauthnResponse }),
      z.strictObject({ type: z.literal('totp'), ceremony, code: totpCode }),
    ]),
    response: z.strictObject({ factorFreshUntil: time }),
  }),
  'sign-out': post('/sign-out', { summary: 'Ends this session, its streams and its transfers.', needs: 'own' }),

  'invitation-look': post('/invitations/look', {
    summary: 'Whom an invitation is for, and what to enrol; the token travels in the body.',
    needs: 'public',
    body: z.strictObject({ token: linkToken }),
    response: z.strictObject({
      person: personRef,
      facility: z.string(),
      purpose: z.enum(['join', 'recover']),
      expiresAt: time,
      invitedBy: personRef.optional(),
      options: enrolOptions,
    }),
  }),
  'invitation-accept': post('/invitations/accept', {
    summary: 'Enrols, uses the invitation up, and signs in.',
    needs: 'public',
    body: z.strictObject({ token: linkToken, enrolment }),
    response: signedIn,
  }),
  invite: post('/people/:person/invitation', {
    summary: 'Issues an invitation link; its token is shown this once.',
    needs: 'person.invite',
    scope: 'facility',
    params: personParam,
    body: z.strictObject({ days: z.int().min(1).max(14).default(3) }),
    response: z.strictObject({ invitation: invitationView, link: z.string() }),
  }),
  'withdraw-invitation': del('/invitations/:invitation', {
    summary: 'Withdraws an invitation.',
    needs: 'person.invite',
    scope: 'facility',
    params: z.strictObject({ invitation: id('invitation') }),
    response: done,
  }),
  'ask-recovery': post('/people/:person/recovery', {
    summary: 'Asks that a person who lost her credentials may enrol anew.',
    needs: 'person.edit',
    scope: 'person',
    params: personParam,
    body: z.strictObject({ reason }),
    response: z.strictObject({ recovery: recoveryView }),
  }),
  'list-recoveries': get('/recoveries', {
    summary: 'Recoveries that wait for approval.',
    needs: 'recovery.approve',
    scope: 'facility',
    query: atQuery,
    response: z.strictObject({ recoveries: z.array(recoveryView) }),
  }),
  'approve-recovery': post('/recoveries/:recovery/approval', {
    summary: 'Approves; the second administrator gets the link to hand over.',
    needs: 'recovery.approve',
    scope: 'facility',
    params: z.strictObject({ recovery: id('recovery') }),
    response: z.strictObject({ recovery: recoveryView.optional(), link: z.string().optional() }),
  }),

  'my-credentials': get('/me/credentials', {
    summary: 'My passkeys, keys, password and TOTP.',
    needs: 'own',
    query: atQuery,
    response: z.strictObject({ credentials: z.array(credentialView) }),
  }),
  'my-sessions': get('/me/sessions', {
    summary: 'My live sessions on every gate, or those live at `at`.',
    needs: 'own',
    query: atQuery,
    response: z.strictObject({ sessions: z.array(sessionView) }),
  }),
  'end-my-session': del('/me/sessions/:session', {
    summary: 'Ends one of my sessions.',
    needs: 'own',
    params: z.strictObject({ session: id('session') }),
    response: done,
  }),
  'add-credential-options': post('/me/credentials/options', {
    summary: 'Starts adding a passkey or a TOTP app.',
    needs: 'own',
    response: enrolOptions,
  }),
  'add-passkey': post('/me/credentials/passkey', {
    summary: 'Adds a passkey.',
    needs: 'own',
    body: z.strictObject({ ceremony, label, response: webauthnResponse }),
    response: z.strictObject({ credential: credentialView }),
  }),
  'add-ssh-key': post('/me/credentials/ssh-key', {
    summary: 'Adds an SSH public key for SFTP.',
    needs: 'own',
    body: z.strictObject({ label: label.optional(), publicKey: z.string().min(1).max(8192) }),
    response: z.strictObject({ credential: credentialView }),
  }),
  'set-password': post('/me/credentials/password', {
    summary: 'Sets or changes the password; the second factor must be recent. Other sessions of the old one end.',
    needs: 'own',
    body: z.strictObject({ password }),
    response: changedCredential,
  }),
  'set-totp': post('/me/credentials/totp', {
    summary: 'Adds or replaces the TOTP app. Other sessions that came by a code of the old one end.',
    needs: 'own',
    body: z.strictObject({ ceremony, code: totpCode }),
    response: changedCredential,
  }),
  'revoke-credential': post('/credentials/:credential/revocation', {
    summary: 'Revokes a credential; `stolen-key` also ends everything it opened. Own ones need no role.',
    needs: 'own',
    params: z.strictObject({ credential: id('credential') }),
    body: z.strictObject({
      because: because.extract(['button', 'stolen-key']).default('button'),
      reason: reason.optional(),
    }),
    response: done,
  }),
  'list-tokens': get('/engagements/:engagement/tokens', {
    summary: 'Service tokens of an engagement, newest first; never the tokens themselves.',
    needs: 'engagement.see',
    scope: 'engagement',
    params: z.strictObject({ engagement: id('engagement') }),
    query: atQuery,
    response: z.strictObject({ tokens: z.array(credentialView), mayRevoke: z.boolean() }),
  }),
  'issue-token': post('/engagements/:engagement/tokens', {
    summary: 'Issues a service token bound to one engagement: its role, project and end. Shown this once.',
    needs: 'token.issue',
    scope: 'engagement',
    params: z.strictObject({ engagement: id('engagement') }),
    body: z.strictObject({ label, until: time }),
    response: z.strictObject({ credential: credentialView, token: z.string(), tokenHash: hash }),
  }),
  'unlock-person': post('/people/:person/unlock', {
    summary: 'Unlocks a person after too many wrong passwords.',
    needs: 'person.restore',
    scope: 'person',
    params: personParam,
    body: maybeReasonBody,
    response: done,
  }),
} as const;
