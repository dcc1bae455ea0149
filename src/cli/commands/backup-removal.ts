/** `backup removal-list`: which objects may go with snapshots that have had their time, as a list for `vault mark`. Removes nothing. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import type { Console } from '../console.ts';
import { Failure, usage } from '../failure.ts';
import { ofPlace } from './backup-mend.ts';
import type { PlaceGiven } from './backup-mend.ts';
import { removable } from '#api/views/backup-removable.ts';
import type { RemovalPlanned } from '#host/backup/job.ts';
import { runJob } from '#host/backup/run-job.ts';
import { isHeld } from '#model/backup.ts';
import { REMOVAL_SNAPSHOTS_MAX, renderRemovalList } from '#model/removal-list.ts';
import type { RemovalFacts } from '#model/removal-list.ts';
import type { Project, Vault } from '#model/state.ts';
import type { StorePlace } from '#vault/store/open-store.ts';

interface Given extends PlaceGiven {
  readonly snapshot?: readonly string[];
  readonly expired?: boolean;
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
    .option('--vault <name>', 'the copy in this vault; the first one of the project’s policy by default')
    .option('--repository <address>', 'without a facility: a folder, rest:https://… or s3:https://…')
    .option('--password-file <file>')
    .option('--credential-file <file>', 'user:password of a vault')
    .option('--ca-file <file>', 'the authority that the vault’s certificate is of')
    .option('--client <name>', 'whose repository it is at the vault, where its address does not tell')
    .requiredOption('--out <file>', 'where to write the list')
    .action((alias: string | undefined, given: Given) =>
      ofPlace(cli, alias, given, HELP, async (here) => {
        const snapshots = named(given, here.console, here.project, here.vault);
        const planned = await runJob({ kind: 'plan-removal', ...here.repository, snapshots, at: Date.now() });
        const facts = factsOf(planned, snapshots, given.client ?? clientOf(here.repository.place));
        writeFileSync(resolve(given.out), renderRemovalList(facts, planned.objects), { flag: 'wx', mode: 0o600 });
        cli.output().show({ ...facts, out: given.out }, () => linesOf(planned, facts, given.out));
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

function factsOf(planned: RemovalPlanned, snapshots: readonly string[], client: string): RemovalFacts {
  const { beside, objectsSha256, bytes, partly, upTo, objects } = planned;
  return {
    kind: 'picturelock-removal-list',
    client,
    snapshots: [...snapshots],
    beside: [...beside],
    objects: objects.length,
    objectsSha256,
    bytes,
    staysBytes: partly.bytes,
    ...(upTo === undefined ? {} : { upTo }),
    madeAt: Date.now(),
  };
}

function linesOf(
  { packs, partly, indexesWritten }: RemovalPlanned,
  facts: RemovalFacts,
  out: string,
): readonly string[] {
  const { snapshots, beside, bytes, objects, objectsSha256, client } = facts;
  return [
    `${out}: ${objects} objects of ${client}, SHA-256 ${objectsSha256}`,
    `${snapshots.length} snapshots and ${beside.length} of what was sealed about them; ${packs} packs with ${bytes} bytes go`,
    ...(partly.packs === 0
      ? []
      : [`${partly.packs} packs stay although ${partly.bytes} bytes of them are not needed any more`]),
    ...(indexesWritten === 0 ? [] : [`${indexesWritten} indexes were written, so that what stays is found`]),
    'next: ask for the removal with this list, on the page of vaults; or vault removal, for two signatures',
  ];
}
