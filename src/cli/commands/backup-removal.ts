/** `backup removal-list`: which objects may go with snapshots that have had their time, as a list for `vault mark`. Removes nothing. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import type { Console } from '../console.ts';
import { Failure, usage } from '../failure.ts';
import { ofPlace } from './backup-mend.ts';
import type { PlaceGiven } from './backup-mend.ts';
import { removable } from '#api/views/backup-removable.ts';
import type { RemovalPlanned } from '#host/backup/repair-jobs.ts';
import { runJob } from '#host/backup/run-job.ts';
import { isHeld } from '#model/backup-facts.ts';
import { REMOVAL_SNAPSHOTS_MAX } from '#model/removal-list.ts';
import type { Vault } from '#model/backup-state.ts';
import type { Project } from '#model/state.ts';
import type { ProjectId } from '#std/ids.ts';
import type { StorePlace } from '#vault/store/open-store.ts';

interface Given extends PlaceGiven {
  readonly snapshot?: readonly string[];
  readonly expired?: boolean;
  readonly keysOf?: string;
  readonly rewrite?: boolean;
  readonly client?: string;
  readonly out: string;
}

const HELP = 'picturelock backup removal-list --help';

export function addRemovalListCommand(backup: Command, cli: Cli): void {
  backup
    .command('removal-list [project]')
    .description('compute what may go with snapshots, by what all others need; a list for vault mark')
    .option('--expired', 'the snapshots of the project that have had their time in this vault')
    .option('--snapshot <ids...>', 'these snapshots')
    .option(
      '--keys-of <project>',
      'of facility: every copy that still holds a destroyed key of this project; with --rewrite',
    )
    .option('--rewrite', 'leave nothing of what goes: what stays of a pack is packed anew first, and the pack goes')
    .option('--vault <name>', 'the copy in this vault; the first one of the project’s policy by default')
    .option('--repository <address>', 'without a facility: a folder, rest:https://… or s3:https://…')
    .option('--password-file <file>')
    .option('--credential-file <file>', 'user:password of a vault')
    .option('--ca-file <file>', 'the authority that the vault’s certificate is of')
    .option('--client <name>', 'whose repository it is at the vault, where its address does not tell')
    .requiredOption('--out <file>', 'where to write the list')
    .action((alias: string | undefined, given: Given) =>
      ofPlace(cli, alias, given, HELP, async (here) => {
        const snapshots =
          given.keysOf === undefined
            ? named(given, here.console, here.project, here.vault)
            : { holdKeysOf: keysOf(given, alias, here.console) };
        const rewrite = given.rewrite === true || given.keysOf !== undefined;
        const list = { file: resolve(given.out), client: given.client ?? clientOf(here.repository.place) };
        const planned = await runJob({
          kind: 'plan-removal',
          ...here.repository,
          snapshots,
          rewrite,
          list,
          at: Date.now(),
        });
        cli.output().show({ ...planned.facts, out: given.out }, () => linesOf(planned, given.out));
      }),
    );
}

/** Full ids; of what the ledger has. Without a ledger only full ids are taken. */
function named(
  { expired = false, snapshot: asked = [] }: Given,
  console: Console | undefined,
  project: Project | undefined,
  vault: Vault | undefined,
): readonly string[] {
  if (expired === asked.length > 0) throw usage('Which snapshots? Give --expired, or --snapshot ID….', HELP);
  const snapshots = expired ? ofTheirTime(console, project, vault) : asked.map((id) => fullId(id, console, project));
  if (snapshots.length === 0)
    throw new Failure('nothing-expired', 'Nothing there has had its time.', { next: 'picturelock backup status' });
  if (snapshots.length > REMOVAL_SNAPSHOTS_MAX)
    throw new Failure('too-many', `One removal names ${REMOVAL_SNAPSHOTS_MAX} snapshots at most.`, { next: HELP });
  if (console !== undefined && project !== undefined && isHeld(console.state(), project.id))
    throw new Failure('legal-hold', 'A legal hold keeps this project: nothing of it is listed.', {
      next: 'Whoever placed the hold lifts it, in Picturelock.',
    });
  return [...new Set(snapshots)];
}

/** A key that is in use is in every copy, and has to be. */
function keysOf(given: Given, alias: string | undefined, console: Console | undefined): ProjectId {
  const { keysOf: asked = '', expired = false, snapshot } = given;
  if (alias !== 'facility' || console === undefined || expired || snapshot !== undefined)
    throw usage('--keys-of is asked of the facility’s own copies: removal-list facility --keys-of PROJECT.', HELP);
  const { id } = console.project(asked);
  if (!console.state().backups.keysDestroyed.has(id))
    throw new Failure('keys-in-use', `The keys of ${asked} were not destroyed: every copy has to hold them.`, {
      next: `picturelock backup close show ${asked}`,
    });
  return id;
}

function ofTheirTime(console: Console | undefined, project: Project | undefined, vault: Vault | undefined) {
  if (console === undefined || project === undefined || vault === undefined)
    throw usage('Only a facility knows what has had its time: name a project, or give --snapshot.', HELP);
  return removable(console.state(), vault.id, console.now)
    .filter((one) => one.project === project.id)
    .slice(0, REMOVAL_SNAPSHOTS_MAX)
    .map(({ snapshot }) => snapshot);
}

function fullId(id: string, console: Console | undefined, project: Project | undefined): string {
  if (/^[0-9a-f]{64}$/.test(id)) return id;
  const known = [...(console?.state().backups.taken.values() ?? [])].filter(
    (one) => one.project === project?.id && one.taken?.snapshot.startsWith(id),
  );
  const [only] = known;
  if (only?.taken === undefined || known.length > 1)
    throw usage(`${id} is not the beginning of exactly one snapshot of this project.`, HELP);
  return only.taken.snapshot;
}

/** Of a vault’s address the path is the client’s name. */
function clientOf(place: StorePlace): string {
  if (place.kind === 'rest') return new URL(place.url).pathname.split('/').findLast((part) => part !== '') ?? '';
  throw usage('Whose repository is it at the vault? Give --client NAME.', HELP);
}

function linesOf(
  { packs, partly, indexesWritten, rewritten, more, facts }: RemovalPlanned,
  out: string,
): readonly string[] {
  const { snapshots, beside, bytes, objects, objectsSha256, client } = facts;
  return [
    `${out}: ${objects} objects of ${client}, SHA-256 ${objectsSha256}`,
    `${snapshots.length} snapshots and ${beside.length} of what was sealed about them; ${packs} packs with ${bytes} bytes go`,
    ...(partly.packs === 0
      ? []
      : [`${partly.packs} packs stay although ${partly.bytes} bytes of them are not needed any more`]),
    ...(rewritten === 0 ? [] : [`what stays of ${rewritten} packs was packed anew, so nothing of what goes is left`]),
    ...(more === 0 ? [] : [`${more} snapshots more hold the key: make another list when these are gone`]),
    ...(indexesWritten === 0 ? [] : [`${indexesWritten} indexes were written, so that what stays is found`]),
    'next: ask for the removal with this list, on the page of vaults; or vault removal, for two signatures',
  ];
}
