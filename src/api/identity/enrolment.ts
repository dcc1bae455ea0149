/** Enrolling: a passkey, or a password together with a TOTP app. Used by first run, invitations, recovery, and for own credentials. */
import type { ApiContext } from '#api/context.ts';
import { newId } from '#api/handler.ts';
import type { BodyTo } from '#api/endpoints.ts';
import type { Purpose } from '#api/identity/ceremonies.ts';
import { passkeyCreationOptions, verifyNewPasskey } from '#api/identity/passkey.ts';
import { hashPassword, verifyPassword } from '#api/identity/password-hash.ts';
import { passwordRefusal } from '#api/identity/password-rules.ts';
import { makeTotpSecret, totpStep, totpUri } from '#api/identity/totp.ts';
import type { By } from '#model/events.ts';
import { DAY_MS, PASSWORD_DAYS_MAX } from '#model/limits.ts';
import type { Credential, State } from '#model/state.ts';
import { assert } from '#std/assert.ts';
import type { CredentialId, CutId, PersonId } from '#std/ids.ts';
import type { Outcome } from '#std/refused.ts';
import { isRefused, ok, refused } from '#std/refused.ts';

export type Enrolment = BodyTo<'invitation-accept'>['enrolment'];

const CREDENTIAL_DAYS = 365;
const PASSWORD_AGE_MIN_MS = DAY_MS;
const PASSWORD_HISTORY = 5;

export interface Enrolee {
  /** What ceremonies are bound to: a person's id, or an invitation's. */
  readonly subject: string;
  readonly person: PersonId;
  readonly name: string;
}

/** What is about to be added: everything that can be proved before anything is written. */
export interface Proved {
  readonly label: string;
  readonly expiresAt: number;
  readonly what: Credential['what'];
}

export async function enrolOptions(context: ApiContext, purpose: Purpose, who: Enrolee) {
  const { ceremonies, party, engine, random } = context;
  const challenge = ceremonies.challenge();
  const secret = makeTotpSecret(random);
  const ceremony = ceremonies.start({ purpose, challenge, subject: who.subject, totpSecret: secret });
  const passkey = await passkeyCreationOptions(
    party,
    { subject: who.person, name: who.name, known: passkeysOf(engine.state(), who.person) },
    challenge,
  );
  // The options are plain JSON; the table describes them as an object of unknown members.
  return {
    ceremony,
    passkey: passkey as unknown as Record<string, unknown>,
    totp: { secret, uri: totpUri(secret, party.name, who.name) },
  };
}

export async function proveEnrolment(
  context: ApiContext,
  purpose: Purpose,
  who: Enrolee,
  enrolment: Enrolment,
): Promise<Outcome<readonly Proved[]>> {
  const ceremony = context.ceremonies.take(enrolment.ceremony, purpose, who.subject);
  if (isRefused(ceremony)) return ceremony;
  const now = context.clock.now();
  if (enrolment.type === 'passkey') {
    const passkey = await verifyNewPasskey(context.party, enrolment.response, ceremony.value.challenge);
    return isRefused(passkey)
      ? passkey
      : ok([{ label: enrolment.label, expiresAt: now + CREDENTIAL_DAYS * DAY_MS, what: passkey.value }]);
  }
  // An invitation or a recovery sets the password anew, however young the lost one is. The code comes last: it counts only once.
  const password = await provePassword(context, who, enrolment.password, { ageMinMs: 0 });
  if (isRefused(password)) {
    context.ceremonies.giveBack(enrolment.ceremony, ceremony.value);
    return password;
  }
  const totp = proveTotp(context, who.person, ceremony.value.totpSecret ?? '', enrolment.code);
  if (isRefused(totp)) {
    context.ceremonies.giveBack(enrolment.ceremony, ceremony.value);
    return totp;
  }
  return ok([password.value, totp.value]);
}

export async function provePassword(
  context: ApiContext,
  who: Enrolee,
  password: string,
  { ageMinMs = PASSWORD_AGE_MIN_MS } = {},
): Promise<Outcome<Proved>> {
  const state = context.engine.state();
  const now = context.clock.now();
  const mail = state.people.get(who.person)?.mail;
  const known = [
    who.name,
    mail === undefined ? '' : (context.keys.unseal(mail) ?? ''),
    state.facility?.name ?? '',
    ...state.projects.map(({ alias }) => alias).values(),
  ];
  const weak = passwordRefusal(password, known);
  if (weak !== undefined) return weak;
  const former = passwordsOf(state, who.person);
  const present = former.find(({ revokedAt }) => revokedAt === undefined);
  if (present !== undefined && now - present.addedAt < ageMinMs) {
    return refused(
      'password-too-young',
      'A password stays for at least a day.',
      'Change it tomorrow; if somebody knows it, revoke it and ask for a recovery.',
    );
  }
  for (const { what } of former.slice(0, PASSWORD_HISTORY)) {
    const verifier = what.type === 'password' ? context.keys.unseal(what.verifier) : undefined;
    if (verifier !== undefined && (await verifyPassword(password, verifier))) {
      return refused(
        'password-used-before',
        `This is one of your last ${PASSWORD_HISTORY} passwords.`,
        'Choose a new one.',
      );
    }
  }
  const verifier = context.keys.seal(who.person, await hashPassword(password, context.random));
  return ok({ label: 'Password', expiresAt: now + PASSWORD_DAYS_MAX * DAY_MS, what: { type: 'password', verifier } });
}

export function proveTotp(context: ApiContext, person: PersonId, secret: string, code: string): Outcome<Proved> {
  const now = context.clock.now();
  const step = secret === '' ? undefined : totpStep(secret, code, now);
  if (step === undefined || !context.usedSteps.use(secret, step, undefined)) {
    return refused(
      'wrong-code',
      'This code is not the one that the app shows now.',
      'Wait for the next one; if that fails too, see that the clock of the phone is right.',
    );
  }
  return ok({
    label: 'Authenticator app',
    expiresAt: now + CREDENTIAL_DAYS * DAY_MS,
    what: { type: 'totp', secret: context.keys.seal(person, secret) },
  });
}

/** Adds what was proved, one command each. The first that is refused stops it. What is replaced is cut under `cut`. */
export async function addProved(
  context: ApiContext,
  by: By,
  person: PersonId,
  proved: readonly Proved[],
  cut?: CutId,
): Promise<Outcome<readonly CredentialId[]>> {
  const added: CredentialId[] = [];
  for (const { label, expiresAt, what } of proved) {
    const credential = newId(context, 'credential');
    const answer = await context.engine.command(
      { kind: 'add-credential', credential, person, what, label, expiresAt, ...(cut === undefined ? {} : { cut }) },
      by,
    );
    if (isRefused(answer)) return answer;
    added.push(credential);
  }
  assert(added.length > 0, 'an enrolment adds something');
  return ok(added);
}

export function passkeysOf(state: State, person: PersonId) {
  return liveOf(state, person).flatMap(({ what }) => (what.type === 'passkey' ? [what] : []));
}

export function liveOf(state: State, person: PersonId, now = 0): readonly Credential[] {
  return allOf(state, person).filter(({ revokedAt, expiresAt }) => revokedAt === undefined && expiresAt > now);
}

/** Newest first, revoked ones too. */
function passwordsOf(state: State, person: PersonId): readonly Credential[] {
  return allOf(state, person)
    .filter(({ what }) => what.type === 'password')
    .sort((a, b) => b.addedAt - a.addedAt);
}

function allOf(state: State, person: PersonId): readonly Credential[] {
  const ids = state.people.get(person)?.credentials;
  return ids === undefined
    ? []
    : [...ids].map((id) => state.credentials.get(id)).filter((credential) => credential !== undefined);
}
