/** What is in a snapshot, restores, drills, the runbook. */
import type { ApiContext } from '#api/context.ts';
import { SNAPSHOT_DIFF_MAX, SNAPSHOT_FOUND_MAX } from '#api/endpoints/backup-proof.ts';
import type { SnapshotEntryView } from '#api/endpoints/backup-views.ts';
import { LIST_ITEMS_MAX } from '#api/endpoints/parts.ts';
import { findPerson, findProject, unknown } from '#api/find.ts';
import type { Handlers } from '#api/handler.ts';
import { act, newId } from '#api/handler.ts';
import { drillView, restoreView } from '#api/views/backup-records.ts';
import { refOf, reportPage, touchedFiles, versionViews } from '#api/views/backup-history.ts';
import { newestFirst, progressView } from '#api/views/backups.ts';
import { Viewer, viewerAt } from '#api/views/viewer.ts';
import { livePolicy } from '#model/backup-facts.ts';
import { snapshotBefore } from '#plan/backup/choose-snapshot.ts';
import type { FoundEntry, HistoryWish } from '#ports/backups.ts';
import type { Outcome, Refused } from '#std/refused.ts';
import { isRefused, ok, refused } from '#std/refused.ts';

const RESTORES_SHOWN_MAX = 200;

export const backupProofHandlers = {
  'list-snapshot': async (context, { input }) => {
    const { backups: desk } = context;
    if (desk === undefined) return notServed();
    const path = plainPath(input.query.path ?? '');
    if (isRefused(path)) return path;
    const listed = await desk.list(input.params.backup, path.value);
    if (isRefused(listed)) return listed;
    const base = path.value === '' ? '' : `${path.value}/`;
    const shown = listed.value.slice(0, LIST_ITEMS_MAX);
    return ok({
      entries: shown.map((entry) => entryView({ ...entry, path: `${base}${entry.name}` })),
      more: listed.value.length - shown.length,
    });
  },
  'find-in-snapshot': async ({ backups: desk }, { input }) => {
    if (desk === undefined) return notServed();
    const found = await desk.find(input.params.backup, input.query.text, SNAPSHOT_FOUND_MAX);
    if (isRefused(found)) return found;
    return ok({ entries: found.value.map(entryView), limited: found.value.length >= SNAPSHOT_FOUND_MAX });
  },
  'diff-snapshots': async ({ backups: desk, engine }, { input }) => {
    if (desk === undefined) return notServed();
    const path = plainPath(input.query.path ?? '');
    if (isRefused(path)) return path;
    const state = engine.state();
    const to = state.backups.taken.get(input.params.backup);
    if (to === undefined) return unknown('backup');
    const from = input.query.from === undefined ? snapshotBefore(state, to) : state.backups.taken.get(input.query.from);
    if (from === undefined)
      return refused('no-snapshot-before', 'There is none before it to compare it with.', 'Name another snapshot.');
    const found = await desk.diff({ from: from.id, to: to.id, path: path.value }, SNAPSHOT_DIFF_MAX);
    if (isRefused(found)) return found;
    return ok({ from: refOf(from), ...found.value, entries: [...found.value.entries] });
  },
  'find-in-backups': (context, { input }) => versionsOf(context, input.params.project, input.query),
  'file-versions': (context, { input }) => {
    const path = plainPath(input.query.path);
    return isRefused(path) ? path : versionsOf(context, input.params.project, { path: path.value });
  },
  'touched-files': async ({ backups: desk, engine }, { input }) => {
    if (desk === undefined) return notServed();
    const project = findProject(engine.state(), input.params.project);
    if (isRefused(project)) return project;
    const person = findPerson(engine.state(), input.query.by);
    if (isRefused(person)) return person;
    const touched = await desk.touched(project.value.id, input.query.by, input.query.since);
    return ok(touchedFiles(engine.state(), project.value.id, touched));
  },
  'restore-report': async ({ backups: desk, engine }, { input }) => {
    if (desk === undefined) return notServed();
    const restore = engine.state().backups.restores.get(input.params.restore);
    if (restore === undefined) return unknown('restore');
    const { from = 0 } = input.query;
    const read = await desk.restoreReport(restore.id, from, LIST_ITEMS_MAX);
    return isRefused(read) ? read : ok(reportPage(engine.state(), restore, from, read.value));
  },
  'begin-restore': async (context, { caller, input }) => {
    const { backup, ...wish } = input.body;
    const snapshot = context.engine.state().backups.taken.get(backup)?.taken?.snapshot;
    if (snapshot === undefined) return unknown('backup');
    const path = plainPath(wish.path);
    if (isRefused(path)) return path;
    const restore = newId(context, 'restore');
    const command = { kind: 'begin-restore' as const, restore, backup, snapshot, ...wish, path: path.value };
    const begun = await act(context, caller, command);
    return isRefused(begun) ? begun : ok({ ...begun.value, restore });
  },
  'list-restores': async (context, { caller, input }) => {
    const viewer = await viewerAt(context, caller, input.query.at);
    const restores = newestFirst([...viewer.state.backups.restores.values()], ({ begunAt }) => begunAt);
    const running = input.query.at === undefined ? (context.backups?.progress() ?? []) : [];
    return ok({
      restores: restores.slice(0, RESTORES_SHOWN_MAX).map((one) => restoreView(viewer, one)),
      running: running.filter(({ work }) => work === 'restore').map((one) => progressView(viewer, one)),
    });
  },
  'list-drills': async (context, { caller, input }) => {
    const viewer = await viewerAt(context, caller, input.query.at);
    const drills = newestFirst([...viewer.state.backups.drills.values()], ({ begunAt }) => begunAt);
    const shown = drills.slice(0, LIST_ITEMS_MAX);
    return ok({ drills: shown.map((one) => drillView(viewer, one)), more: drills.length - shown.length });
  },
  'see-drill': (context, { caller, input }) => {
    const viewer = new Viewer(context, caller);
    const drill = viewer.state.backups.drills.get(input.params.drill);
    return drill === undefined ? unknown('drill') : ok({ drill: drillView(viewer, drill) });
  },
  'begin-drill': async (context, { caller, input }) => {
    const policy = livePolicy(context.engine.state(), input.params.policy);
    const vault = input.body.vault ?? policy?.vaults[0];
    if (policy === undefined || vault === undefined) return unknown('policy');
    const drill = newId(context, 'drill');
    const begun = await act(context, caller, {
      kind: 'begin-drill',
      drill,
      policy: policy.id,
      vault,
      because: 'asked',
    });
    return isRefused(begun) ? begun : ok({ ...begun.value, drill });
  },
  runbook: async (context, { input }) => {
    const { backups: desk, engine } = context;
    if (desk === undefined) return notServed();
    const state = engine.state();
    const project = input.query.project === undefined ? undefined : findProject(state, input.query.project);
    if (project !== undefined && isRefused(project)) return project;
    const { sha256, text, steps, neverProven } = await desk.runbook(project?.value.id);
    return ok({ sha256, text, steps, neverProven, recorded: state.backups.runbook?.sha256 === sha256 });
  },
} satisfies Handlers;

async function versionsOf({ backups: desk, engine }: ApiContext, name: string, of: HistoryWish) {
  if (desk === undefined) return notServed();
  const project = findProject(engine.state(), name);
  if (isRefused(project)) return project;
  const found = await desk.history(project.value.id, of, SNAPSHOT_FOUND_MAX);
  if (isRefused(found)) return found;
  const { versions, limited } = found.value;
  return ok({ versions: versionViews(engine.state(), versions), limited });
}

function entryView({ name, path, kind, sizeBytes, modifiedAt }: FoundEntry): SnapshotEntryView {
  return { name, path, kind, sizeBytes, modifiedAt };
}

function notServed(): Refused {
  return refused(
    'no-backup-service',
    'No backup service runs beside this portal.',
    'Start the backup role; the runbook says how to restore without it.',
  );
}

/** Beneath the workspace, without a way out of it. */
function plainPath(path: string): Outcome<string> {
  const parts = path.split('/').filter((part) => part !== '');
  const isPlain = parts.every((part) => part !== '.' && part !== '..' && !part.includes('\0'));
  return isPlain ? ok(parts.join('/')) : refused('bad-path', 'This is no path beneath the workspace.');
}
