/** First run, invitations and recovery: how people come to have credentials. */
import { byOf } from '#api/caller.ts';
import type { ApiContext } from '#api/context.ts';
import { PORTAL } from '#api/context.ts';
import type { AnswerOf } from '#api/endpoints.ts';
import { findInvitation } from '#api/find.ts';
import type { Call, Handlers, OpenCall, OpenHandlers } from '#api/handler.ts';
import { act, command, newId } from '#api/handler.ts';
import { signIn } from '#api/handlers/sign-in.ts';
import { notSignedIn, refuseAttempt, refuseCheap, tellRefusal, tooManyTries } from '#api/identity/attempts.ts';
import { isFirstRun } from '#api/identity/first-run.ts';
import { addProved, enrolOptions, proveEnrolment } from '#api/identity/enrolment.ts';
import type { Enrolee } from '#api/identity/enrolment.ts';
import {
  factorOf,
  invitationLink,
  issueInvitation,
  openInvitation,
  refusedInvitation,
} from '#api/identity/invitations.ts';
import { hashToken, makeToken } from '#api/identity/token.ts';
import { invitationView, recoveryView } from '#api/views/people.ts';
import { Viewer, viewerAt } from '#api/views/viewer.ts';
import { DAY_MS, FACILITY_ROLE_DAYS_MAX } from '#model/limits.ts';
import { isOpenRecovery } from '#model/open-recovery.ts';
import type { Invitation, State } from '#model/state.ts';
import { isEqual, utf8 } from '#std/bytes.ts';
import type { PersonId } from '#std/ids.ts';
import type { Outcome, Refused } from '#std/refused.ts';
import { isRefused, ok, refused } from '#std/refused.ts';

const RECOVERY_LINK_DAYS = 1;
const FIRST_RUN = 'first-run';
const ALREADY_SET_UP = refused(
  'already-set-up',
  'This facility is set up already.',
  'Sign in, or ask its owner for an invitation.',
);

export const openJoiningHandlers = {
  status: (context) => {
    const { facility } = context.engine.state();
    const { setupCode, demoLinks, secure, version } = context.settings;
    return ok({
      created: facility !== undefined,
      firstRun: isFirstRun(context.engine.state()),
      setupCodeNeeded: setupCode !== undefined,
      demo: demoLinks !== undefined,
      secure,
      version,
      ...(facility === undefined ? {} : { facility: facility.name }),
    });
  },
  'first-run-options': async (context, call) => {
    const no = await firstRunRefusal(context, call);
    if (no !== undefined) return no;
    const state = context.engine.state();
    return ok(await enrolOptions(context, 'first-run', ownerOf(context, state, call.input.body.ownerName)));
  },
  'first-run': firstRun,
  'invitation-look': async (context, call) => {
    const { token } = call.input.body;
    const busy = await tooManyTries(context, call.from, 'invitation');
    if (busy !== undefined) return busy;
    const found = openInvitation(context.engine.state(), token, context.clock.now());
    if (isRefused(found)) return refuseLink(context, call.from, token, found);
    const { id, person, purpose, expiresAt, issuedBy } = found.value;
    const who = inviteeOf(context, found.value);
    return ok({
      person: { id: person, name: who.name },
      facility: context.engine.state().facility?.name ?? '',
      purpose,
      expiresAt,
      options: await enrolOptions(context, 'invitation', { ...who, subject: id }),
      ...(issuedBy === undefined ? {} : { invitedBy: { id: issuedBy, name: nameOf(context, issuedBy) } }),
    });
  },
  'invitation-accept': acceptInvitation,
} satisfies OpenHandlers;

export const joiningHandlers = {
  'example-facility': async (context, { caller }) => {
    if (context.example === undefined)
      return refused('no-example', 'The example facility is not offered here.', 'Create your own first project.');
    if (!context.engine.state().projects.isEmpty())
      return refused('not-empty', 'The example fills an empty facility only.', 'Start with another data directory.');
    const made = await context.example(byOf(caller));
    if (isRefused(made)) return made;
    const viewer = new Viewer(context, caller);
    return ok({
      projects: made.value.projects.map((id) => viewer.project(id)),
      people: made.value.people.map((id) => viewer.person(id)),
    });
  },
  invite: async (context, { caller, input }) => {
    const issued = await issueInvitation(context, byOf(caller), input.params.person, input.body.days);
    if (isRefused(issued)) return issued;
    return ok({
      invitation: invitationView(new Viewer(context, caller), issued.value.invitation),
      link: issued.value.link,
    });
  },
  'withdraw-invitation': (context, { caller, input }) => {
    const found = findInvitation(context.engine.state(), input.params.invitation);
    return isRefused(found) ? found : act(context, caller, { kind: 'withdraw-invitation', invitation: found.value.id });
  },
  'ask-recovery': async (context, { caller, input }) => {
    const recovery = newId(context, 'recovery');
    const asked = await command(context, caller, {
      kind: 'ask-recovery',
      recovery,
      person: input.params.person,
      reason: input.body.reason,
    });
    const made = context.engine.state().recoveries.get(recovery);
    if (isRefused(asked)) return asked;
    return made === undefined
      ? refused('unknown-recovery', 'This recovery is gone.')
      : ok({ recovery: recoveryView(new Viewer(context, caller), made) });
  },
  'list-recoveries': async (context, { caller, input }) => {
    const viewer = await viewerAt(context, caller, input.query.at);
    const open = viewer.state.recoveries.filter((recovery) => isOpenRecovery(recovery, viewer.at));
    return ok({ recoveries: [...open.values()].map((recovery) => recoveryView(viewer, recovery)) });
  },
  'approve-recovery': approveRecovery,
} satisfies Handlers;

async function firstRunRefusal(
  context: ApiContext,
  call: OpenCall<'first-run' | 'first-run-options'>,
): Promise<Refused | undefined> {
  if (!isFirstRun(context.engine.state()))
    return refuseCheap(context, call.from, { with: 'first-run', why: ALREADY_SET_UP.code }, ALREADY_SET_UP);
  const { setupCode } = context.settings;
  const busy = await tooManyTries(context, call.from, 'setup-code');
  if (busy !== undefined || setupCode === undefined) return busy;
  if (isEqual(utf8(hashToken(setupCode)), utf8(hashToken(call.input.body.setupCode ?? '')))) return undefined;
  return refuseAttempt(
    context,
    call.from,
    { with: 'setup-code', why: 'wrong-code' },
    refused(
      'wrong-setup-code',
      'This is not the set-up code.',
      'It stands in the terminal where Picturelock was started.',
    ),
  );
}

/** The owner of a half-made facility, or nobody yet: then the ceremony is bound to first run itself. */
function ownerOf(context: ApiContext, state: State, name: string): Enrolee {
  const person: PersonId = state.people.first()?.id ?? context.firstOwner;
  return { subject: FIRST_RUN, person, name };
}

async function firstRun(context: ApiContext, call: OpenCall<'first-run'>): Promise<Outcome<AnswerOf<'first-run'>>> {
  const no = await firstRunRefusal(context, call);
  if (no !== undefined) return no;
  const { body } = call.input;
  const owner = ownerOf(context, context.engine.state(), body.ownerName);
  const attempt = { person: owner.person, with: 'first-run' } as const;
  const proved = await proveEnrolment(context, 'first-run', owner, body.enrolment);
  if (isRefused(proved)) return tellRefusal(context, call.from, attempt, proved);
  const made =
    context.engine.state().facility === undefined ? await createFacility(context, call, owner.person) : ok(undefined);
  if (isRefused(made)) return tellRefusal(context, call.from, attempt, made);
  const added = await addProved(
    context,
    { person: owner.person, service: PORTAL, from: call.from },
    owner.person,
    proved.value,
  );
  if (isRefused(added)) return tellRefusal(context, call.from, attempt, added);
  return signIn(
    context,
    call,
    owner.person,
    body.enrolment.type === 'passkey' ? 'passkey' : 'password-and-totp',
    added.value[0],
  );
}

async function createFacility(
  context: ApiContext,
  { input, from }: OpenCall<'first-run'>,
  owner: PersonId,
): Promise<Outcome<void>> {
  const { facility, timeZone, ownerName, ownerMail } = input.body;
  const { keys, clock, settings, engine } = context;
  const created = await engine.command(
    {
      kind: 'create-facility',
      name: facility,
      timeZone,
      origin: settings.ledgerOrigin,
      owner,
      ownerName: keys.seal(owner, ownerName),
      ...(ownerMail === undefined ? {} : { ownerMail: keys.seal(owner, ownerMail) }),
      ownerRolesUntil: clock.now() + (FACILITY_ROLE_DAYS_MAX - 1) * DAY_MS,
      exception: newId(context, 'exception'),
    },
    { person: owner, service: PORTAL, from },
  );
  return isRefused(created) ? created : ok(undefined);
}

function nameOf({ engine, keys }: ApiContext, id: PersonId): string | null {
  const person = engine.state().people.get(id);
  return person === undefined || person.standing === 'erased' ? null : (keys.unseal(person.name) ?? null);
}

function inviteeOf(context: ApiContext, { id, person }: Invitation): Enrolee {
  return { subject: id, person, name: nameOf(context, person) ?? 'You' };
}

async function acceptInvitation(
  context: ApiContext,
  call: OpenCall<'invitation-accept'>,
): Promise<Outcome<AnswerOf<'invitation-accept'>>> {
  const { token, enrolment } = call.input.body;
  const busy = await tooManyTries(context, call.from, 'invitation');
  if (busy !== undefined) return busy;
  const found = openInvitation(context.engine.state(), token, context.clock.now());
  if (isRefused(found)) return refuseLink(context, call.from, token, found);
  const { id, person } = found.value;
  const attempt = { person, with: factorOf(found.value) };
  const proved = await proveEnrolment(context, 'invitation', inviteeOf(context, found.value), enrolment);
  if (isRefused(proved)) return tellRefusal(context, call.from, attempt, proved);
  const by = { person, service: PORTAL, from: call.from };
  // Used first: of two who race with one link, one enrols.
  const used = await context.engine.command({ kind: 'use-invitation', invitation: id }, by);
  if (isRefused(used)) return refuseAttempt(context, call.from, { ...attempt, why: used.code }, notSignedIn());
  const added = await addProved(context, by, person, proved.value);
  if (isRefused(added)) return tellRefusal(context, call.from, attempt, added);
  return signIn(context, call, person, enrolment.type === 'passkey' ? 'passkey' : 'password-and-totp', added.value[0]);
}

function refuseLink(context: ApiContext, from: string, token: string, answer: Refused): Promise<Refused> {
  return refuseAttempt(context, from, refusedInvitation(context.engine.state(), token, context.clock.now()), answer);
}

async function approveRecovery(
  context: ApiContext,
  { caller, input }: Call<'approve-recovery'>,
): Promise<Outcome<AnswerOf<'approve-recovery'>>> {
  const { recovery } = input.params;
  const token = makeToken(context.random);
  const invitation = newId(context, 'invitation');
  const approved = await command(context, caller, {
    kind: 'approve-recovery',
    recovery,
    invitation,
    tokenHash: hashToken(token),
    expiresAt: context.clock.now() + RECOVERY_LINK_DAYS * DAY_MS,
    cut: newId(context, 'cut'),
  });
  if (isRefused(approved)) return approved;
  const state = context.engine.state();
  const after = state.recoveries.get(recovery);
  const view = after === undefined ? {} : { recovery: recoveryView(new Viewer(context, caller), after) };
  return ok(state.invitations.has(invitation) ? { ...view, link: invitationLink(context, token) } : view);
}
