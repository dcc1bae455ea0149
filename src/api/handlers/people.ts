/** People: who they are, what they hold, and the end of it. */
import { viewerAt, Viewer } from '#api/views/viewer.ts';
import { effectView } from '#api/views/effect.ts';
import { engagementsOf, engagementView } from '#api/views/engagements.ts';
import { credentialsOf, credentialView, invitationView, personView, recoveryView } from '#api/views/people.ts';
import { cutView, personOf, seesCut, sessionView } from '#api/views/sessions.ts';
import type { ApiContext } from '#api/context.ts';
import { byOf } from '#api/caller.ts';
import { findCut, findPerson, unknown } from '#api/find.ts';
import type { Call, Handlers } from '#api/handler.ts';
import { act, command, newId } from '#api/handler.ts';
import { searchPage } from '#api/handlers/ledger-search.ts';
import { issueInvitation } from '#api/identity/invitations.ts';
import type { CutId, PersonId } from '#std/ids.ts';
import type { Refused } from '#std/refused.ts';
import { isRefused, ok, refused } from '#std/refused.ts';

export const peopleHandlers = {
  'list-people': async (context, { caller, input }) => {
    const viewer = await viewerAt(context, caller, input.query.at);
    const seen = viewer.state.people.filter(({ id }) =>
      viewer.may('person.see', id === caller.person ? { person: id } : {}),
    );
    return ok({
      people: [...seen.values()].sort((a, b) => b.addedAt - a.addedAt).map((person) => personView(viewer, person)),
    });
  },
  'see-person': async (context, { caller, input }) => {
    const viewer = await viewerAt(context, caller, input.query.at);
    const person = findPerson(viewer.state, input.params.person);
    if (isRefused(person)) return person;
    const { id } = person.value;
    const isMine = id === caller.person;
    const seesCredentials = isMine || viewer.may('credential.see');
    const { state } = viewer;
    const sessions = state.sessions.filter(
      (session) =>
        session.person === id &&
        session.cutOrdered === undefined &&
        (isMine || viewer.may('session.see', at(session.project))),
    );
    return ok({
      person: personView(viewer, person.value),
      engagements: engagementsOf(viewer, id)
        .filter(({ project }) => isMine || viewer.seesProject(project))
        .map((engagement) => engagementView(viewer, engagement)),
      credentials: seesCredentials
        ? credentialsOf(viewer, id).map((credential) => credentialView(viewer, credential))
        : [],
      sessions: [...sessions.values()].map((session) => sessionView(viewer, session)),
      invitations: [...state.invitations.filter((invitation) => invitation.person === id).values()].map((invitation) =>
        invitationView(viewer, invitation),
      ),
      recoveries: [...state.recoveries.filter((recovery) => recovery.person === id).values()].map((recovery) =>
        recoveryView(viewer, recovery),
      ),
      cuts: [...state.cuts.filter((cut) => personOf(cut) === id && seesCut(viewer, cut)).values()]
        .reverse()
        .map((cut) => cutView(viewer, cut)),
    });
  },
  'person-history': (context, { caller, input }) =>
    searchPage(new Viewer(context, caller), {
      person: input.params.person,
      limit: 50,
      ...(input.query.before === undefined ? {} : { before: input.query.before }),
    }),
  'add-person': addPerson,
  'rename-person': (context, { caller, input }) => {
    const { person } = input.params;
    const { name, mail } = input.body;
    const taken = mailTaken(context, mail, person);
    if (taken !== undefined) return taken;
    return act(context, caller, {
      kind: 'rename-person',
      person,
      name: context.keys.seal(person, name),
      ...(mail === undefined ? {} : { mail: context.keys.seal(person, mail) }),
    });
  },
  'preview-roles': (context, { caller, input }) =>
    ok(
      effectView(
        new Viewer(context, caller),
        { kind: 'change-roles', person: input.params.person, roles: input.body.roles },
        byOf(caller),
      ),
    ),
  'change-roles': (context, { caller, input }) =>
    act(context, caller, { kind: 'change-roles', person: input.params.person, roles: input.body.roles }),
  'record-onboarding': (context, { caller, input }) =>
    act(context, caller, { kind: 'record-onboarding', person: input.params.person, ...input.body }),
  'suspend-person': (context, { caller, input }) =>
    act(context, caller, {
      kind: 'suspend-person',
      person: input.params.person,
      because: 'suspension',
      reason: input.body.reason,
      cut: newId(context, 'cut'),
    }),
  'restore-person': (context, { caller, input }) =>
    act(context, caller, { kind: 'restore-person', person: input.params.person, reason: input.body.reason }),
  'unlock-person': (context, { caller, input }) =>
    act(context, caller, { kind: 'unlock-person', person: input.params.person }),
  'end-all-access': async (context, { caller, input }) => {
    const cut = newId(context, 'cut');
    const { reason } = input.body;
    const done = await act(context, caller, {
      kind: 'end-all-access',
      person: input.params.person,
      cut,
      ...(reason === undefined ? {} : { reason }),
    });
    return isRefused(done) ? done : ok({ entries: done.value.entries, cut });
  },
  'erase-person': async (context, { caller, input }) => {
    const { person } = input.params;
    const done = await act(context, caller, {
      kind: 'erase-person',
      person,
      reason: input.body.reason,
      cut: newId(context, 'cut'),
    });
    // The entry is durable; when a crash comes before the key is gone, the next start destroys it (create.ts).
    if (!isRefused(done)) context.keys.destroy(person);
    return done;
  },

  'list-cuts': async (context, { caller, input }) => {
    const viewer = await viewerAt(context, caller, input.query.at);
    const cuts = [...viewer.state.cuts.values()]
      .filter((cut) => seesCut(viewer, cut))
      .sort((a, b) => b.orderedAt - a.orderedAt);
    return ok({ cuts: cuts.slice(0, CUTS_SHOWN_MAX).map((cut) => cutView(viewer, cut)) });
  },
  'see-cut': async (context, { caller, input }) => {
    const before = findCut(context.engine.state(), input.params.cut);
    if (isRefused(before) || !seesCut(new Viewer(context, caller), before.value)) return unknown('cut');
    const { at: then, wait = 0 } = input.query;
    if (then === undefined) await allReceipts(context, input.params.cut, wait);
    const viewer = await viewerAt(context, caller, then);
    const cut = findCut(viewer.state, input.params.cut);
    return isRefused(cut) ? cut : ok({ cut: cutView(viewer, cut.value) });
  },
} satisfies Handlers;

const CUTS_SHOWN_MAX = 100;

function at(project: Parameters<Viewer['project']>[0] | undefined) {
  return project === undefined ? {} : { project };
}

/** Two people of one address: whoever came last would be the one that signs in by it, and the other could not. */
function mailTaken({ mails, engine }: ApiContext, mail: string | undefined, person: PersonId): Refused | undefined {
  const holder = mail === undefined ? undefined : mails.find(engine.state(), mail);
  if (holder === undefined || holder.id === person || holder.standing !== 'active') return undefined;
  return refused('mail-taken', 'Somebody else has this mail address.', 'Use the address of the person themselves.');
}

async function addPerson(context: ApiContext, { caller, input }: Call<'add-person'>) {
  const { name, mail, nature, roles, inviteDays } = input.body;
  const person = newId(context, 'person');
  const taken = mailTaken(context, mail, person);
  if (taken !== undefined) return taken;
  const added = await command(context, caller, {
    kind: 'add-person',
    person,
    nature,
    roles,
    name: context.keys.seal(person, name),
    ...(mail === undefined ? {} : { mail: context.keys.seal(person, mail) }),
  });
  if (isRefused(added)) {
    context.keys.destroy(person); // Nobody has this id, so nothing was sealed for good.
    return added;
  }
  const invited =
    inviteDays === undefined ? undefined : await issueInvitation(context, byOf(caller), person, inviteDays);
  if (invited !== undefined && isRefused(invited)) return invited;
  const viewer = new Viewer(context, caller);
  const found = findPerson(viewer.state, person);
  if (isRefused(found)) return found;
  const view = personView(viewer, found.value);
  return invited === undefined
    ? ok({ person: view })
    : ok({ person: view, invitation: invitationView(viewer, invited.value.invitation), link: invited.value.link });
}

/** Waits until every gate has answered, or for `waitMs`. */
async function allReceipts({ engine, settings, clock }: ApiContext, id: CutId, waitMs: number): Promise<void> {
  const isComplete = () =>
    settings.gates.every(
      (gate) =>
        engine
          .state()
          .cuts.get(id)
          ?.receipts.some((receipt) => receipt.gate === gate) === true,
    );
  if (waitMs === 0 || isComplete()) return;
  await new Promise<void>((done) => {
    const stop = engine.subscribe(() => (isComplete() ? finish() : undefined));
    const cancel = clock.atTime(clock.now() + waitMs, () => finish());
    function finish(): void {
      stop();
      cancel();
      done();
    }
  });
}
