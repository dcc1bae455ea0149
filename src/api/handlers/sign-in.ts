/** Signing in and out, and showing the second factor again. */
import type { ApiContext } from '#api/context.ts';
import { PORTAL } from '#api/context.ts';
import { byOf } from '#api/caller.ts';
import { homeOf } from '#api/handlers/me.ts';
import type { Call, Handlers, OpenCall, OpenHandlers, Visit } from '#api/handler.ts';
import type { AnswerOf } from '#api/endpoints.ts';
import type { Factor } from '#api/identity/attempts.ts';
import { notSignedIn, refuseAttempt, refuseCheap, tooManyTries } from '#api/identity/attempts.ts';
import { endOf, newestOf } from '#api/identity/former.ts';
import { liveOf, passkeysOf } from '#api/identity/enrolment.ts';
import { passkeyRequestOptions, verifyPasskey } from '#api/identity/passkey.ts';
import { NOBODY, verifyPassword } from '#api/identity/password-hash.ts';
import { totpStep } from '#api/identity/totp.ts';
import { FACTOR_AGE_MAX_MS } from '#model/limits.ts';
import type { Credential, Person, State } from '#model/state.ts';
import type { CredentialId, PersonId } from '#std/ids.ts';
import type { Outcome, Refused } from '#std/refused.ts';
import { isRefused, ok, refused } from '#std/refused.ts';

export const openSignInHandlers = {
  'sign-in-passkey-options': async (context, { from }) => {
    const busy = await tooManyTries(context, from, 'passkey');
    if (busy !== undefined) return busy;
    const challenge = context.ceremonies.challenge();
    const ceremony = context.ceremonies.start({ purpose: 'sign-in', challenge, subject: '' });
    return ok({ ceremony, options: { ...(await passkeyRequestOptions(context.party, challenge)) } });
  },
  'sign-in-passkey': signInWithPasskey,
  'sign-in-password': signInWithPassword,
  'sign-in-link': async (context, call) => {
    const busy = await tooManyTries(context, call.from, 'demo-link');
    if (busy !== undefined) return busy;
    const person = context.settings.demoLinks?.get(call.input.body.token);
    if (person === undefined)
      return refuseAttempt(context, call.from, { with: 'demo-link', why: 'unknown-link' }, notSignedIn());
    return signIn(context, call, person, 'demo-link', undefined);
  },
} satisfies OpenHandlers;

export const signInHandlers = {
  'step-up-options': async (context, { caller }) => {
    const live = liveOf(context.engine.state(), caller.person, context.clock.now());
    const passkeys = passkeysOf(context.engine.state(), caller.person);
    const challenge = context.ceremonies.challenge();
    const ceremony = context.ceremonies.start({ purpose: 'step-up', challenge, subject: caller.session.id });
    const options =
      passkeys.length === 0
        ? {}
        : { options: { ...(await passkeyRequestOptions(context.party, challenge, passkeys)) } };
    return ok({ ceremony, totp: live.some(({ what }) => what.type === 'totp'), ...options });
  },
  'step-up': stepUp,
  'sign-out': async (context, { caller, setSession }) => {
    await context.signIns.signOut(caller.session);
    setSession(undefined);
    return ok({});
  },
} satisfies Handlers;

async function signInWithPasskey(
  context: ApiContext,
  call: OpenCall<'sign-in-passkey'>,
): Promise<Outcome<AnswerOf<'sign-in-passkey'>>> {
  const { ceremony: id, response } = call.input.body;
  const ceremony = context.ceremonies.take(id, 'sign-in', '');
  if (isRefused(ceremony)) {
    const claimed = passkeyOf(context.engine.state(), response.id);
    const attempt = { ...whose(claimed), with: 'passkey', why: ceremony.code } as const;
    return refuseCheap(context, call.from, attempt, ceremony);
  }
  const credential = everPasskeyOf(context.engine.state(), response.id);
  if (credential === undefined)
    return refuseAttempt(context, call.from, { with: 'passkey', why: 'unknown-passkey' }, unknownPasskey());
  const why = endOf(credential, context.clock.now());
  const proved =
    why === undefined ? await provePasskey(context, credential, response, ceremony.value.challenge) : unknownPasskey();
  if (isRefused(proved))
    return refuseAttempt(
      context,
      call.from,
      { ...whose(credential), with: 'passkey', why: why ?? 'wrong-passkey' },
      proved,
    );
  return signIn(context, call, credential.person, 'passkey', credential.id);
}

function whose(credential: Credential | undefined) {
  return { person: credential?.person, credential: credential?.id };
}

function passkeyOf(state: State, webauthnId: string): Credential | undefined {
  const id = state.index.passkeyByWebauthnId.get(webauthnId);
  return id === undefined ? undefined : state.credentials.get(id);
}

/** The index forgets passkeys that were revoked; a refusal still says whose it was. Each try has cost a ceremony, and those are limited. */
function everPasskeyOf(state: State, webauthnId: string): Credential | undefined {
  return (
    passkeyOf(state, webauthnId) ?? newestOf(state, (what) => what.type === 'passkey' && what.webauthnId === webauthnId)
  );
}

function unknownPasskey(): Refused {
  return refused('unknown-passkey', 'This passkey is not known here.', 'Use another one, or ask for a recovery.');
}

/** The signature, and a counter that only grows where the authenticator counts; counters live as long as this process. */
async function provePasskey(
  context: ApiContext,
  credential: Credential,
  response: unknown,
  challenge: string,
): Promise<Outcome<void>> {
  const { what } = credential;
  if (what.type !== 'passkey' || endOf(credential, context.clock.now()) !== undefined) return unknownPasskey();
  const verified = await verifyPasskey(
    context.party,
    response,
    challenge,
    what,
    context.counters.get(credential.id) ?? 0,
  );
  if (isRefused(verified)) return verified;
  if (verified.value.counter > 0) context.counters.set(credential.id, verified.value.counter);
  return ok(undefined);
}

async function signInWithPassword(
  context: ApiContext,
  call: OpenCall<'sign-in-password'>,
): Promise<Outcome<AnswerOf<'sign-in-password'>>> {
  const busy = await tooManyTries(context, call.from, 'password-and-totp');
  if (busy !== undefined) return busy;
  const { mail, password, code } = call.input.body;
  const state = context.engine.state();
  const person = context.mails.find(state, mail);
  const live = person === undefined ? [] : liveOf(state, person.id, context.clock.now());
  const [own, totp] = [
    live.find(({ what }) => what.type === 'password'),
    live.find(({ what }) => what.type === 'totp'),
  ];
  // Everything is checked for everybody, so that neither answer nor time tells a known address from an unknown one.
  const isPassword = await verifyPassword(password, secretOf(context, own) ?? NOBODY);
  const step = totpStep(secretOf(context, totp) ?? NO_SECRET, code, context.clock.now());
  const why = whyNot(person, own, totp, isPassword, step);
  if (why !== undefined || person === undefined || own === undefined || totp === undefined || step === undefined) {
    return refuseAttempt(
      context,
      call.from,
      { ...(person === undefined ? {} : { person: person.id }), with: 'password-and-totp', why: why ?? 'wrong-code' },
      notSignedIn(),
    );
  }
  if (!context.usedSteps.use(secretOf(context, totp) ?? NO_SECRET, step, person.lastSeenAt)) {
    return refuseAttempt(
      context,
      call.from,
      { person: person.id, with: 'password-and-totp', why: 'code-used-before' },
      notSignedIn(),
    );
  }
  return signIn(context, call, person.id, 'password-and-totp', own.id);
}

/** 20 zero bytes: a secret that nobody has. */
const NO_SECRET = 'A'.repeat(32);

function secretOf({ keys }: ApiContext, credential: Credential | undefined): string | undefined {
  if (credential?.what.type === 'password') return keys.unseal(credential.what.verifier);
  return credential?.what.type === 'totp' ? keys.unseal(credential.what.secret) : undefined;
}

function whyNot(
  person: Person | undefined,
  own: Credential | undefined,
  totp: Credential | undefined,
  isPassword: boolean,
  step: number | undefined,
): string | undefined {
  if (person === undefined) return 'unknown-person';
  if (own === undefined || totp === undefined) return 'no-password';
  if (person.locked) return 'locked';
  if (!isPassword) return 'wrong-password';
  return step === undefined ? 'wrong-code' : undefined;
}

/** All factors are proved. What stands in the way now may be told: whoever asks is that person. */
export async function signIn(
  context: ApiContext,
  visit: Visit,
  person: PersonId,
  factor: Factor,
  credential: CredentialId | undefined,
): Promise<Outcome<AnswerOf<'sign-in-passkey'>>> {
  const opened = await context.signIns.open({
    person,
    from: visit.from,
    ...(visit.client === undefined ? {} : { client: visit.client }),
    ...(credential === undefined ? {} : { credential }),
  });
  if (isRefused(opened))
    return refuseAttempt(context, visit.from, { person, credential, with: factor, why: opened.code }, opened);
  visit.setSession(opened.value.token);
  const caller = { person, session: opened.value.session, from: visit.from };
  return ok({ ...homeOf(context, caller), until: opened.value.session.until });
}

async function stepUp(
  context: ApiContext,
  { caller, input, from, setSession }: Call<'step-up'>,
): Promise<Outcome<AnswerOf<'step-up'>>> {
  const { body } = input;
  const { person, session } = caller;
  const credential = body.type === 'passkey' ? passkeyOf(context.engine.state(), body.response.id)?.id : undefined; // recorded when it is hers
  const attempt = { person, credential, with: body.type } as const;
  const ceremony = context.ceremonies.take(body.ceremony, 'step-up', session.id);
  if (isRefused(ceremony)) return refuseCheap(context, from, { ...attempt, why: stepUpWhy(ceremony) }, ceremony);
  const busy = await tooManyTries(context, from, body.type, person);
  if (busy !== undefined) return busy;
  const shown =
    body.type === 'passkey'
      ? await showPasskey(context, person, body.response, ceremony.value.challenge)
      : showCode(context, person, body.code);
  if (isRefused(shown)) return refuseAttempt(context, from, { ...attempt, why: stepUpWhy(shown) }, shown);
  const stepped = await context.engine.command(
    { kind: 'step-up', session: session.id, with: body.type },
    { ...byOf(caller), service: PORTAL },
  );
  if (isRefused(stepped)) return refuseAttempt(context, from, { ...attempt, why: stepUpWhy(stepped) }, stepped);
  // More rights, so a fresh token (TS-8.1).
  const token = await context.signIns.rotate(session);
  if (token !== undefined) setSession(token);
  return ok({ factorFreshUntil: context.clock.now() + FACTOR_AGE_MAX_MS });
}

function stepUpWhy({ code }: Refused): string {
  return `step-up-${code}`;
}

async function showPasskey(
  context: ApiContext,
  person: PersonId,
  response: { readonly id: string },
  challenge: string,
): Promise<Outcome<void>> {
  const credential = passkeyOf(context.engine.state(), response.id);
  if (credential?.person !== person) return unknownPasskey();
  return provePasskey(context, credential, response, challenge);
}

function showCode(context: ApiContext, person: PersonId, code: string): Outcome<void> {
  const live = liveOf(context.engine.state(), person, context.clock.now());
  const totp = live.find(({ what }) => what.type === 'totp');
  const step = totpStep(secretOf(context, totp) ?? NO_SECRET, code, context.clock.now());
  const lastSeenAt = context.engine.state().people.get(person)?.lastSeenAt;
  if (
    totp === undefined ||
    step === undefined ||
    !context.usedSteps.use(secretOf(context, totp) ?? NO_SECRET, step, lastSeenAt)
  ) {
    return refused('wrong-code', 'This code is wrong or was used already.', 'Wait for the next one.');
  }
  return ok(undefined);
}
