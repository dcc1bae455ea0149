/** People, their credentials, invitations and recoveries as others see them. */
import type { CredentialView, InvitationView, PersonView, RecoveryView } from '#api/endpoints/views.ts';
import { engagementsOf } from '#api/views/engagements.ts';
import type { Viewer } from '#api/views/viewer.ts';
import { defined, isLive } from '#api/views/viewer.ts';
import type { Action } from '#model/actions.ts';
import { dormantAt } from '#model/due.ts';
import { RECOVERY_APPROVALS } from '#model/limits.ts';
import type { Credential, Engagement, Invitation, Person, Recovery } from '#model/state.ts';
import type { PersonId } from '#std/ids.ts';

const PERSON_ACTIONS: readonly Action[] = [
  'person.edit',
  'person.assign-roles',
  'person.suspend',
  'person.restore',
  'person.end-access',
  'person.erase',
  'credential.see',
  'credential.revoke',
];

export function personView(viewer: Viewer, person: Person): PersonView {
  const { id, nature, standing, standingSince, locked, failures, addedAt, lastSeenAt, lastSessionAt, onboarding } =
    person;
  const engagements = engagementsOf(viewer, id).filter(({ ended, until }) => ended === undefined && until > viewer.at);
  const roles = person.roles.filter(({ until }) => until > viewer.at);
  const ends = [...engagements, ...roles].map(({ until }) => until);
  return defined<PersonView>({
    id,
    nature,
    standing,
    standingSince,
    locked,
    failures,
    addedAt,
    lastSeenAt,
    lastSessionAt,
    dormancyWarnedAt: person.dormancyWarnedAt,
    dormantAt: dormantAt(viewer.state, person),
    onboarding: { ...onboarding },
    name: viewer.nameOf(id),
    mail: viewer.mailOf(id),
    roles: roles.map(({ role, until }) => ({ role: viewer.role(role), until })),
    projects: projectsOf(viewer, id, engagements),
    sessionCount: viewer.sessionCount(id),
    credentialTypes: [...new Set(liveCredentials(viewer, id).map(({ what }) => what.type))],
    accessEndsAt: ends.length === 0 ? undefined : Math.max(...ends),
    may: maysOn(viewer, id),
  });
}

/** Where she is live now. A producer sees everybody, and of their projects her own: which others work with them is other clients' affair. */
function projectsOf(viewer: Viewer, person: PersonId, engagements: readonly Engagement[]): PersonView['projects'] {
  const live = engagements.filter((engagement) => isLive(engagement, viewer.at)).map(({ project }) => project);
  return [...new Set(live)]
    .filter((project) => person === viewer.caller.person || viewer.seesProject(project))
    .map((project) => viewer.project(project));
}

function maysOn(viewer: Viewer, person: PersonId): string[] {
  // Inviting asks about nobody in particular; the rest is asked about this person, without what everybody may for themselves.
  const invite = viewer.allowed(['person.invite']);
  return [...invite, ...viewer.allowed(PERSON_ACTIONS, person === viewer.caller.person ? {} : { person })];
}

export function credentialsOf(viewer: Viewer, person: PersonId): readonly Credential[] {
  const ids = viewer.state.people.get(person)?.credentials;
  const found =
    ids === undefined
      ? []
      : [...ids].map((id) => viewer.state.credentials.get(id)).filter((credential) => credential !== undefined);
  return found.sort((a, b) => b.addedAt - a.addedAt);
}

export function liveCredentials(viewer: Viewer, person: PersonId): readonly Credential[] {
  return credentialsOf(viewer, person).filter(
    ({ revokedAt, expiresAt }) => revokedAt === undefined && expiresAt > viewer.at,
  );
}

export function credentialView(viewer: Viewer, credential: Credential): CredentialView {
  const { id, person, label, addedAt, expiresAt, revokedAt, lastUsedAt, what } = credential;
  return defined<CredentialView>({
    id,
    label,
    addedAt,
    expiresAt,
    revokedAt,
    lastUsedAt,
    type: what.type,
    person: viewer.person(person),
    fingerprint: what.type === 'ssh-key' ? what.fingerprint : undefined,
    algorithm: what.type === 'ssh-key' ? what.algorithm : undefined,
    backedUp: what.type === 'passkey' ? what.backedUp : undefined,
    engagement: what.type === 'service-token' ? what.engagement : undefined,
  });
}

export function invitationView(viewer: Viewer, invitation: Invitation): InvitationView {
  const { id, person, purpose, state, expiresAt, issuedBy } = invitation;
  return defined<InvitationView>({
    id,
    purpose,
    expiresAt,
    person: viewer.person(person),
    issuedBy: issuedBy === undefined ? undefined : viewer.person(issuedBy),
    state: state === 'open' && expiresAt <= viewer.at ? 'expired' : state,
  });
}

export function recoveryView(viewer: Viewer, recovery: Recovery): RecoveryView {
  const { id, person, askedBy, askedAt, reason, approvals } = recovery;
  return defined<RecoveryView>({
    id,
    askedAt,
    reason,
    person: viewer.person(person),
    askedBy: askedBy === undefined ? undefined : viewer.person(askedBy),
    approvals: approvals.map((approver) => viewer.person(approver)),
    needed: RECOVERY_APPROVALS,
  });
}
