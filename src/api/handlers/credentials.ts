/** Own credentials, and tokens of services. */
import { TOKEN_REVOKERS } from '#access/command-needs.ts';
import { byOf } from '#api/caller.ts';
import type { Caller } from '#api/caller.ts';
import type { ApiContext } from '#api/context.ts';
import type { AnswerOf } from '#api/endpoints.ts';
import { findEngagement, unknown } from '#api/find.ts';
import type { Call, Handlers, Visit } from '#api/handler.ts';
import { act, command, newId } from '#api/handler.ts';
import { addProved, enrolOptions, proveEnrolment, provePassword, proveTotp } from '#api/identity/enrolment.ts';
import type { Enrolee, Proved } from '#api/identity/enrolment.ts';
import { parseSshKey } from '#api/identity/ssh-key.ts';
import { hashToken, makeToken, SERVICE_TOKEN_PREFIX } from '#api/identity/token.ts';
import { credentialsOf, credentialView } from '#api/views/people.ts';
import { Viewer, viewerAt } from '#api/views/viewer.ts';
import { DAY_MS, FACTOR_AGE_MAX_MS } from '#model/limits.ts';
import type { CredentialId } from '#std/ids.ts';
import type { Outcome, Refused } from '#std/refused.ts';
import { isRefused, ok, refused } from '#std/refused.ts';

const SSH_KEY_DAYS = 365;

export const credentialHandlers = {
  'my-credentials': async (context, { caller, input }) => {
    const viewer = await viewerAt(context, caller, input.query.at);
    return ok({
      credentials: credentialsOf(viewer, caller.person).map((credential) => credentialView(viewer, credential)),
    });
  },
  'add-credential-options': async (context, { caller }) =>
    ok(await enrolOptions(context, 'add-credential', self(context, caller))),
  'add-passkey': async (context, { caller, input }) => {
    const stale = staleFactor(context, caller);
    if (stale !== undefined) return stale;
    const { ceremony, label, response } = input.body;
    const proved = await proveEnrolment(context, 'add-credential', self(context, caller), {
      type: 'passkey',
      ceremony,
      label,
      response,
    });
    if (isRefused(proved)) return proved;
    return added(context, caller, await addProved(context, byOf(caller), caller.person, proved.value));
  },
  'add-ssh-key': async (context, { caller, input }) => {
    const stale = staleFactor(context, caller);
    if (stale !== undefined) return stale;
    const key = parseSshKey(input.body.publicKey);
    if (isRefused(key)) return key;
    const { algorithm, publicKey, fingerprint, comment } = key.value;
    const label = input.body.label ?? (comment === '' ? 'SSH key' : comment);
    const proved = {
      label,
      expiresAt: context.clock.now() + SSH_KEY_DAYS * DAY_MS,
      what: { type: 'ssh-key', algorithm, publicKey, fingerprint },
    } as const;
    return added(context, caller, await addProved(context, byOf(caller), caller.person, [proved]));
  },
  'set-password': async (context, { caller, input, setSession }) => {
    const stale = staleFactor(context, caller);
    if (stale !== undefined) return stale;
    const proved = await provePassword(context, self(context, caller), input.body.password);
    return isRefused(proved) ? proved : change(context, caller, proved.value, setSession);
  },
  'set-totp': async (context, { caller, input, setSession }) => {
    const stale = staleFactor(context, caller);
    if (stale !== undefined) return stale;
    const ceremony = context.ceremonies.take(input.body.ceremony, 'add-credential', caller.person);
    if (isRefused(ceremony)) return ceremony;
    const proved = proveTotp(context, caller.person, ceremony.value.totpSecret ?? '', input.body.code);
    if (isRefused(proved)) context.ceremonies.giveBack(input.body.ceremony, ceremony.value);
    return isRefused(proved) ? proved : change(context, caller, proved.value, setSession);
  },
  'revoke-credential': (context, { caller, input }) => {
    const { because, reason } = input.body;
    return act(context, caller, {
      kind: 'revoke-credential',
      credential: input.params.credential,
      because,
      cut: newId(context, 'cut'),
      ...(reason === undefined ? {} : { reason }),
    });
  },
  'list-tokens': async (context, { caller, input }) => {
    const viewer = await viewerAt(context, caller, input.query.at);
    const engagement = findEngagement(viewer.state, input.params.engagement);
    if (isRefused(engagement)) return engagement;
    const { id, person, project } = engagement.value;
    const tokens = credentialsOf(viewer, person).filter(
      ({ what }) => what.type === 'service-token' && what.engagement === id,
    );
    return ok({
      tokens: tokens.map((token) => credentialView(viewer, token)),
      mayRevoke:
        viewer.may('credential.revoke', { person }) || TOKEN_REVOKERS.some((action) => viewer.may(action, { project })),
    });
  },
  'issue-token': issueToken,
} satisfies Handlers;

/** Ceremonies about own credentials are bound to the person. */
function self(context: ApiContext, caller: Caller): Enrolee {
  return {
    subject: caller.person,
    person: caller.person,
    name: new Viewer(context, caller).nameOf(caller.person) ?? 'You',
  };
}

/** Whoever finds an open browser must not enrol a key of his own: the second factor has to be recent. */
const ENROL_FACTOR_AGE_MS = FACTOR_AGE_MAX_MS / 12;

function staleFactor({ engine, clock }: ApiContext, { session, project }: Caller): Refused | undefined {
  if (project !== undefined)
    return refused('bound-elsewhere', 'A service token enrols nothing.', 'Sign in as a person.');
  const factorAt = engine.state().sessions.get(session.id)?.factorAt;
  if (factorAt !== undefined && clock.now() - factorAt < ENROL_FACTOR_AGE_MS) return undefined;
  return refused(
    'factor-too-old',
    'Show your second factor again before you change how you sign in.',
    'Confirm with your passkey or authenticator app.',
  );
}

/** A new password or code app. What it replaces ends, with every other session that it let in; this session gets a fresh token (TS-8.1). */
async function change(
  context: ApiContext,
  caller: Caller,
  proved: Proved,
  setSession: Visit['setSession'],
): Promise<Outcome<AnswerOf<'set-password'>>> {
  const cut = newId(context, 'cut');
  const ids = await addProved(context, byOf(caller), caller.person, [proved], cut);
  const answer = added(context, caller, ids);
  if (isRefused(answer)) return answer;
  const ordered = context.engine.state().cuts.get(cut);
  if (ordered === undefined) return answer; // there was none before
  const token = await context.signIns.rotate(caller.session);
  if (token !== undefined) setSession(token);
  const sessions = ordered.scope.kind === 'credential' ? (ordered.scope.sessions?.length ?? 0) : 0;
  return ok({ ...answer.value, replaced: { cut, sessions } });
}

function added(context: ApiContext, caller: Caller, ids: Outcome<readonly CredentialId[]>) {
  if (isRefused(ids)) return ids;
  const [id] = ids.value;
  const credential = id === undefined ? undefined : context.engine.state().credentials.get(id);
  return credential === undefined
    ? unknown('credential')
    : ok({ credential: credentialView(new Viewer(context, caller), credential) });
}

async function issueToken(
  context: ApiContext,
  { caller, input }: Call<'issue-token'>,
): Promise<Outcome<AnswerOf<'issue-token'>>> {
  const engagement = findEngagement(context.engine.state(), input.params.engagement);
  if (isRefused(engagement)) return engagement;
  const token = makeToken(context.random);
  const tokenHash = hashToken(token);
  const credential = newId(context, 'credential');
  const issued = await command(context, caller, {
    kind: 'add-credential',
    credential,
    person: engagement.value.person,
    label: input.body.label,
    expiresAt: input.body.until,
    what: { type: 'service-token', tokenHash, engagement: engagement.value.id },
  });
  if (isRefused(issued)) return issued;
  const made = context.engine.state().credentials.get(credential);
  if (made === undefined) return unknown('credential');
  return ok({
    credential: credentialView(new Viewer(context, caller), made),
    token: `${SERVICE_TOKEN_PREFIX}${token}`,
    tokenHash,
  });
}
