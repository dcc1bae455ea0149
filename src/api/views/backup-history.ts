/** What is told of files over many snapshots: their versions, who touched them, where each one of a restore came from. */
import type { PathVersionView, ReportLineView, SnapshotRef, TouchedView } from '#api/endpoints/backup-views.ts';
import { LIST_ITEMS_MAX } from '#api/endpoints/parts.ts';
import { defined } from '#api/views/viewer.ts';
import type { Backup, Restore } from '#model/backup-state.ts';
import type { State } from '#model/state.ts';
import { chooseSnapshot, takenAt } from '#plan/backup/choose-snapshot.ts';
import type { Touched } from '#plan/backup/touched.ts';
import type { PathVersion, RestoreReportLine } from '#ports/backups.ts';
import type { ProjectId } from '#std/ids.ts';

export function refOf(backup: Backup): SnapshotRef {
  const { id, taken, suspect } = backup;
  return { backup: id, snapshot: taken?.snapshot ?? '', showsAt: takenAt(backup), suspect };
}

function refs({ backups }: State): (snapshot: string) => SnapshotRef | undefined {
  const known = new Map([...backups.taken.values()].map((backup) => [backup.taken?.snapshot ?? '', backup]));
  return (snapshot) => {
    const backup = known.get(snapshot);
    return backup === undefined ? undefined : refOf(backup);
  };
}

/** Of each path the newest first, by what the snapshots show. */
export function versionViews(state: State, versions: readonly PathVersion[]): PathVersionView[] {
  const refTo = refs(state);
  return versions
    .flatMap(({ first, last, name, path, kind, sizeBytes, modifiedAt }) => {
      const [from, to] = [refTo(first), refTo(last)];
      const entry = { name, path, kind, sizeBytes, modifiedAt };
      return from === undefined || to === undefined ? [] : [{ ...entry, first: from, last: to }];
    })
    .toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : b.last.showsAt - a.last.showsAt));
}

export function touchedFiles(state: State, project: ProjectId, touched: readonly Touched[]) {
  const files = touched.map((one): TouchedView => {
    const before = chooseSnapshot(state, { project, at: one.firstAt - 1 });
    return { ...one, ...(before === undefined ? {} : { before: refOf(before) }) };
  });
  const shown = files.slice(0, LIST_ITEMS_MAX);
  const leftOut = files.filter(({ before }) => before === undefined).length;
  return { files: shown, more: files.length - shown.length, leftOut };
}

export function reportPage(
  state: State,
  { finished }: Restore,
  from: number,
  { lines, of }: { readonly lines: readonly RestoreReportLine[]; readonly of: number },
) {
  const refTo = refs(state);
  const shown = lines.map((line) =>
    'leftOut' in line
      ? { path: line.path, leftOut: line.leftOut }
      : defined<ReportLineView>({ path: line.path, from: refTo(line.snapshot), leftOut: undefined }),
  );
  const next = from + lines.length;
  return {
    lines: shown,
    of,
    ...(next < of ? { next } : {}),
    ...(finished?.reportSha256 === undefined ? {} : { sha256: finished.reportSha256 }),
  };
}
