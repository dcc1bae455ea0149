/** The end of a project as people see it: what was done, and what keeps each next step from being taken by this viewer. */
import { byOf } from '#api/caller.ts';
import type { ClosingView } from '#api/endpoints/backup-closing.ts';
import type { Viewer } from '#api/views/viewer.ts';
import { defined } from '#api/views/viewer.ts';
import type { Action } from '#model/actions.ts';
import { closingOf, proofOf } from '#model/closing.ts';
import type { Command } from '#model/commands.ts';
import { decide } from '#model/decide.ts';
import type { Project } from '#model/state.ts';
import type { PersonId } from '#std/ids.ts';
import { isRefused } from '#std/refused.ts';

export function closingView(viewer: Viewer, { id: project, standing }: Project): ClosingView {
  const { delivered, archived, proved, asked, approved, destroyed } = closingOf(viewer.state, project);
  const drill = archived === undefined ? undefined : proofOf(viewer.state, project, archived.manifestSha256);
  const who = (by: PersonId | undefined) => (by === undefined ? {} : { by: viewer.person(by) });
  const { to = '', what = '' } = delivered ?? {};
  return defined<ClosingView>({
    project: viewer.project(project),
    standing,
    delivered: delivered && { at: delivered.at, ...who(delivered.by), to, what },
    archived: archived && {
      at: archived.at,
      snapshot: archived.snapshot,
      files: archived.files,
      bytes: archived.bytes,
    },
    proved: proved && {
      at: proved.at,
      reportSha256: proved.reportSha256,
      ...(drill === undefined ? {} : { drill: drill.id }),
    },
    asked: asked && { at: asked.at, ...who(asked.by), reason: asked.reason },
    aloneUntil: asked?.by === undefined || approved !== undefined ? undefined : aloneUntil(viewer, asked.by),
    approved: approved && { at: approved.at, ...who(approved.by), notBefore: approved.notBefore },
    destroyed: destroyed && {
      at: destroyed.at,
      objects: destroyed.objects,
      ...(destroyed.certificateSha256 === undefined ? {} : { certificateSha256: destroyed.certificateSha256 }),
    },
    unless: defined<ClosingView['unless']>({
      deliver: whyNot(viewer, 'backup.configure', { kind: 'record-delivery', project, to: 'x', what: 'x' }),
      archive: whyNot(viewer, 'backup.configure', { kind: 'archive-project', project }),
      prove: whyNot(viewer, 'backup.configure', { kind: 'prove-archive', project }),
      ask: whyNot(viewer, 'prune.ask', { kind: 'ask-key-destruction', project, reason: 'x' }),
      approve: whyNot(viewer, 'prune.approve', { kind: 'approve-key-destruction', project }),
      decline: whyNot(viewer, 'prune.approve', { kind: 'decline-key-destruction', project, reason: 'x' }),
    }),
  });
}

/** When the exception ends by which the viewer decides alone what she asked for herself. */
function aloneUntil({ state, at, caller }: Viewer, askedBy: PersonId): number | undefined {
  if (byOf(caller).person !== askedBy) return undefined;
  const lifted = [...state.exceptions.values()].filter(
    ({ rule, person, until }) =>
      rule === 'facility-of-one' && (person === undefined || person === askedBy) && until > at,
  );
  return lifted.length === 0 ? undefined : Math.max(...lifted.map(({ until }) => until));
}

/** What the rules themselves would answer, without doing it. */
function whyNot(viewer: Viewer, action: Action, command: Command): string | undefined {
  if (!viewer.may(action)) return 'Your roles do not include this.';
  const outcome = decide(viewer.state, command, { by: byOf(viewer.caller), at: viewer.at });
  return isRefused(outcome) ? `${outcome.message} ${outcome.ask ?? ''}`.trim() : undefined;
}
