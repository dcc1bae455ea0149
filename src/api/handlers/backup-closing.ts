/** The end of a project. */
import { hash } from 'node:crypto';
import type { ApiContext } from '#api/context.ts';
import type { Caller } from '#api/caller.ts';
import { findProject } from '#api/find.ts';
import type { Handlers } from '#api/handler.ts';
import { act } from '#api/handler.ts';
import { closingView } from '#api/views/backup-closing.ts';
import { viewerAt } from '#api/views/viewer.ts';
import type { Command } from '#model/commands.ts';
import type { ProjectId } from '#std/ids.ts';
import { isRefused, ok, refused } from '#std/refused.ts';

export const backupClosingHandlers = {
  closings: async (context, { caller, input }) => {
    const viewer = await viewerAt(context, caller, input.query.at);
    const over = [...viewer.state.projects.values()].filter(
      ({ id, standing }) =>
        standing === 'wrapped' && viewer.state.backups.policies.some(({ project }) => project === id),
    );
    return ok({
      closings: over
        .toSorted((a, b) => b.standingSince - a.standingSince)
        .map((project) => closingView(viewer, project)),
    });
  },
  'record-delivery': (context, { caller, input }) =>
    closing(context, caller, input.params.project, (project) => ({ kind: 'record-delivery', project, ...input.body })),
  'archive-project': (context, { caller, input }) =>
    closing(context, caller, input.params.project, (project) => ({ kind: 'archive-project', project })),
  'prove-archive': (context, { caller, input }) =>
    closing(context, caller, input.params.project, (project) => ({ kind: 'prove-archive', project })),
  'ask-key-destruction': (context, { caller, input }) =>
    closing(context, caller, input.params.project, (project) => ({
      kind: 'ask-key-destruction',
      project,
      ...input.body,
    })),
  'approve-key-destruction': (context, { caller, input }) =>
    closing(context, caller, input.params.project, (project) => ({ kind: 'approve-key-destruction', project })),
  'decline-key-destruction': (context, { caller, input }) =>
    closing(context, caller, input.params.project, (project) => ({
      kind: 'decline-key-destruction',
      project,
      ...input.body,
    })),
  'closing-certificate': ({ engine, backups: desk }, { input }) => {
    const project = findProject(engine.state(), input.params.project);
    if (isRefused(project)) return project;
    if (desk === undefined)
      return refused('no-backup-service', 'No backup service runs beside this portal.', 'Start the backup role.');
    const text = desk.certificate(project.value.id);
    if (isRefused(text)) return text;
    const sha256 = hash('sha256', text.value, 'hex');
    const known = engine.state().backups.closings.get(project.value.id)?.destroyed?.certificateSha256;
    return ok({ text: text.value, sha256, recorded: known === sha256 });
  },
} satisfies Handlers;

function closing(context: ApiContext, caller: Caller, name: string, command: (project: ProjectId) => Command) {
  const project = findProject(context.engine.state(), name);
  return isRefused(project) ? project : act(context, caller, command(project.value.id));
}
