/** `backup`, the part that looks into the past and brings it back: by path, by time, by person, clean of what an attack touched. */
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import type { Console } from '../console.ts';
import { Failure, usage } from '../failure.ts';
import { parseInstant } from '../instant.ts';
import { EXIT, instant, table } from '../output.ts';
import { deskParts, newId, waitUntil } from './backup-work.ts';
import { createBackupDesk } from '#host/backup/backup-desk.ts';
import { restoreReportFile } from '#host/backup/run-restore.ts';
import type { DataOf } from '#model/events.ts';
import type { Backup } from '#model/backup-state.ts';
import type { State } from '#model/state.ts';
import { chooseSnapshot, snapshotBefore, takenAt } from '#plan/backup/choose-snapshot.ts';
import type { BackupDesk, DiffEntry, HistoryWish } from '#ports/backups.ts';
import type { Outcome } from '#std/refused.ts';
import { isRefused } from '#std/refused.ts';

const FOUND_MAX = 1000;
const DIFF_SHOWN_MAX = 5000;
const SHORT = 12;

export function addRestoreCommands(backup: Command, cli: Cli): void {
  addRestore(backup, cli);
  backup
    .command('show <project> [path]')
    .description('what a folder held')
    .option('--before <instant>', 'as it was then')
    .action((alias: string, path: string | undefined, given: { before?: string }) =>
      cli.with((console) => show(console, deskOf(console, cli), alias, path ?? '', given.before)),
    );
  backup
    .command('diff <project> [path]')
    .description('what came, went, moved or became different between two snapshots; 1 when anything did')
    .option('--from <instant>', 'as it was then; the snapshot before the other one by default')
    .option('--to <instant>', 'as it was then; the newest snapshot by default')
    .action((alias: string, path: string | undefined, given: DiffGiven) =>
      cli.with((console) => showDiff(console, cli, alias, { path: plain(path ?? ''), given })),
    );
  backup
    .command('find <project> <text>')
    .description('files and folders whose path has this text in it, over all snapshots: every version')
    .action((alias: string, text: string) =>
      cli.with((console) => showVersions(console, deskOf(console, cli), alias, { text })),
    );
  backup
    .command('versions <project> <path>')
    .description('every version of one file, newest first')
    .action((alias: string, path: string) =>
      cli.with((console) => showVersions(console, deskOf(console, cli), alias, { path: plain(path) })),
    );
  backup
    .command('touched <project> <person>')
    .description('what somebody wrote, moved or binned, and which snapshot shows each file as it was before')
    .requiredOption('--since <instant>')
    .action((alias: string, person: string, given: { since: string }) =>
      cli.with((console) => showTouched(console, deskOf(console, cli), alias, person, given.since)),
    );
}

interface RestoreGiven {
  readonly reason: string;
  readonly before?: string;
  readonly clean?: boolean;
  readonly inPlace?: boolean;
  readonly touchedBy?: string;
  readonly since?: string;
}

function addRestore(backup: Command, cli: Cli): void {
  backup
    .command('restore <project> <path>')
    .description('bring a file or folder back; "/" for the whole project')
    .requiredOption('--reason <text>')
    .option('--before <instant>', 'as it was then; the newest snapshot by default')
    .option('--clean', 'each file as it last was before an alarm touched it, out of several snapshots')
    .option('--touched-by <person>', 'only what this person touched, each file as it was before; with --since')
    .option('--since <instant>', 'since when')
    .option('--in-place', 'where it was, with what is there kept under another name')
    .action((alias: string, path: string, given: RestoreGiven) =>
      cli.with((console) => restoreNow(console, cli, alias, path, given)),
    );
}

async function restoreNow(console: Console, cli: Cli, alias: string, path: string, given: RestoreGiven): Promise<void> {
  const { before, clean = false, inPlace = false, reason } = given;
  const touched = touchedOf(console, given);
  if (touched !== undefined && clean)
    throw usage('Choose --clean or --touched-by.', 'picturelock backup restore --help');
  const backup = snapshotMeant(console, alias, before);
  const restore = newId('restore');
  await console.change({
    kind: 'begin-restore',
    restore,
    backup: backup.id,
    snapshot: backup.taken?.snapshot ?? '',
    path: plain(path),
    mode: inPlace ? 'in-place' : 'aside',
    newestClean: clean,
    reason,
    ...(touched === undefined ? {} : { touched }),
    ...(before === undefined ? {} : { at: parseInstant(before) }),
  });
  const done = await waitUntil(console, ({ backups }) => backups.restores.get(restore)?.finished);
  if (done.failed > 0) cli.leave(EXIT.no);
  const report = done.sources === undefined ? undefined : restoreReportFile(cli.data(), restore);
  const shown = { restore, snapshot: backup.taken?.snapshot, takenAt: takenAt(backup), ...done, report };
  console.output.show(shown, () => restoredLines(console.state(), backup, done, report));
}

function restoredLines(state: State, backup: Backup, done: DataOf<'restore.finished'>, report: string | undefined) {
  const { files, failed, failures = [], to, sources, leftOut = 0 } = done;
  const from = sources === undefined ? `as of ${instant(takenAt(backup))}` : `from ${sources.length} snapshots`;
  return [
    `${files} files ${from} in ${to}${failed === 0 ? '' : `; ${failed} FAILED`}`,
    ...failures.map(({ path, why }) => `  FAILED ${path}: ${why}`),
    ...(failed > failures.length ? [`  and ${failed - failures.length} more`] : []),
    ...(sources ?? []).map((one) => `  ${one.files} from ${shownAs(state, one.snapshot)}`),
    ...(leftOut === 0 ? [] : [`${leftOut} left out: no clean version, or no snapshot that is old enough`]),
    ...(report === undefined ? [] : [`which came from where: ${report}`]),
  ];
}

function touchedOf(console: Console, { touchedBy, since }: RestoreGiven) {
  if (touchedBy === undefined && since === undefined) return undefined;
  if (touchedBy === undefined || since === undefined)
    throw usage('--touched-by and --since go together.', 'picturelock backup restore --help');
  return { by: console.person(touchedBy).id, since: parseInstant(since) };
}

function snapshotMeant(console: Console, alias: string, before: string | undefined): Backup {
  const project = console.project(alias).id;
  const at = before === undefined ? {} : { at: parseInstant(before) };
  const found = chooseSnapshot(console.state(), { project, ...at });
  if (found === undefined)
    throw new Failure('no-snapshot', `There is no snapshot of ${alias} from before that.`, {
      next: 'picturelock backup list',
    });
  return found;
}

async function show(
  console: Console,
  desk: BackupDesk,
  alias: string,
  path: string,
  before: string | undefined,
): Promise<void> {
  const found = snapshotMeant(console, alias, before);
  const entries = sure(await desk.list(found.id, plain(path)));
  console.output.show({ takenAt: takenAt(found), entries }, () => [
    `as of ${instant(takenAt(found))}`,
    ...table(
      ['name', 'kind', 'bytes'],
      entries.map((one) => [one.name, one.kind, String(one.sizeBytes)]),
    ),
  ]);
}

interface DiffGiven {
  readonly from?: string;
  readonly to?: string;
}

const MARKS = { added: '+', removed: '-', changed: 'M', moved: '>' } as const;

async function showDiff(
  console: Console,
  cli: Cli,
  alias: string,
  { path, given }: { readonly path: string; readonly given: DiffGiven },
): Promise<void> {
  const to = snapshotMeant(console, alias, given.to);
  const from =
    given.from === undefined ? snapshotBefore(console.state(), to) : snapshotMeant(console, alias, given.from);
  if (from === undefined)
    throw new Failure('no-snapshot-before', 'There is none before it to compare it with.', {
      next: 'picturelock backup list',
    });
  const { entries, totals, limited } = sure(
    await deskOf(console, cli).diff({ from: from.id, to: to.id, path }, DIFF_SHOWN_MAX),
  );
  if (entries.length > 0) cli.leave(EXIT.no);
  console.output.show({ from: takenAt(from), to: takenAt(to), entries, totals, limited }, () => [
    `from ${instant(takenAt(from))} to ${instant(takenAt(to))}`,
    ...entries.map((one) => `${MARKS[one.change]} ${diffText(one)}`),
    ...(limited ? ['There are more: name a folder.'] : []),
    Object.entries(totals)
      .map(([change, { files, bytes }]) => `${files} ${change} (${bytes} bytes)`)
      .join(', '),
  ]);
}

function diffText({ path, kind, sizeBytes, wasBytes, movedFrom }: DiffEntry): string {
  const name = kind === 'folder' ? `${path}/` : path;
  if (movedFrom !== undefined) return `${movedFrom} -> ${name}`;
  if (kind !== 'file') return name;
  return `${name} ${wasBytes === undefined || wasBytes === sizeBytes ? sizeBytes : `${wasBytes} -> ${sizeBytes}`}`;
}

async function showVersions(console: Console, desk: BackupDesk, alias: string, of: HistoryWish): Promise<void> {
  const { versions, limited } = sure(await desk.history(console.project(alias).id, of, FOUND_MAX));
  if (versions.length === 0)
    throw new Failure('not-found', `No snapshot of ${alias} has that.`, { next: `picturelock backup show ${alias}` });
  const state = console.state();
  console.output.show({ versions, limited }, () => [
    ...table(
      ['bytes', 'first seen', 'last seen', 'path'],
      versions.map((one) => [
        one.kind === 'file' ? String(one.sizeBytes) : one.kind,
        shownAs(state, one.first),
        shownAs(state, one.last),
        one.path,
      ]),
    ),
    ...(limited ? ['There are more: give more of the name.'] : []),
  ]);
}

async function showTouched(
  console: Console,
  desk: BackupDesk,
  alias: string,
  person: string,
  since: string,
): Promise<void> {
  const project = console.project(alias).id;
  const touched = await desk.touched(project, console.person(person).id, parseInstant(since));
  const rows = touched.map((one) => {
    const before = chooseSnapshot(console.state(), { project, at: one.firstAt - 1 });
    return { ...one, before: before?.taken?.snapshot };
  });
  console.output.show(rows, () =>
    table(
      ['first', 'act', 'as before in', 'path'],
      rows.map(({ firstAt, act, before, path }) => [
        instant(firstAt),
        act,
        before === undefined ? 'no snapshot' : shownAs(console.state(), before),
        path,
      ]),
    ),
  );
}

/** `2026-03-14T09:00:00Z (3f2a…)`, with a mark when an alarm is about it. */
function shownAs({ backups }: State, snapshot: string): string {
  const backup = backups.taken.find(({ taken }) => taken?.snapshot === snapshot);
  const short = snapshot.slice(0, SHORT);
  return backup === undefined ? short : `${instant(takenAt(backup))} (${short}${backup.suspect ? ', SUSPECT' : ''})`;
}

function deskOf(console: Console, cli: Cli): BackupDesk {
  return createBackupDesk(deskParts(console, cli));
}

function sure<T>(outcome: Outcome<T>): T {
  if (isRefused(outcome)) throw outcome;
  return outcome.value;
}

function plain(path: string): string {
  return path.replace(/^\/+|\/+$/g, '');
}
