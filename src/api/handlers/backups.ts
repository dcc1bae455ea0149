/** Policies and what comes of them; holds, planned changes, alarms. */
import type { ApiContext } from '#api/context.ts';
import { byOf } from '#api/caller.ts';
import type { RequestTo } from '#api/endpoints.ts';
import { LIST_ITEMS_MAX } from '#api/endpoints/parts.ts';
import { findProject, unknown } from '#api/find.ts';
import type { Handlers } from '#api/handler.ts';
import { act, newId } from '#api/handler.ts';
import { promiseView } from '#api/views/backup-promise.ts';
import { backupsView, backupView, newestFirst } from '#api/views/backups.ts';
import { Viewer, viewerAt } from '#api/views/viewer.ts';
import { livePolicy } from '#model/backup-facts.ts';
import type { CommandOf } from '#model/commands.ts';
import { isRefused, ok } from '#std/refused.ts';
import type { Outcome } from '#std/refused.ts';

/** A planned change begins so much later than it is asked for at the least. */
const SOON_MS = 2000;

export const backupHandlers = {
  backups: async (context, { caller, input }) => {
    const viewer = await viewerAt(context, caller, input.query.at);
    return ok(backupsView(viewer, input.query.at === undefined ? (context.backups?.progress() ?? []) : []));
  },
  'project-backups': async (context, { caller, input }) => {
    const viewer = await viewerAt(context, caller, input.query.at);
    const project = findProject(viewer.state, input.params.project);
    if (isRefused(project)) return project;
    const { id } = project.value;
    const own = [...viewer.state.backups.taken.values()].filter((backup) => backup.project === id);
    const shown = newestFirst(own, ({ begunAt }) => begunAt).slice(0, LIST_ITEMS_MAX);
    return ok({
      project: viewer.project(id),
      backups: shown.map((backup) => backupView(viewer, backup)),
      more: own.length - shown.length,
    });
  },
  'run-backup': async (context, { caller, input }) => {
    const policy = livePolicy(context.engine.state(), input.params.policy);
    const vault = input.body.vault ?? policy?.vaults[0];
    if (policy === undefined || vault === undefined) return unknown('policy');
    const backup = newId(context, 'backup');
    const begun = await act(context, caller, {
      kind: 'begin-backup',
      backup,
      policy: policy.id,
      vault,
      because: 'asked',
    });
    return isRefused(begun) ? begun : ok({ ...begun.value, backup });
  },
  'set-backup-policy': async (context, { caller, input }) => {
    const command = policyCommand(context, input);
    if (isRefused(command)) return command;
    const { policy } = command.value;
    const set = await act(context, caller, command.value);
    return isRefused(set) ? set : ok({ ...set.value, policy });
  },
  'preview-backup-policy': (context, { caller, input }) => {
    const command = policyCommand(context, input);
    return isRefused(command) ? command : ok(promiseView(new Viewer(context, caller), command.value, byOf(caller)));
  },
  'end-backup-policy': (context, { caller, input }) =>
    act(context, caller, { kind: 'end-policy', policy: input.params.policy, ...input.body }),
  'place-hold': async (context, { caller, input }) => {
    const project = findProject(context.engine.state(), input.params.project);
    if (isRefused(project)) return project;
    const hold = newId(context, 'hold');
    const placed = await act(context, caller, { kind: 'place-hold', hold, project: project.value.id, ...input.body });
    return isRefused(placed) ? placed : ok({ ...placed.value, hold });
  },
  'lift-hold': (context, { caller, input }) =>
    act(context, caller, { kind: 'lift-hold', hold: input.params.hold, ...input.body }),
  'plan-change': async (context, { caller, input }) => {
    const project = findProject(context.engine.state(), input.params.project);
    if (isRefused(project)) return project;
    const change = newId(context, 'change');
    const planned = await act(context, caller, {
      kind: 'plan-change',
      change,
      project: project.value.id,
      ...input.body,
      // "From now" of a form is a little ago by the time that the engine decides.
      from: Math.max(input.body.from, context.clock.now() + SOON_MS),
    });
    return isRefused(planned) ? planned : ok({ ...planned.value, change });
  },
  'settle-alarm': (context, { caller, input }) =>
    act(context, caller, { kind: 'settle-alarm', alarm: input.params.alarm, ...input.body }),
} satisfies Handlers;

function policyCommand(
  context: ApiContext,
  { params, body }: Pick<RequestTo<'set-backup-policy'>, 'params' | 'body'>,
): Outcome<CommandOf<'set-policy'>> {
  const project = findProject(context.engine.state(), params.project);
  if (isRefused(project)) return project;
  return ok({
    ...body,
    kind: 'set-policy',
    policy: body.policy ?? newId(context, 'policy'),
    project: project.value.id,
  });
}
