/** What is in quarantine, and who may let it go. */
import type { QuarantineView } from '#api/endpoints/network-views.ts';
import { cutView } from '#api/views/sessions.ts';
import type { Viewer } from '#api/views/viewer.ts';
import { defined } from '#api/views/viewer.ts';
import { unheld } from '#plan/network/unheld.ts';
import { isLifted } from '#model/facility.ts';
import type { Quarantine } from '#model/network-state.ts';

export function quarantineView(viewer: Viewer, quarantine: Quarantine): QuarantineView {
  const { id, scope, reason, orderedAt, orderedBy, credentials, releaseAsked } = quarantine;
  const cut = quarantine.cut === undefined ? undefined : viewer.state.cuts.get(quarantine.cut);
  return defined<QuarantineView>({
    id,
    scope,
    name: nameOf(viewer, quarantine),
    reason,
    orderedAt,
    orderedBy: orderedBy === undefined ? undefined : viewer.person(orderedBy),
    cut: cut === undefined ? undefined : cutView(viewer, cut),
    unheld: unheld(viewer.state, quarantine),
    credentialCount: credentials.length,
    releaseAsked: releaseAsked === undefined ? undefined : askedView(viewer, releaseAsked),
    notYou: notYou(viewer, quarantine),
  });
}

function nameOf(viewer: Viewer, { scope }: Quarantine): string | null {
  switch (scope.kind) {
    case 'host':
      return viewer.state.hosts.get(scope.host)?.name ?? scope.host;
    case 'person':
      return viewer.person(scope.person).name;
    case 'project':
      return viewer.project(scope.project).alias;
  }
}

function askedView(viewer: Viewer, { by, at, reason }: NonNullable<Quarantine['releaseAsked']>) {
  return { ...(by === undefined ? {} : { by: viewer.person(by) }), at, reason };
}

function notYou(viewer: Viewer, { releaseAsked }: Quarantine): string | undefined {
  const { caller, state, at } = viewer;
  if (!viewer.may('quarantine.release')) return 'Your roles do not include releasing from quarantine.';
  if (releaseAsked === undefined) return 'Nobody has asked for the release yet.';
  if (releaseAsked.by !== caller.person || isLifted(state, 'facility-of-one', caller.person, at)) return undefined;
  return 'You asked for this release: somebody else carries it out.';
}
