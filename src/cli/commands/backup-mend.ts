/** `backup verify`, `heal` and `rebuild-index`: is a copy whole, make it whole from another one, find again what only packs know. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import type { Console } from '../console.ts';
import { Failure, usage } from '../failure.ts';
import { EXIT } from '../output.ts';
import { placeAt } from '#host/backup/disaster.ts';
import type { HealedAnswer, VerifiedAnswer } from '#host/backup/repair-jobs.ts';
import { passwordFile } from '#host/backup/repository-keys.ts';
import type { RepositoryName } from '#host/backup/repository-keys.ts';
import { placeIn } from '#host/backup/repository-place.ts';
import { runJob } from '#host/backup/run-job.ts';
import type { Draft } from '#model/events.ts';
import type { Vault } from '#model/backup-state.ts';
import type { Project } from '#model/state.ts';
import type { StorePlace } from '#vault/store/open-store.ts';

export interface PlaceGiven {
  readonly vault?: string;
  readonly repository?: string;
  readonly passwordFile?: string;
  readonly credentialFile?: string;
  readonly caFile?: string;
}

interface VerifyGiven extends PlaceGiven {
  readonly quick?: boolean;
}

interface HealGiven extends VerifyGiven {
  readonly from?: string;
  readonly fromRepository?: string;
  readonly fromCredentialFile?: string;
  readonly fromCaFile?: string;
}

const LINES_MAX = 50;
const HELP = 'picturelock backup verify --help';

export function addMendCommands(backup: Command, cli: Cli): void {
  which(backup.command('verify [project]'))
    .description(
      'read a copy through and name what is damaged, and which files that takes; leaves with 1 when something is',
    )
    .option('--quick', 'look at names, sizes, keys, indexes and snapshots; do not read the packs')
    .action((alias: string | undefined, given: VerifyGiven) =>
      inPlace(cli, alias, given, async (here) => {
        const found = await runJob({ kind: 'verify', ...here.repository, readData: given.quick !== true });
        await here.record?.('backup.verified', verifiedData(found, given));
        if (!isWhole(found)) cli.leave(EXIT.no);
        cli.output().show(found, () => verifiedLines(found));
      }),
    );
  fromWhich(which(backup.command('heal [project]')))
    .description('bring what is damaged in one copy back from another one; leaves with 1 when something stays damaged')
    .option('--quick', 'do not read the packs: heal what is missing or cut off')
    .action((alias: string | undefined, given: HealGiven) =>
      inPlace(cli, alias, given, async (here) => {
        const job = {
          kind: 'heal',
          ...here.repository,
          from: here.from(given),
          readData: given.quick !== true,
        } as const;
        const done = await runJob(job);
        await here.record?.('backup.healed', healedData(done));
        if (!isWhole(done.after)) cli.leave(EXIT.no);
        cli.output().show(done, () => healedLines(done));
      }),
    );
  which(backup.command('rebuild-index [project]'))
    .description('make the index of a copy anew from what its packs say of themselves')
    .action((alias: string | undefined, given: PlaceGiven) =>
      inPlace(cli, alias, given, async (here) => {
        const done = await runJob({ kind: 'rebuild-index', ...here.repository, at: Date.now() });
        const { packs, blobs, damage, damageCount } = done;
        await here.record?.('backup.index-rebuilt', { packs, blobs, damaged: damageCount });
        if (damageCount > 0) cli.leave(EXIT.no);
        cli
          .output()
          .show(done, () => [
            `${packs} packs with ${blobs} pieces are in the index again`,
            ...damage.slice(0, LINES_MAX).map(({ object, why }) => `DAMAGED  ${object}: ${why}`),
          ]);
      }),
    );
}

function which(command: Command): Command {
  return command
    .option('--vault <name>', 'the copy in this vault; the first one of the project’s policy by default')
    .option('--repository <address>', 'without a facility: a folder, rest:https://… or s3:https://…')
    .option('--password-file <file>')
    .option('--credential-file <file>', 'user:password of a vault')
    .option('--ca-file <file>', 'the authority that the vault’s certificate is of');
}

function fromWhich(command: Command): Command {
  return command
    .option('--from <vault>', 'the vault whose copy is whole')
    .option('--from-repository <address>', 'without a facility: the copy that is whole')
    .option('--from-credential-file <file>')
    .option('--from-ca-file <file>');
}

type Recorded = Extract<Draft['kind'], 'backup.verified' | 'backup.healed' | 'backup.index-rebuilt'>;

/** One copy of one repository, by project and vault of the facility here, or by address alone. */
export interface Place {
  readonly repository: { readonly place: StorePlace; readonly passwordFile: string };
  /** Absent without a facility, and of the facility’s own repository. */
  readonly console?: Console;
  readonly project?: Project;
  readonly vault?: Vault;
}

export async function ofPlace(
  cli: Cli,
  alias: string | undefined,
  given: PlaceGiven,
  help: string,
  act: (here: Place) => Promise<void>,
): Promise<void> {
  if (alias !== undefined)
    return cli.with((console) => {
      const project = alias === 'facility' ? undefined : console.project(alias);
      const { repository, vault } = copyOf(console, cli.data(), alias, given);
      return act({ repository, console, vault, ...(project === undefined ? {} : { project }) });
    });
  await act({ repository: byAddress(given, help) });
}

interface Here extends Place {
  from(given: HealGiven): StorePlace;
  /** Absent without a facility: there is no ledger then. */
  record?(kind: Recorded, data: object): Promise<void>;
}

/** By project and vault of the facility here, or by address alone, on a machine where nothing runs. */
async function inPlace(
  cli: Cli,
  alias: string | undefined,
  given: PlaceGiven,
  act: (here: Here) => Promise<void>,
): Promise<void> {
  if (alias !== undefined) return cli.with((console) => act(ofFacility(console, cli.data(), alias, given)));
  const repository = byAddress(given, HELP);
  const password = repository.passwordFile;
  await act({
    repository,
    from: ({ fromRepository, fromCredentialFile, fromCaFile }) => {
      if (fromRepository === undefined) throw usage('Which copy is whole? Give --from-repository.', HELP);
      return placeAt({
        repository: fromRepository,
        passwordFile: password,
        ...(fromCredentialFile === undefined ? {} : { credentialFile: fromCredentialFile }),
        ...(fromCaFile === undefined ? {} : { caFile: fromCaFile }),
      });
    },
  });
}

function byAddress(given: PlaceGiven, help: string): Place['repository'] {
  const { repository, passwordFile: password } = given;
  if (repository === undefined || password === undefined)
    throw usage('Name a project (or “facility”), or give --repository and --password-file.', help);
  return { place: placeAt({ ...given, repository, passwordFile: password }), passwordFile: resolve(password) };
}

function copyOf(console: Console, data: string, alias: string, given: PlaceGiven) {
  const name: RepositoryName = alias === 'facility' ? 'facility' : console.project(alias).id;
  const vault = given.vault === undefined ? firstVault(console, name, alias) : vaultNamed(console, given.vault);
  return { name, vault, repository: { place: placeIn(data, vault, name), passwordFile: passwordFile(data, name) } };
}

function ofFacility(console: Console, data: string, alias: string, given: PlaceGiven): Here {
  const { name, vault, repository } = copyOf(console, data, alias, given);
  return {
    repository,
    from({ from }) {
      if (from === undefined) throw usage('Which copy is whole? Give --from VAULT.', HELP);
      const other = vaultNamed(console, from);
      if (other.id === vault.id) throw usage('A copy is healed from another one.', HELP);
      return placeIn(data, other, name);
    },
    async record(kind, body) {
      const about = name === 'facility' ? { vault: vault.id } : { vault: vault.id, project: name };
      // Each kind is recorded with its own data, above.
      const entry = { kind, stream: name, by: { service: 'console' }, about, data: body } as unknown as Draft;
      await console.engine.record([entry]);
    },
  };
}

function firstVault(console: Console, name: RepositoryName, alias: string): Vault {
  const { policies, vaults } = console.state().backups;
  const policy = [...policies.values()].find(({ project, endedAt }) => project === name && endedAt === undefined);
  const vault = policy?.vaults[0] === undefined ? undefined : vaults.get(policy.vaults[0]);
  if (vault === undefined)
    throw new Failure('no-vault', `Which copy of ${alias}? Give --vault NAME.`, { next: 'picturelock backup status' });
  return vault;
}

function vaultNamed(console: Console, name: string): Vault {
  const found = [...console.state().backups.vaults.values()].find((vault) => vault.name === name || vault.id === name);
  if (found === undefined)
    throw new Failure('no-such-vault', `There is no vault ${name}.`, { next: 'picturelock backup status' });
  return found;
}

const ENTRY_NAMES_MAX = 200;

function verifiedData(found: VerifiedAnswer, { quick = false }: VerifyGiven) {
  const { packs, readBytes, damage, damageCount, lostCount } = found;
  const damaged = damage.slice(0, ENTRY_NAMES_MAX).map(({ object }) => object);
  return { readData: !quick, packs, readBytes, damaged, damagedCount: damageCount, lostFiles: lostCount };
}

function healedData({ healed, healedCount, after }: HealedAnswer) {
  return { healed: healed.slice(0, ENTRY_NAMES_MAX), healedCount, left: after.damageCount, lostFiles: after.lostCount };
}

function isWhole({ damageCount, lostCount }: Omit<VerifiedAnswer, 'kind'>): boolean {
  return damageCount === 0 && lostCount === 0;
}

function verifiedLines(found: Omit<VerifiedAnswer, 'kind'>): readonly string[] {
  const { packs, readBytes, snapshots, damage, damageCount, lostFiles, lostCount, orphans } = found;
  const more = (count: number, what: string) => (count > LINES_MAX ? [`and ${count - LINES_MAX} more ${what}`] : []);
  return [
    `${packs} packs, ${readBytes} bytes read, ${snapshots} snapshots: ${isWhole(found) ? 'whole' : `${damageCount} DAMAGED`}`,
    ...damage.slice(0, LINES_MAX).map(({ object, why }) => `DAMAGED  ${object}: ${why}`),
    ...more(damageCount, 'objects'),
    ...lostFiles.slice(0, LINES_MAX).map(({ snapshot, path }) => `LOST     ${path} of ${snapshot.slice(0, 12)}`),
    ...more(lostCount, 'files'),
    ...(orphans === 0 ? [] : [`${orphans} packs are in no index: picturelock backup rebuild-index`]),
    ...(isWhole(found) ? [] : ['from another copy: picturelock backup heal PROJECT --vault THIS --from OTHER']),
  ];
}

function healedLines({ healed, healedCount, after }: HealedAnswer): readonly string[] {
  return [
    ...healed.slice(0, LINES_MAX).map((object) => `healed   ${object}`),
    `${healedCount} objects healed; then looked at again:`,
    ...verifiedLines(after),
  ];
}
